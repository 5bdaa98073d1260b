"""The certificate as a reader meets it: in a browser, by keyboard, without a network; and what it says."""

import hashlib
import json
import os
import random
import re
import shutil
from dataclasses import replace
from datetime import date

import pytest
from lxml import html

from reports import certificate, record, terminal
from reports.__main__ import main
from reports.journal import Claims, RequirementSet
from reports.waivers import Waiver
from tests.report_rows import REDACTOR, TOKEN, build, contents, row, write_journal

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The elements that hold text, where its colour is too near to that of what lies behind it.
POOR_CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const weights = [0.2126, 0.7152, 0.0722];
  const luminance = (colour) => weights.reduce((sum, w, i) => sum + w * linear(colour[i] / 255), 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
  };
  const ratio = (node) => {
    const colours = [parse(getComputedStyle(node).color), behind(node)];
    const [light, dark] = colours.map(luminance).sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const holdsText = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.checkVisibility() && holdsText(node) && ratio(node) < 4.5)
    .map((node) => [ratio(node), node.className || node.tagName, node.textContent.slice(0, 30)]);
}"""
ASKED = ("PK01", "PK02", "PK03", "RS04", "TE03", "OB01", "AC05", "AC06")
WAIVER = Waiver("PK03", "wrong-error", "ticket 4711", "Jane Doe", date(2099, 3, 31))


def write(directory, run):
    """The reports of a run with these contents, as they come of its journal."""
    write_journal(directory, run)
    assert main(["render", str(directory)]) == 0
    return directory / certificate.FILE_NAME


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    partial = contents(
        waivers=[WAIVER],
        requirement_set=RequirementSet(
            record.requirement_set(), tuple(f"ZZ{number:03}" for number in range(141)) + ASKED
        ),
    )
    return write(tmp_path_factory.mktemp("run"), partial)


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None and not os.environ.get("AUTHMARK_REQUIRE_BROWSER"):
        pytest.skip("no Chromium is installed; set AUTHMARK_REQUIRE_BROWSER to insist on one")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  not where there is no browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, report):
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.trouble = []
    page.on(
        "request",
        lambda request: page.trouble.append(request.url) if not request.url.startswith("file:") else None,
    )
    page.on("pageerror", lambda error: page.trouble.append(str(error)))
    page.on("console", lambda message: page.trouble.append(message.text))
    page.goto(report.as_uri())
    yield page
    assert page.trouble == [], "nothing leaves, nothing is complained of"
    context.close()


def shown(page, selector=".requirement"):
    return [each.get_attribute("data-id") for each in page.locator(selector).all() if each.is_visible()]


def reach(page, label, key="Tab"):
    for _ in range(6):
        page.keyboard.press(key)
        if label in page.evaluate("[document.activeElement.name, document.activeElement.textContent]"):
            return
    raise AssertionError(f"{label} cannot be reached with the {key} key")


def choose(page, label, letters, key="Tab"):
    """Chooses by keyboard alone: Tab to the field, then type the beginning of the option."""
    reach(page, label, key)
    page.keyboard.type(letters)


def test_all_is_shown_at_first(page):
    assert shown(page) == ["PK01", "PK02", "PK03", "RS04", "TE03", "OB01", "AC05", "AC06"]
    assert shown(page, "#findings .finding") == ["PK02", "RS04"]
    assert shown(page, "#waived .finding") == ["PK03"]
    assert shown(page, "#unjudged .finding") == ["AC05", "AC06"]
    assert page.locator("output").text_content() == "8 of 8 requirements"


def test_the_filter_works_by_keyboard(page):
    choose(page, "verdict", "failed")
    assert shown(page) == ["PK02", "PK03"]
    assert shown(page, ".finding") == ["PK02", "PK03"]
    assert page.locator("output").text_content() == "2 of 8 requirements"
    choose(page, "severity", "low")
    assert shown(page) == ["PK03"]
    assert page.locator("#findings .none-shown").is_visible()
    assert page.evaluate("location.hash") == "#verdict=failed&severity=low"
    reach(page, "Show all")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('output').value === '8 of 8 requirements'")
    choose(page, "method", "Client", key="Shift+Tab")
    assert shown(page) == ["RS04", "TE03"]


def test_the_address_keeps_the_filter(page, report):
    page.goto(f"{report.as_uri()}#verdict=waived")
    assert shown(page) == ["PK03"]
    assert page.locator("select[name=verdict]").input_value() == "waived"
    page.goto(f"{report.as_uri()}#verdict=nonsense&x=y")
    assert len(shown(page)) == 8


def test_a_link_to_evidence_unfolds_it_and_evidence_is_folded_before(page):
    assert not page.locator("#PK02 .body").is_visible()
    page.locator("#finding-PK02 a", has_text="evidence").click()
    page.locator("#PK02 .exchange summary").first.click()
    assert "[code_verifier:" in page.locator("#PK02 pre").first.text_content()
    assert page.locator("#PK02 .steps li").first.text_content().startswith("Given a public client")
    assert page.locator("#PK02 h5").all_text_contents()[-2:] == [
        "another verifier",
        "one more character after the verifier",
    ]


def test_a_token_that_was_issued_can_be_read_in_the_evidence(page):
    page.locator("#TE03 > summary").click()
    page.locator("#TE03 .exchange summary").first.click()
    token = page.locator("#TE03 pre", has_text="ES256").last.text_content()
    assert '"alg": "ES256"' in token
    assert '"sub": "61818876"' in token


def test_a_requirement_unfolds_by_keyboard(page):
    page.locator("#TE03 > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#TE03 .body").is_visible()


def test_what_a_target_says_is_text_and_never_markup(page):
    assert "<script>alert(1)</script>" in page.locator("#finding-RS04 .received").text_content()
    assert page.locator("script:not([type])").count() == 1
    page.locator("#RS04 > summary").click()
    page.locator("#RS04 .exchange summary").first.click()
    assert "<img src=x>" in page.locator("#RS04 pre").nth(1).text_content()
    assert page.locator("img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(browser, report, scheme):
    """4.5 to 1 for every text, whatever its size (WCAG 2.2, success criterion 1.4.3)."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    page.goto(report.as_uri())
    for _ in range(2):  # what is within one is there when it is unfolded
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        page.locator("#AC06 .exchange").wait_for()
    page.locator("#AC06 .exchange pre").first.wait_for()
    poor = page.evaluate(POOR_CONTRAST)
    assert poor == []
    context.close()


def test_it_fits_a_phone(browser, report):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_paper_shows_everything_but_the_controls(browser, report):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{report.as_uri()}#verdict=passed")
    page.emulate_media(media="print")
    assert len(shown(page)) == 8, "whatever was filtered on screen"
    assert shown(page, "#findings .finding") == ["PK02", "RS04"]
    assert not page.locator("#filter").is_visible()
    context.close()


def test_without_scripts_all_is_there_and_the_filter_is_not(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert len(shown(page)) == 8
    assert not page.locator("#filter").is_visible()
    page.locator("#TE03 > summary").click()
    said = page.locator("#TE03 .body").text_content()
    assert "grant_type=authorization_code" in said, "what was sent, required and received"
    assert "evidence/TE03.json" in said, "where the rest lies"
    context.close()


def test_the_first_page_says_who_when_what_and_how(report):
    cover = report.read_text().split("</header>\n\n<form", 1)[0]
    for text in (
        "Acme staging",
        "https://staging.acme.example/",
        "24 November 2026, 06:58 UTC",
        "authmark 0.1.0",
        record.requirement_set(),
        "Partial",
        "It asked 8 of 149 requirements",
        "Authorization code with PKCE",
        hashlib.sha256(report.with_name("run.json").read_bytes()).hexdigest(),
    ):
        assert text in cover


def test_the_first_page_says_what_was_left_out(tmp_path):
    rows = [
        row("PK01"),
        row("PK02", "not-tested", reason="the profile names no public client; add one"),
        row("PK03", "not-tested", reason="the profile names no public client; add one"),
        row("PK04", "blocked", reason="the control did not hold"),
        row("OB01", "not-applicable", reason="the target neither claims nor advertises on-behalf-of"),
    ]
    text = write(
        tmp_path, contents(rows, claims=Claims(("authorization-code", "device"), ("scim",)))
    ).read_text()
    cover = " ".join(html.fromstring(text).xpath("//header")[0].text_content().split())
    for part in (
        "What this report does not say",
        "not tested 2 the profile names no public client; add one. PK02 PK03",
        "blocked 1 the control did not hold. PK04",
        "not applicable 1 the target neither claims nor advertises on-behalf-of. OB01",
        "no requirement asks for it: Device (restricted client credentials), Scim",
    ):
        assert part in cover
    part = contents(rows[:1], requirement_set=RequirementSet("0", ("PK01", "PK07", "PK08")))
    (tmp_path / "part").mkdir()
    text = write(tmp_path / "part", part).read_text()
    cover = " ".join(html.fromstring(text).xpath("//header")[0].text_content().split())
    assert "not asked 2 The selection left them out: PK07 PK08" in cover


def test_the_first_page_names_who_answers_for_a_critical_hole(tmp_path):
    rows = [
        row("PK02", "failed", example="a"),
        row("PK02", "passed", example="b"),
        row("PK03", "failed", kind="weak"),
    ]
    waivers = [replace(WAIVER, id="PK02", kind="accepted", example="a"), replace(WAIVER, kind="weak")]
    text = write(tmp_path, contents(rows, waivers=waivers)).read_text()
    cover = " ".join(html.fromstring(text).xpath("//header")[0].text_content().split())
    assert ">Conformant with waivers<" in text
    assert (
        "Waived: PK02, critical, accepted. A wrong verifier is refused (a). Jane Doe answers for it" in cover
    )
    assert cover.count("Waived:") == 1


def test_five_hundred_requirements_stay_below_three_megabytes(tmp_path):
    """As random as those of a run, six exchanges each: their answers compress no better than real ones."""
    rng = random.Random(7)  # noqa: S311  no secret

    def exchange():
        body = json.dumps(
            {"access_token": rng.randbytes(30).hex(), "id": rng.randbytes(16).hex(), "x": "y" * 1500}
        )
        return replace(
            TOKEN,
            response_body=body,
            request_body=f"code={rng.randbytes(24).hex()}",
            purpose=rng.randbytes(4).hex(),
        )

    rows = [
        replace(
            row(f"ZZ{number:03}", example=f"{n}"),
            exchanges=tuple(REDACTOR.exchange(exchange()) for _ in range(3)),
        )
        for number in range(500)
        for n in range(2)
    ]
    assert write(tmp_path, contents(rows)).stat().st_size < 3_000_000


def test_a_finding_says_the_four_things_and_links_its_clauses(report):
    text = report.read_text()
    finding = text[text.index('id="finding-PK03"') : text.index('id="finding-AC05"')]
    for part in (
        "POST /oauth2/token grant_type=authorization_code code=[code:",
        "400 with error invalid_grant",
        "400 with error invalid_request",
        "400 with error unauthorized_client",
        "curl -sS -i https://staging.acme.example/oauth2/token",
        'href="https://www.rfc-editor.org/rfc/rfc7636#section-4.6"',
        "Jane Doe until 2099-03-31: ticket 4711",
        "low finding on a critical requirement",
    ):
        assert part in finding


def test_it_refers_to_nothing_outside(report):
    text = report.read_text()
    assert not re.search(r"<(link|img|iframe|script[^>]+src|base)\b|@import|url\(", text)
    assert "default-src 'none'" in text


def test_it_can_be_rendered_again_from_its_rows_alone(report, tmp_path, capsys):
    before = report.read_text()
    (tmp_path / "rows.jsonl").write_bytes(report.with_name("rows.jsonl").read_bytes())
    assert main(["render", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "certificate.html")
    assert (tmp_path / "certificate.html").read_text() == before
    assert (tmp_path / "run.json").read_bytes() == report.with_name("run.json").read_bytes()


def test_a_killed_run_is_rendered_as_incomplete(tmp_path):
    text = write(tmp_path, contents([row("PK01")], collected=["PK01", "PK02"], end=None)).read_text()
    assert "The run did not end." in text
    assert "Without a result:</b> PK02" in text
    assert ">Incomplete<" in text


@pytest.mark.parametrize("arguments", [["render", "here"], [], ["render"], ["unknown"]])
def test_what_cannot_be_rendered_is_told_with_exit_code_4(tmp_path, capsys, arguments):
    try:
        code = main([str(tmp_path) if word == "here" else word for word in arguments])
    except SystemExit as ended:
        code = ended.code
    assert code == 4
    assert "Traceback" not in capsys.readouterr().err


def test_a_run_that_conforms_says_so(tmp_path):
    text = write(tmp_path, contents([row("PK01")])).read_text()
    assert ">Conformant<" in text
    assert "No open finding." in text


def test_a_passed_requirement_says_what_was_sent_required_and_received(tmp_path):
    text = write(tmp_path, contents([row("PK01")])).read_text()
    mine = text[text.index('<details class="requirement passed" id="PK01"') :]
    for part in (
        "POST /oauth2/token grant_type=authorization_code code=[code:",
        "the token request is refused with 400 &#34;invalid_grant&#34;",
        "400 {&#34;error&#34;:&#34;invalid_grant&#34;}",
    ):
        assert part in mine


def test_the_terminal_lists_what_is_not_passed_with_the_outcome(tmp_path):
    lines = terminal.summary(build(waivers=[WAIVER]), tmp_path / "out", tmp_path)
    assert [line.split()[:2] for line in lines[:5]] == [
        ["PK02", "failed"],
        ["AC06", "error"],
        ["AC05", "blocked"],
        ["RS04", "warning"],
        ["PK03", "waived"],
    ]
    assert "(1 of 2 examples)" in lines[0]
    assert lines[-2].endswith(
        "not conformant - 2 findings (1 critical, 1 medium), 1 waived, 1 blocked, 1 error"
    )
    assert lines[-1] == "report: out/certificate.html"


def test_the_terminal_shows_a_finding_with_its_four_things():
    text = terminal.finding(row("PK02", "failed", required=("this", "that"), example="another verifier"))
    for part in (
        "PK02 critical failed accepted: A wrong verifier is refused [another verifier]",
        "  Sent      POST /oauth2/token",
        "  Required  this\n  or        that\n",
        "  Received  200 with an access token",
        "  Reproduce curl ",
        "  Clause    RFC 7636 section 4.6",
    ):
        assert part in text
    assert "Reason    why" in terminal.finding(row("PK02", "blocked", reason="why"))
