"""Raw messages masked: of these nobody knows what is in them, so that only what is known to be harmless stays."""

from __future__ import annotations

import re
from typing import Any

from callmon.masking import sdp
from callmon.masking.mask import Mask, unique
from callmon.masking.members import FIGURES, PLACES, REFERENCES
from callmon.masking.speech import FREE_MEMBERS, free, of_page
from callmon.masking.terms import is_of_protocols
from callmon.masking.words import KIND_OF_MEMBER, SAFE_MEMBERS, VOCABULARY, member
from callmon.model.frames import Frame, Json

_FIGURE = re.compile(
    r"[-+]?\d{0,6}(?:\.\d+)?(?:[eE][-+]?\d+)?%?|\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[-+]\d\d:?\d\d)?"
)
_COUNTED = re.compile(r"[-+]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})(?:[eE][-+]?\d{1,3})?")
_WHERE = frozenset({"latitude", "longitude", "lat", "lng", "lon"})
_HARMLESS = frozenset({"icecandidate", "addicecandidate", "icecandidateerror", "track", "offer", "answer"})
_STATES = "statechange"


def mask_frame(mask: Mask, frame: Frame) -> Frame:
    """Return a frame with its body masked, and with all that the transport knew of it."""
    about = {key: _about(mask, key, value) for key, value in frame.about.items()}
    return Frame(
        frame.provider, frame.at, frame.tag, mask_body(mask, frame.body), about, mask.text(frame.source)
    )


def _about(mask: Mask, key: str, value: str) -> str:
    if key in ("call", "leg", "room", "label"):
        return mask.text(value) if key != "label" else mask.alias("person", value)
    return mask.text(value)


def mask_body(mask: Mask, item: Json, name: str = "") -> Any:
    """Return a message masked; ``name`` is the member in which it stands.

    Names get the alias of their kind. Texts in members of protocols are looked through. Any other text becomes
    ``text-1`` as a whole, unless it is a figure, a time or one of callmon's own words.
    """
    if isinstance(item, dict):
        if isinstance(item.get("ev"), str) and "v" in item:
            told = {k: mask_body(mask, v, k) for k, v in item.items() if k not in ("ev", "v")}
            return {**told, "ev": of_page(mask, str(item["ev"])), "v": _said(mask, item)}
        if isinstance(id := item.get("key"), str) and isinstance(item.get("value"), dict):
            return {**_of_all(mask, item), "key": mask.id(id)}
        return _of_all(mask, item)
    if isinstance(item, list):
        if len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], dict):
            return [mask.id(item[0]), mask_body(mask, item[1], name)]
        return [mask_body(mask, below, name) for below in item]
    what = member(name)
    if isinstance(item, str):
        return _masked(mask, item, what)
    if what in _WHERE:
        return None
    if (
        KIND_OF_MEMBER.get(what) == "phone"
        and isinstance(item, int)
        and not isinstance(item, bool)
        and item > 999
    ):
        return mask.alias("phone", item)
    return item


def _of_all(mask: Mask, item: dict[str, Json]) -> dict[str, Any]:
    return unique((mask.id(key), mask_body(mask, below, key)) for key, below in item.items())


def _masked(mask: Mask, text: str, what: str) -> str:
    if what in FIGURES and _COUNTED.fullmatch(text):
        return text
    if (begin := sdp.begins(text)) is not None:
        return free(mask, text[:begin]) + sdp.mask_sdp(mask, text[begin:])
    if what in REFERENCES:
        return mask.id(text)
    if what in PLACES:
        return mask.place(text)
    if sdp.is_candidate(text):
        return sdp.mask_words(mask, text)
    kind = KIND_OF_MEMBER.get(what)
    if kind is not None:
        known = mask.text(text)
        return known if known != text else mask.alias(kind, text)
    if what == "ev":
        return of_page(mask, text)
    if what in FREE_MEMBERS:
        return free(mask, text)
    known = mask.text(text)
    if text.casefold() in VOCABULARY or (_FIGURE.fullmatch(text) and known == text):
        return text
    if what in SAFE_MEMBERS:
        return _of_protocols(mask, known, text)
    return mask.whole(text)


def _of_protocols(mask: Mask, known: str, text: str) -> str:
    """Return what a member of a protocol says; where there is any word of somebody's own it is one alias."""
    if known.startswith("Mozilla/"):
        return " ".join(word if is_of_protocols(word) else mask.whole(word) for word in known.split(" "))
    return known if is_of_protocols(known) else mask.whole(text)


def _said(mask: Mask, event: dict[str, Json]) -> Any:
    """Return the value of an event of a page: what browsers themselves say is looked through, the rest is a text."""
    name, value = str(event["ev"]).lower().removeprefix("on"), event["v"]
    if isinstance(value, str) and (name.endswith(_STATES) or "failed" in name):
        return free(mask, value)
    if name == "icecandidateerror" and isinstance(value, dict):
        return unique((key, _of_error(mask, key, below)) for key, below in value.items())
    if name in _HARMLESS:
        return _signalled(mask, value)
    if not isinstance(value, str):
        return mask_body(mask, value)
    return _masked(mask, value, "")


def _signalled(mask: Mask, value: Json) -> Any:
    """Return masked what two pages tell each other, or a browser tells its page: descriptions, candidates, tracks."""
    if isinstance(value, list):
        return [_signalled(mask, below) for below in value]
    if not isinstance(value, str):
        return mask_body(mask, value)
    if sdp.begins(value) is not None:
        return _masked(mask, value, "")
    if sdp.is_candidate(value):
        return sdp.mask_words(mask, value)
    return " ".join(mask.id(word) if word else "" for word in value.split(" "))


def _of_error(mask: Mask, key: str, value: Json) -> Any:
    return mask_body(mask, value, key)
