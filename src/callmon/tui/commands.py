"""The commands of the terminal's own command line, each declared once; reading and completing them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callmon.query import amounts
from callmon.query.misread import Misread

SELECTORS = {
    "@focus": "the call that the keys mean here",
    "@marked": "the marked calls",
    "@shown": "the calls that are shown, as they are filtered",
    "@all": "every call",
}
"""What may stand for calls, and which they are."""

OPEN = frozenset({"words", "view", "moment", "call", "time", "order"})
"""Kinds of which any word is one, as far as can be told before it is used."""

EXPECTED = {
    "calls": "@focus, @marked, @shown or @all",
    "format": "a format",
    "order": "a column",
    "reverse": "reverse, or the end",
    "theme": "a theme",
    "page": "a screen",
    "switch": "on or off",
    "call": "the id of a call",
    "moment": "a time, such as 10:15 or -5m",
    "time": "how long, such as 15m or 90s",
    "view": "a view, such as 3 or loss>3 | sort rtt",
    "words": "words",
}
"""What is said to be expected where a word of a kind is missing."""

SOME = 8
"""So many words are named where any of them would do."""

NAMED = frozenset({"format", "theme", "page"})
"""Kinds whose words are names, of which it can be said that there is none."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A word that a command takes; ``rest`` says that it takes all that follows, ``needed`` that it must be there."""

    name: str
    kind: str
    needed: bool = True
    rest: bool = False

    def __str__(self) -> str:
        """Return it as it stands in a usage line."""
        return self.name if self.needed else f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Command:
    """One command; with ``presses`` it does what the key of that action does, else ``Commanding`` has a method."""

    name: str
    meaning: str
    parameters: tuple[Parameter, ...] = ()
    presses: str = ""

    @property
    def usage(self) -> str:
        """The command as it is written, such as ``export [@CALLS] FORMAT``."""
        return " ".join((self.name, *map(str, self.parameters)))


_CALLS = Parameter("@CALLS", "calls", needed=False)

_ALL = (
    Command("filter", "Only the calls that pass; nothing: all.", (Parameter("EXPR", "words", False, True),)),
    Command("sort", "Sort by a column; -COLUMN: the greatest first; reverse: the other way round.",
            (Parameter("[-]COLUMN", "order"), Parameter("reverse", "reverse", False))),
    Command("view", "Show a saved view.", (Parameter("VIEW", "view", rest=True),)),
    Command("columns", "Choose the columns.", presses="columns"),
    Command("mark", "Mark calls; of none that are named the one under the cursor.", (_CALLS,)),
    Command("unmark", "Take marks away, all of them where no calls are named.", (_CALLS,)),
    Command("compare", "Show calls side by side; of none that are named the marked ones.", (_CALLS,)),
    Command(
        "export",
        "Write calls to a file, masked; if none is named this one.",
        (_CALLS, Parameter("FORMAT", "format")),
    ),
    Command("ticket", "Write the call as one file that another callmon opens.", presses="ticket"),
    Command("open", "Open a screen, about a call where it is about one.",
            (Parameter("SCREEN", "page"), Parameter("CALL", "call", False))),
    Command("seek", "Show an earlier moment.", (Parameter("TIME", "moment", rest=True),)),
    Command("now", "Back to now.", presses="past.now"),
    Command("freeze", "Freeze the screen, or go on.", presses="freeze"),
    Command("record", "Record what arrives, or stop.", presses="record"),
    Command("ack", "Take what is wrong with calls as seen.", (_CALLS,)),
    Command("snooze", "Put poor calls off, for 15m if not said.", (_CALLS, Parameter("TIME", "time", False))),
    Command("theme", "Show everything in another theme.", (Parameter("THEME", "theme"),)),
    Command("mask", "Names, addresses and ids as aliases, or as they are.", (Parameter("SWITCH", "switch", False),)),
    Command("reload", "Look, keys, rules, feeds, alerts as configured now.", presses="reload"),
    Command("refresh", "Ask APIs and lost feeds now, if they let us.", presses="refresh"),
    Command("mouse", "Listen to the mouse, or leave it to the terminal.", (Parameter("SWITCH", "switch"),)),
    Command("help", "The keys that work here.", presses="show.help"),
    Command("quit", "Quit."),
)  # fmt: skip

COMMANDS: dict[str, Command] = {command.name: command for command in _ALL}
"""All commands by name."""

Known = Callable[[str], Sequence[str]]
"""The words that there are of a kind."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command with its words, one for each parameter ('' for one that was left out), and where they stand."""

    command: Command
    words: tuple[str, ...]
    places: tuple[int, ...]


class Refused(ValueError):
    """What was asked cannot be done: because of word number ``word``, there at ``place``."""

    def __init__(self, reason: str, word: int = 0, place: int = 0) -> None:
        super().__init__(reason)
        self.word = word
        self.place = place


def read(text: str, known: Known) -> Asked:
    """Return what was typed; raises Misread, which says what was expected where."""
    spans = [(found.start(), found[0]) for found in re.finditer(r"\S+", text)]
    if not spans:
        raise Misread(0, f"expected a command: {', '.join(COMMANDS)}")
    at, name = spans.pop(0)
    command = COMMANDS.get(name)
    if command is None:
        raise Misread(at, f"there is no command {name}{_nearest(name, tuple(COMMANDS))}")
    words: list[str] = []
    places: list[int] = []
    for parameter in command.parameters:
        places.append(spans[0][0] if spans else len(text))
        if spans and _fits(parameter, spans[0][1]):
            at, word = spans.pop(0)
            if parameter.rest:
                word, spans = text[at:].strip(), []
            _check(parameter, at, word, known)
            words.append(word)
        elif parameter.needed:
            words_of = known(parameter.kind) if parameter.kind in (*NAMED, "order") else ()
            raise Misread(places[-1], f"expected {EXPECTED[parameter.kind]}{_some(words_of)}")
        else:
            words.append("")
    if spans:
        raise Misread(spans[0][0], f"expected the end: {command.usage}")
    return Asked(command, tuple(words), tuple(places))


def seconds(text: str) -> float:
    """Return the seconds of ``15m``, ``90s`` or ``1h30m``; ValueError says what was expected instead."""
    try:
        lasting = amounts.span(text)
    except Misread:
        lasting = 0.0
    if lasting == 0.0:
        raise ValueError(f"expected {EXPECTED['time']}")
    return lasting


def _fits(parameter: Parameter, word: str) -> bool:
    """Return whether a word may be meant for a parameter, so that one that can be left out was not."""
    return word.startswith("@") == (parameter.kind == "calls") or parameter.rest


def _check(parameter: Parameter, at: int, word: str, known: Known) -> None:
    if parameter.kind in OPEN:
        return
    words = tuple(SELECTORS) if parameter.kind == "calls" else known(parameter.kind)
    if word not in words:
        wanted = EXPECTED[parameter.kind]
        if parameter.kind in NAMED:
            raise Misread(at, f"there is no {wanted.removeprefix('a ')} {word:.30}{_nearest(word, words)}")
        near = difflib.get_close_matches(word, words, n=1)
        raise Misread(at, f"expected {wanted}" + (f": did you mean {near[0]}?" if near else ""))


def _nearest(word: str, words: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, words, n=1)
    if near or len(words) > SOME:
        return f": did you mean {near[0]}?" if near else ": Tab completes them"
    return _some(words, ": use one of ")


def _some(words: Sequence[str], before: str = ": ") -> str:
    shown = ", ".join(words[:SOME]) + (", …" if len(words) > SOME else "")
    return f"{before}{shown}" if shown else ""


def complete(text: str, known: Known) -> tuple[int, list[str]]:
    """Return where the word begins that is being typed, and the words that it may become, as declared."""
    spans = [(found.start(), found[0]) for found in re.finditer(r"\S+", text)]
    typing = bool(spans) and not text[-1].isspace()
    start, prefix = spans.pop() if typing else (len(text), "")
    if not spans:
        return start, [name for name in COMMANDS if name.startswith(prefix)]
    command = COMMANDS.get(spans.pop(0)[1])
    left = list(command.parameters) if command is not None else []
    for _, word in spans:
        while left and not left[0].rest and not _fits(left.pop(0), word):
            pass
    found: list[str] = []
    for parameter in left:
        words = tuple(SELECTORS) if parameter.kind == "calls" else known(parameter.kind)
        found += [word for word in words if word.startswith(prefix)]
        if parameter.needed:
            break
    return start, found
