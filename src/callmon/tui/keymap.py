"""A keymap of one's own: which keys an action has, by its id, and what is wrong with that."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from callmon.tui.keys import ACTIONS, NAMES

ALONE = ("typing.", "seek.", "choose.", "command.", "find.", "answer.")
"""Beginnings of the ids of actions that have the keyboard for themselves, each among its own."""

SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+[": "escape",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
    "ctrl+?": "backspace",
    "ctrl+question_mark": "backspace",
    "ctrl+enter": "enter",
    "shift+enter": "enter",
    "ctrl+tab": "tab",
    "shift+space": "space",
}
"""Keys for which terminals send what they send for another key."""

OWN = {"ctrl+c": "quit.now", "ctrl+z": "suspend"}
"""Keys that everybody needs for one action, whatever else is on the screen."""

_SAID = {name.casefold(): key for key, name in NAMES.items() if name.isascii() and len(name) > 1}
_NAMED = frozenset(key.value for key in Keys)
_SENT = frozenset(
    key.value for keys in ANSI_SEQUENCES_KEYS.values() if isinstance(keys, tuple) for key in keys
)
_WITH_CTRL = frozenset("abcdefghijklmnopqrstuvwxyz@") | {"space"}
_SIGNS = {
    "ctrl+\\": "ctrl+backslash",
    "ctrl+]": "ctrl+right_square_bracket",
    "ctrl+^": "ctrl+circumflex_accent",
    "ctrl+_": "ctrl+underscore",
}


def keymap(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the keymap as Textual takes it, and a line for each thing that is wrong with it.

    ``given`` has several keys of one action separated by commas or spaces, written as on screen (``^p``, ``Esc``,
    ``?``) or by name (``ctrl+p``, ``escape``); nothing takes an action's keys away.
    """
    made: dict[str, str] = {}
    wrong: list[str] = []
    for id, text in given.items():
        if id not in ACTIONS:
            near = difflib.get_close_matches(id, ACTIONS, n=1)
            hint = f"did you mean {near[0]}?" if near else "docs/keys.md lists them"
            wrong.append(f"keys.{id}: there is no such action and it is ignored: {hint}")
            continue
        keys: list[str] = []
        for word in _words(text):
            key = named(word)
            why = refused(id, key)
            if key is not None and why is None:
                keys.append(key)
            else:
                wrong.append(f"keys.{id}: {word:.20} {why}")
        if keys or not text.strip():
            made[id] = ",".join(keys)
    return made, [*wrong, *_conflicts(made)]


def _words(text: str) -> list[str]:
    """Return the keys of a text; a comma alone is the key of that sign."""
    return [","] if text.strip() == "," else text.replace(",", " ").split()


def named(word: str) -> str | None:
    """Return the name that Textual has for a key, or None where there is no such key."""
    low = word.casefold()
    if low in _SAID:
        return _SAID[low]
    if len(word) > 1 and low in _NAMED:
        return low
    if word.startswith("^") and len(word) > 1:
        word = f"ctrl+{word[1:].lower()}"
    if len(word) == 1 and word.isprintable():
        return word
    if word in _SIGNS:
        return _SIGNS[word]
    *modifiers, last = word.split("+")
    if set(modifiers) - {"ctrl", "shift", "alt"}:
        return None
    known = len(last) == 1 or last in _NAMED or last in NAMES or word in _NAMED
    return word if known or last in KEY_NAME_REPLACEMENTS else None


def refused(id: str, key: str | None) -> str | None:
    """Return why an action cannot have a key and what to do, None where it can; no ``key`` is none that there is."""
    if key is None:
        return "is no key and is ignored: write one as on screen, or as ctrl+x, f5 or pageup"
    if key in SAME:
        return f"is sent by terminals as {SAME[key]} and is ignored: write {SAME[key]}, or another key"
    if OWN.get(key, id) != id:
        return f"is the key of {OWN[key]} everywhere and is ignored: take another"
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if modifiers == ["shift"] and len(last) == 1:
        return f"is sent by terminals as the sign itself and is ignored: write {last.upper()}"
    if "ctrl" in modifiers and (set(modifiers) != {"ctrl"} or last not in _WITH_CTRL) and key not in _SENT:
        return "is sent by no terminal and is ignored: take ctrl with a letter from a to z, or another key"
    return None


def _conflicts(made: Mapping[str, str]) -> list[str]:
    """Return a line for each key that two actions have, one of them by this keymap, that did not share it before."""
    keys = {
        id: _spelled(made[id].split(",") if id in made else action.keys) for id, action in ACTIONS.items()
    }
    found = []
    for id in made:
        for other, taken in keys.items():
            shared = sorted(keys[id] & taken - {""})
            before = _spelled(ACTIONS[id].keys) & _spelled(ACTIONS[other].keys)
            if (
                other == id
                or _place(id) != _place(other)
                or not set(shared) - before
                or (other in made and other < id)
            ):
                continue
            found.append(
                f"keys.{id}: {shared[0]} is also the key of {other}: where both work, only one has it: take another"
            )
    return found


def _spelled(keys: Iterable[str]) -> frozenset[str]:
    """Return keys so that the same key is spelled the same: signs as characters."""
    signs = {key: name for key, name in NAMES.items() if len(name) == 1 and name.isascii()}
    return frozenset(signs.get(key, key) for key in keys)


def _place(id: str) -> str:
    id = id.replace("pick.", "choose.")
    return next((place for place in ALONE if id.startswith(place)), "")
