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

  form.addEventListener("change", () => { apply(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { apply(); remember(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", recall);
  apply();
  recall();
})();
