"""What a form of file is: how it is told from others, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
