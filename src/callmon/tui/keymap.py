"""A keymap of one's own: which keys an action has, by its id, and what is wrong with that."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from callmon.tui.keys import ACTIONS, NAMES

ALONE = ("typing.", "seek.", "choose.", "command.", "find.", "answer.")
"""Beginnings of the ids of actions that have the keyboard for themselves, each among its own."""

_SAID = {name.casefold(): key for key, name in NAMES.items() if name.isascii() and len(name) > 1}
_NAMED = frozenset(key.value for key in Keys)


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
        keys = [key for word in _words(text) if (key := named(word)) is not None]
        wrong += [
            f"keys.{id}: {word:.20} is no key and is ignored: write one as on screen, or as ctrl+x, f5 or pageup"
            for word in _words(text)
            if named(word) is None
        ]
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
    if word.startswith("^") and len(word) > 1:
        word = f"ctrl+{word[1:].lower()}"
    if len(word) == 1 and word.isprintable():
        return word
    *modifiers, last = word.split("+")
    if set(modifiers) - {"ctrl", "shift", "alt"}:
        return None
    known = len(last) == 1 or last in _NAMED or last in NAMES or word in _NAMED
    return word if known or last in KEY_NAME_REPLACEMENTS else None


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
                f"keys.{id}: {shared[0]} is also the key of {other}: where both work, only one of them has it"
            )
    return found


def _spelled(keys: Iterable[str]) -> frozenset[str]:
    """Return keys so that the same key is spelled the same: signs as characters."""
    signs = {key: name for key, name in NAMES.items() if len(name) == 1 and name.isascii()}
    return frozenset(signs.get(key, key) for key in keys)


def _place(id: str) -> str:
    id = id.replace("pick.", "choose.")
    return next((place for place in ALONE if id.startswith(place)), "")
