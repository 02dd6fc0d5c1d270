"""What a form of file is: how it is told from others, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from callmon.model.frames import Frame, Json, Rejected


@dataclass(frozen=True, slots=True)
class Form:
    """A form of file that is one JSON value: ``name`` is how an error speaks of it, such as "a Daily answer".

    ``fits`` says by its members whether a value is of this form; it never raises. ``frames`` returns what is in
    it, in the order of time, for a file called by its second argument, and never raises either: a part that
    cannot be read is ``Rejected`` with its place in the file.
    """

    name: str
    fits: Callable[[Json], bool]
    frames: Callable[[Json, str], Iterator[Frame | Rejected]]


class Lines(Protocol):
    """The reader of one file of lines, in their order; it never raises.

    A line that cannot be read is ``Rejected``, without its number; one that only the last frames of a file follow
    from, such as that calls are over, is not waited for: ``end`` gives those.
    """

    def read(self, value: Json) -> Iterator[Frame | Rejected]:
        """Return what one line means, decoded."""
        ...

    def end(self, reason: str) -> Iterator[Frame]:
        """Return what follows when nothing more comes, and why that is."""
        ...


@dataclass(frozen=True, slots=True)
class LineForm:
    """A form of file whose lines are a JSON value each: it is told by the first of them.

    ``reader`` makes what reads a file of that name.
    """

    name: str
    fits: Callable[[Json], bool]
    reader: Callable[[str], Lines]
