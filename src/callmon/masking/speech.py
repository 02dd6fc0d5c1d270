"""Free texts: what pages, vendors and servers say in their own words, of which nobody knows whom they name.

Of these only what is made of words that name nobody stays: callmon's own, those of standards, numbers and
aliases. From the first other word on the rest is ``text-1``, so that ``NotAllowedError: text-1`` still says which
error it was.
"""

from __future__ import annotations

import re

from callmon.engine import ends
from callmon.masking.mask import Mask
from callmon.masking.terms import is_of_protocols, is_term, says_nobody

_FREE = (
    "message msg comment description error errors errortext text detail details reason reasons cause hangupcause "
    "hangupsource sipreason warning ev"
)
FREE_MEMBERS: frozenset[str] = frozenset(_FREE.split())
"""Members of messages that hold such a text, lower-case and without anything but letters."""

_NUMBERED = re.compile(r"(\d{3})\b ?(.*)", re.DOTALL)
_SERVER = re.compile(r"(?<!\S)(?:stun|turn)s?:\S+$")
_FAILED = " failed:"


def free(mask: Mask, text: str) -> str:
    """Return a free text masked: what names nobody stays up to the end of a clause, the rest is one alias."""
    if not text:
        return text
    known = mask.text(text)
    if says_nobody(known):
        return known
    kept = 0
    # Only whole clauses stay, such as the name of an error: half a sentence says nothing.
    for found in re.finditer(r": ", text):
        if not says_nobody(mask.text(text[: found.start()])):
            break
        kept = found.end()
    return mask.text(text[:kept]) + mask.whole(text[kept:])


def noted(mask: Mask, kind: object, text: str, code: object = None) -> str:
    """Return what is on the timeline masked; what callmon's engine says of itself has names in it and no more."""
    if code == "icecandidateerror":
        return candidate_error(mask, text)
    if code == "other-end":
        return other_end(mask, text)
    if kind == "page" and code is None:
        return of_page(mask, text)
    if kind in ("page", "vendor") or (kind == "media" and code is not None):
        return free(mask, text)
    known = mask.text(text)
    return free(mask, text) if kind == "ice" and not is_of_protocols(known) else known


def of_page(mask: Mask, text: str) -> str:
    """Return what a page said masked; its first word stays, and that it says that something failed."""
    head, failed, rest = text.partition(_FAILED)
    if failed and " " not in head:
        return f"{_event(mask, head)}{failed}" + (f" {free(mask, rest.strip())}" if rest.strip() else "")
    name, _, rest = text.partition(" ")
    return f"{_event(mask, name)} {mask.whole(rest)}" if rest else _event(mask, name)


def _event(mask: Mask, name: str) -> str:
    """Return the name of an event; one of a page's own may be anybody's."""
    known = mask.text(name)
    return known if is_term(known) else mask.whole(name)


def other_end(mask: Mask, text: str) -> str:
    """Return who the other end of a leg is masked: in callmon's own sentence only the name is one."""
    found = ends.told(text)
    if found is None:
        return free(mask, text)
    before, name, after = found
    known = mask.alias("call", name)
    return f"{before}{known if says_nobody(known) else mask.whole(name)}{after}"


def candidate_error(mask: Mask, text: str) -> str:
    """Return an error of ICE masked: its code and its server stay, its words where they name nobody."""
    number = _NUMBERED.fullmatch(text)
    code, words = (number[1], number[2]) if number is not None else ("", text)
    found = _SERVER.search(words)
    server = found[0] if found is not None else ""
    parts = (code, free(mask, words.removesuffix(server).strip()), mask.text(server))
    return " ".join(part for part in parts if part)
