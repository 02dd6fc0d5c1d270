"""What the pages show of the demo at one moment: the keys that lead to each, from the first page on."""

from __future__ import annotations

from itertools import chain, repeat


def _typed(text: str) -> tuple[str, ...]:
    names = {" ": "space", "/": "slash", ">": "greater_than_sign", ":": "colon", "-": "minus", "@": "at"}
    return tuple(names.get(character, character) for character in text)


def _marked(count: int) -> tuple[str, ...]:
    return (*repeat("space", count), "c")


def _found(text: str) -> tuple[str, ...]:
    return ("slash", *_typed(text), "enter")


ROOM = ("O", "enter")

SCENES: dict[str, tuple[str, ...]] = {
    "calls": (),
    "calls-grouped": ("v", *_typed("prov"), "enter"),
    "calls-marked": ("space", "space", "j", "space"),
    "calls-frozen": ("p", "j", "j"),
    "filter-completion": ("slash", *_typed("lo")),
    "filter-error": ("slash", *_typed("loss>>3")),
    "columns": ("C", "j", "j", "j"),
    "picker": ("v",),
    "menu": ("e",),
    "palette": ("ctrl+p",),
    "palette-found": ("ctrl+p", *_typed("exp")),
    "command": ("colon", *_typed("export @m")),
    "call": ("enter",),
    "call-raw": ("enter", "x"),
    "call-room": (*_found("planning"), "enter"),
    "call-failed": (*_found("dtls"), "enter"),
    "compare-two": _marked(2),
    "compare-six": _marked(6),
    "compare-cursor": (*_marked(3), *chain(*repeat(("left",), 9))),
    "compare-overlay": (*_marked(3), "o"),
    "compare-differences": (*_marked(3), "d"),
    "ice": ("i",),
    "ice-failed": (*_found("dtls"), "i"),
    "report": ("s",),
    "rooms": ("O",),
    "room": ROOM,
    "participant": (*ROOM, "enter"),
    "dashboard": ("D",),
    "wallboard": ("W",),
    "log": ("L",),
    "help": ("question_mark",),
}
"""Each scene and its keys; of the name what comes before the first hyphen is the page or what lies over it."""
