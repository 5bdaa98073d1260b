"""What a server says is not shown raw: a character that acts instead of being seen stands as its escape.

Control characters and escape sequences (ECMA-48), their C1 forms, marks that turn the direction of writing or have no
width (UAX 9, UTR 36), private and unassigned ends of Unicode, and surrogates, which cannot be written at all.
"""

from __future__ import annotations

import re

_ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\uf8ff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


def visible(text: str) -> str:
    r"""The text with such characters escaped, as in `\x1b` or `\u202e`; newline and tab stay."""
    if text.isascii() and text.isprintable():
        return text
    return _ACTS.sub(_escape, text.replace("\r\n", "\n"))


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
