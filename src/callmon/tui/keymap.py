"""A keymap of one's own: which keys an action has, by its id, and what is wrong with that."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._keyboard_protocol import FUNCTIONAL_KEYS
from textual.keys import KEY_NAME_REPLACEMENTS, Keys, _character_to_key

from callmon.tui.keys import ACTIONS, NAMES, sign

ALONE = ("typing.", "seek.", "choose.", "command.", "find.", "answer.")
"""Beginnings of the ids of actions that have the keyboard for themselves, each among its own."""

SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that are another key to most terminals, and to Textual."""

BOTH = ("ctrl+@", "ctrl+space")
"""The names of one key: that which most terminals give it, and that of the kitty keyboard protocol."""

RARE = "only terminals with the kitty keyboard protocol send it: add a key for others"

OWN = {"ctrl+c": "quit.now", "ctrl+z": "suspend"}
"""Keys that everybody needs for one action, whatever else is on the screen."""

_SAID = {name.casefold(): key for key, name in NAMES.items() if name.isascii() and len(name) > 1}
_NAMED = frozenset(key.value for key in Keys)
_CODES = {
    key.value
    for sequence, keys in ANSI_SEQUENCES_KEYS.items()
    if len(sequence) == 1 and sequence.isascii() and isinstance(keys, tuple)
    for key in keys
}
_SENT = frozenset(_CODES) | {"shift+tab"}
"""Keys with ``ctrl`` or ``shift`` that every terminal sends: those that have a code of their own in ASCII."""

_MODIFIED = frozenset(name for code, name in FUNCTIONAL_KEYS.items() if not code.endswith("u"))
"""Keys with which every terminal sends what is held down beside them."""


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
            if key is None or why is not None:
                wrong.append(f"keys.{id}: {word:.20} {why}")
                continue
            keys += BOTH if key in BOTH else (key,)
        if keys and not any(map(everywhere, keys)):
            wrong.append(f"keys.{id}: {' '.join(keys)}: {RARE}")
        if keys or not text.strip():
            made[id] = ",".join(dict.fromkeys(keys))
    return made, [*wrong, *_conflicts(made)]


def _words(text: str) -> list[str]:
    """Return the keys of a text; a comma alone is the key of that sign."""
    return [","] if text.strip() == "," else text.replace(",", " ").split()


def named(word: str) -> str | None:
    """Return the name that Textual has for a key, or None where there is no such key."""
    if word.casefold() in _SAID:
        return _SAID[word.casefold()]
    if word.startswith("^") and len(word) > 1:
        word = f"ctrl+{word[1:].lower()}"
    if len(word) == 1:
        return word if word.isprintable() else None
    if word.casefold() in _NAMED:
        return word.casefold()
    *held, last = word.split("+")
    if set(held) - {"ctrl", "shift", "alt"}:
        return None
    if len(last) == 1 and last.isupper():
        held, last = [*held, "shift"], last.lower()
    last = _character_to_key(last) if len(last) == 1 else KEY_NAME_REPLACEMENTS.get(last, last)
    known = last in _NAMED or last in NAMES or sign(last) is not None
    return "+".join((*sorted(set(held)), last)) if known else None


def everywhere(key: str) -> bool:
    """Return whether terminals without the kitty keyboard protocol, for which Textual asks, send a key too."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    if not held or key in _SENT or last in _MODIFIED:
        return True
    # With alt they send what they send without it after an escape; some of that is another key to Textual.
    letter = last.upper() if "shift" in held else last
    known = len(letter) == 1 and letter.isascii() and letter.isalpha()
    return known and "ctrl" not in held and f"\x1b{letter}" not in ANSI_SEQUENCES_KEYS


def refused(id: str, key: str | None) -> str | None:
    """Return why an action cannot have a key and what to do, None where it can; no ``key`` is none that there is."""
    if key is None:
        return "is no key and is ignored: write one as on screen, or as ctrl+x, f5 or pageup"
    if key in SAME:
        return f"is {SAME[key]} to most terminals and is ignored: write {SAME[key]}, or another key"
    if OWN.get(key, id) != id:
        return f"is the key of {OWN[key]} everywhere and is ignored: take another"
    typed = sign(key.removeprefix("shift+"))
    if key.startswith("shift+") and typed is not None:
        written = typed.upper() if typed.isalpha() else "that"
        return f"is sent by terminals as the sign itself and is ignored: write {written}"
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
                f"keys.{id}: {shared[-1]} is also the key of {other}: where both work, only one has it: take another"
            )
    return found


def _spelled(keys: Iterable[str]) -> frozenset[str]:
    """Return keys so that the same key is spelled the same: signs as characters."""
    return frozenset(sign(key) or key for key in keys)


def _place(id: str) -> str:
    id = id.replace("pick.", "choose.")
    return next((place for place in ALONE if id.startswith(place)), "")
