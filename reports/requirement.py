"""A requirement as its scenario's tags state it, and where its clauses can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.verdict import LEVELS, SEVERITIES, Level, Severity

# Documents that a clause tag may name: title, address of the document, address of a section.
DOCUMENTS: dict[str, tuple[str, str, str]] = {
    "oidc-core": (
        "OpenID Connect Core 1.0",
        "https://openid.net/specs/openid-connect-core-1_0.html",
        "https://openid.net/specs/openid-connect-core-1_0.html#{anchor}",
    ),
    "oidc-discovery": (
        "OpenID Connect Discovery 1.0",
        "https://openid.net/specs/openid-connect-discovery-1_0.html",
        "https://openid.net/specs/openid-connect-discovery-1_0.html#{anchor}",
    ),
    "oidc-rpinitiated": (
        "OpenID Connect RP-Initiated Logout 1.0",
        "https://openid.net/specs/openid-connect-rpinitiated-1_0.html",
        "https://openid.net/specs/openid-connect-rpinitiated-1_0.html#{anchor}",
    ),
    "smart": (
        "SMART App Launch 2.2",
        "https://hl7.org/fhir/smart-app-launch/STU2.2/",
        "https://hl7.org/fhir/smart-app-launch/STU2.2/{section}.html",
    ),
    "fhir-r4": ("FHIR R4", "https://hl7.org/fhir/R4/", "https://hl7.org/fhir/R4/{section}.html"),
    "owasp-api": (
        "OWASP API Security Top 10 2023",
        "https://owasp.org/API-Security/editions/2023/en/0x11-t10/",
        "https://owasp.org/API-Security/editions/2023/en/0x11-t10/",
    ),
    "owasp-asvs": (
        "OWASP Application Security Verification Standard 4.0.3",
        "https://owasp.org/www-project-application-security-verification-standard/",
        "https://owasp.org/www-project-application-security-verification-standard/",
    ),
    "owasp-cheatsheets": (
        "OWASP Cheat Sheet Series",
        "https://cheatsheetseries.owasp.org/",
        "https://cheatsheetseries.owasp.org/cheatsheets/{section}_Cheat_Sheet.html",
    ),
    "medplum": (
        "Medplum documentation",
        "https://www.medplum.com/docs",
        "https://www.medplum.com/docs/{path}",
    ),
}
# Those of one product, by its name: what it promises binds nobody else.
PRODUCTS = frozenset({"medplum"})
# Where the documents of the OpenID Foundation have names for their sections.
_ANCHORS = {
    "oidc-core-2": "IDToken",
    "oidc-core-3.1.2.1": "AuthRequest",
    "oidc-core-3.1.3.6": "CodeIDToken",
    "oidc-core-3.1.3.7": "IDTokenValidation",
    "oidc-core-5.1": "StandardClaims",
    "oidc-core-5.3": "UserInfo",
    "oidc-core-5.3.4": "UserInfoResponseValidation",
    "oidc-core-5.4": "ScopeClaims",
    "oidc-core-5.7": "ClaimStability",
    "oidc-discovery-3": "ProviderMetadata",
    "oidc-rpinitiated-2": "RPLogout",
    "oidc-rpinitiated-3": "RedirectionAfterLogout",
}
_RFC = re.compile(r"rfc(?P<number>\d+)(?:-(?P<section>[\w.]+))?")
_CLAUSE = re.compile(rf"(?P<doc>{'|'.join(map(re.escape, DOCUMENTS))})(?:-(?P<section>[\w./-]+))?")


@dataclass(frozen=True)
class Clause:
    """Where a rule is written: `rfc7636-4.6` is section 4.6 of RFC 7636."""

    tag: str
    document: str
    section: str
    title: str
    url: str


@dataclass(frozen=True)
class Requirement:
    """One observable rule: id, level, severity and clauses are the tags of its scenario; there is no second list.

    `methods` are all the methods that its rows use, `method` is the one of the row at hand (else the first).
    """

    id: str
    title: str
    feature: str
    rule: str
    method: str
    level: Level
    severity: Severity
    clauses: tuple[str, ...]
    methods: tuple[str, ...] = ()

    @property
    def products(self) -> tuple[str, ...]:
        """The products whose promise it is, by name; empty for what standards or the harness ask of everybody."""
        clauses = [clause_of(tag) for tag in self.clauses] if self.level == "product" else []
        return tuple(dict.fromkeys(each.document for each in clauses if each and each.document in PRODUCTS))


def clause_of(tag: str) -> Clause | None:
    """The clause that a tag names, or None where the tag names none."""
    if match := _RFC.fullmatch(tag):
        number, section = match["number"], match["section"] or ""
        page = f"https://www.rfc-editor.org/rfc/rfc{number}"
        anchor = (
            "" if not section else f"#appendix-{section}" if section[0].isalpha() else f"#section-{section}"
        )
        title = f"RFC {number}" + (f" section {section}" if section else "")
        return Clause(tag, f"rfc{number}", section, title, page + anchor)
    if match := _CLAUSE.fullmatch(tag):
        document, section = match["doc"], match["section"] or ""
        name, home, page = DOCUMENTS[document]
        if not section:
            return Clause(tag, document, "", name, home)
        anchor = _ANCHORS.get(tag, "")
        url = page.format(section=section, path=section.replace(".", "/"), anchor=anchor).rstrip("#")
        return Clause(tag, document, section, f"{name} section {section}", url)
    return None


def requirement_of(
    tags: Iterable[str], *, title: str, feature: str, rule: str, block_methods: Sequence[str] = ()
) -> Requirement | list[str]:
    """The requirement that a scenario's tags (its own and the inherited ones) state.

    `block_methods` has the method of each Examples block, empty text for one without. Returns the problems, one
    sentence each, where the tags state none: no or two ids, levels or severities, no method for some row or two,
    no clause, an unknown tag.
    """
    known = sorted(set(tags))
    ids = [tag[3:] for tag in known if tag.startswith("id:")]
    methods = [tag[7:] for tag in known if tag.startswith("method:")]
    levels = [tag for tag in LEVELS if tag in known]
    severities = [tag for tag in SEVERITIES if tag in known]
    clauses = [tag for tag in known if clause_of(tag)]
    problems = [
        f"unknown tag @{tag}"
        for tag in known
        if not tag.startswith(("id:", "method:"))
        and tag not in (*levels, *severities, *clauses)
        and tag not in GROUPS
    ]
    for name, values in (("@id:", ids), ("level", levels), ("severity", severities)):
        if len(values) != 1:
            problems.append(f"needs exactly one {name} tag, has {values or 'none'}")
    own = [method for method in dict.fromkeys(block_methods) if method]
    needed = 0 if block_methods and all(block_methods) else 1
    if len(methods) != needed:
        problems.append(f"needs {needed} @method: tag beside those of its Examples, has {methods or 'none'}")
    if not clauses:
        problems.append("needs at least one clause tag, such as @rfc6749-5.2")
    if problems:
        return problems
    all_methods = (*methods, *own)
    return Requirement(
        id=ids[0],
        title=title,
        feature=feature,
        rule=rule,
        method=all_methods[0],
        level=levels[0],
        severity=severities[0],
        clauses=tuple(clauses),
        methods=all_methods,
    )


# The folders of features/, also as tags, so that -m can select an area.
GROUPS = frozenset({"browser", "server", "tokens", "access", "federation", "users", "practices"})
