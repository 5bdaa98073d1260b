"use strict";
(() => {
  const form = document.getElementById("filter");
  const entries = [...document.querySelectorAll("[data-entry]")];
  const names = ["verdict", "method", "severity"];
  form.hidden = false;

  const matches = (entry, wanted) =>
    (!wanted.verdict ||
      (wanted.verdict === "waived" ? entry.dataset.waived === "yes" : entry.dataset.verdict === wanted.verdict)) &&
    (!wanted.method || entry.dataset.method.split(" ").includes(wanted.method)) &&
    (!wanted.severity || entry.dataset.severity === wanted.severity);

  const apply = () => {
    const wanted = Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
    for (const entry of entries) entry.hidden = !matches(entry, wanted);
    for (const group of document.querySelectorAll("[data-group]"))
      group.hidden = !group.querySelector("[data-entry]:not([hidden])");
    for (const section of document.querySelectorAll("[data-section]")) {
      const all = section.querySelectorAll("[data-entry]");
      section.querySelector(".none-shown").hidden = !all.length || [...all].some((entry) => !entry.hidden);
    }
    const lines = [...document.querySelectorAll(".requirement")];
    const shown = lines.filter((line) => !line.hidden).length;
    form.elements.count.value = `${shown} of ${lines.length} requirement${lines.length === 1 ? "" : "s"}`;
  };

  // The address keeps the filter, so that a view can be sent to somebody; other fragments are places.
  const remember = () => {
    const wanted = new URLSearchParams(names.map((name) => [name, form.elements[name].value]).filter(([, value]) => value));
    history.replaceState(null, "", `#${wanted}`);
  };
  const recall = () => {
    const fragment = decodeURIComponent(location.hash.slice(1));
    if (fragment.includes("=")) {
      const wanted = new URLSearchParams(fragment);
      for (const name of names) {
        form.elements[name].value = wanted.get(name) ?? "";
        if (form.elements[name].selectedIndex < 0) form.elements[name].value = "";
      }
      apply();
    } else if (fragment) {
      const place = document.getElementById(fragment);
      if (!place) return;
      if (place.hidden) { form.reset(); apply(); }
      if (place.tagName === "DETAILS") place.open = true;
      place.scrollIntoView();
    }
  };

  // The evidence is packed within this file, and unpacked when a requirement is first unfolded.
  let unpacked;
  const unpack = () => (unpacked ??= (async () => {
    const bytes = Uint8Array.from(atob(document.getElementById("packed").textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  })());

  // All that a target said is set as text, never as markup.
  const element = (name, className, ...content) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...content);
    return made;
  };
  const wire = (label, text) => {
    const pre = element("pre", "", text);
    pre.tabIndex = 0;
    pre.setAttribute("aria-label", label);
    return pre;
  };
  const message = (first, headers, body) =>
    [first, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\n") + (body ? `\n\n${body}` : "");

  const exchange = (item, number) => {
    const answer = String(item.status ?? item.error ?? "no answer");
    const made = element("details", "exchange", element("summary", "",
      element("span", "number", String(number)), " ", element("code", "", `${item.method} ${item.url}`), " ",
      element("span", "status", answer)));
    made.addEventListener("toggle", () => {
      if (item.purpose) made.append(element("p", "", item.purpose));
      made.append(element("div", "wire",
        element("div", "", element("h6", "", "Request"),
          wire(`Request ${number}`, message(`${item.method} ${item.url}`, item.request_headers, item.request_body))),
        element("div", "", element("h6", "", `Response, ${Math.round(item.duration_ms)} ms`),
          wire(`Response ${number}`, message(answer, item.response_headers, item.response_body)))));
      for (const token of item.tokens)
        made.append(element("h6", "", `${token.mark} without its signature`),
          wire(`Token ${token.mark}`, `${token.header}\n${JSON.stringify(JSON.parse(token.claims), null, 2)}`));
      made.append(element("h6", "", "See it again"), wire(`Command that sends request ${number} again`, item.curl));
    }, { once: true });
    return made;
  };

  const unfold = async (place) => {
    if (place.dataset.done) return;
    place.dataset.done = "yes";
    let evidence;
    try { evidence = await unpack(); } catch { return; }  // what stands there says where it also lies
    place.replaceChildren();
    for (const row of evidence.rows[place.dataset.evidence] ?? []) {
      if (row.example) place.append(element("h5", "", row.example));
      place.append(element("ol", "steps", ...row.steps.map(([keyword, name, status]) =>
        element("li", status, element("b", "", keyword), ` ${name}`,
          ...(status === "passed" ? [] : [" ", element("span", "ended", `(${status})`)])))));
      place.append(...row.exchanges.map((index, at) => exchange(evidence.exchanges[index], at + 1)));
      if (!row.exchanges.length)
        place.append(element("p", "none", "No request was made for this one: it was judged by what earlier ones had brought."));
    }
  };
  for (const entry of document.querySelectorAll(".requirement"))
    entry.addEventListener("toggle", () => unfold(entry.querySelector("[data-evidence]")));

  form.addEventListener("change", () => { apply(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);
  apply();
  recall();
})();
