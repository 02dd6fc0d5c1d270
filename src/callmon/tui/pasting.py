"""What is pasted is text: escape sequences and control signs in it are never keys."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.message import Message

BEGIN, END = "\x1b[200~", "\x1b[201~"
"""What a terminal sends before and after what is pasted."""

LIMIT = 1_000_000
"""So many characters of what is pasted are taken; the others are not kept until its end comes."""

_SEQUENCE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # such as colours and keys
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\)"  # such as titles and links
    r"|\x1b[ -/]*[0-Z\\-~]",
    re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """Return a text without escape sequences and control signs; lines stay lines."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


class Pasted:
    """Follows what a terminal sends, and makes plain what is pasted, as soon as all of it is there."""

    def __init__(self) -> None:
        self._parts: list[str] | None = None
        self._size = 0
        self._tail = ""

    def take(self, data: str) -> str:
        """Return what may be read of what was sent now and before; '' while something is still being pasted."""
        found: list[str] = []
        while data:
            mark = BEGIN if self._parts is None else END
            at = (self._tail + data).find(mark)
            end = at + len(mark) - len(self._tail) if at >= 0 else len(data)
            self._tail = (self._tail + data)[1 - len(mark) :] if at < 0 else ""
            part, data = data[:end], data[end:]
            if self._parts is None:
                found.append(part)
                self._parts = [] if at >= 0 else None
                continue
            self._keep(part)
            if at >= 0:
                found.append(plain("".join(self._parts).removesuffix(END)) + END)
                self._parts, self._size = None, 0
        return "".join(found)

    def _keep(self, part: str) -> None:
        assert self._parts is not None
        if self._size + len(part) > LIMIT and not part.endswith(END):
            part = part[: max(0, LIMIT - self._size)]
        self._parts.append(part)
        self._size += len(part)


class PasteParser(XTermParser):
    """Textual's reader of keys; that of itself reads an escape sequence in what is pasted as keys."""

    def __init__(self, debug: bool = False) -> None:
        self._pasted = Pasted()
        super().__init__(debug)

    def feed(self, data: str) -> Iterable[Message]:
        """Return what keys, the mouse and pasting mean; with '' it is over."""
        found = self._pasted.take(data)
        return super().feed(found) if found or not data else ()
