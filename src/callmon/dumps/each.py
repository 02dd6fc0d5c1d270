"""Documents of any form one after another: as lines of a file, or as the items of an array."""

from __future__ import annotations

from collections.abc import Iterator

from callmon.dumps import rows, snapshots
from callmon.dumps.documents import DOCUMENTS
from callmon.dumps.ends import ENDS_HERE, Lasts
from callmon.dumps.form import Form
from callmon.model.frames import Frame, Json, Rejected

MAX_SHAPES = 1000
"""So many sets of members of snapshots are remembered, which need not be tried as anything else."""


class Each:
    """The reader of lines that are a document each, or a getStats snapshot each."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._snapshots = snapshots.Snapshots(name)
        self._last = Lasts()
        self._form: Form | None = None
        self._shapes: set[tuple[str, ...]] = set()

    def read(self, value: Json) -> Iterator[Frame | Rejected]:
        """Return what a line means in the form that fits it."""
        form = self._form_of(value)
        if form is None:
            yield from self._snapshots.read(value)
            return
        for item in form.frames(value, self._name):
            if isinstance(item, Frame):
                self._last.note(item)
            yield item

    def _form_of(self, value: Json) -> Form | None:
        """Return the form of a line: mostly that of the one before, or a snapshot with the same members."""
        if self._form is not None and self._form.fits(value):
            return self._form
        shape = tuple(value)[:50] if isinstance(value, dict) else ()
        if shape in self._shapes:
            return None
        form = form_of(value)
        self._form = form or self._form
        if form is None and shape and len(self._shapes) < MAX_SHAPES and snapshots.fits(value):
            self._shapes.add(shape)
        return form

    def end(self, reason: str) -> Iterator[Frame]:
        """Return the ends of the calls of which no line told an end."""
        yield from self._snapshots.end(reason)
        yield from self._last.ends(reason)


def each_frames(value: Json, name: str) -> Iterator[Frame | Rejected]:
    """Return what the items of an array mean, each in the form that fits it."""
    reader = Each(name)
    for number, item in enumerate(value, 1):
        for found in reader.read(item):
            if isinstance(found, Rejected):
                found = Rejected(found.source, f"item {number}: {found.reason}", found.count)
            yield found
    yield from reader.end(ENDS_HERE)


def form_of(value: Json) -> Form | None:
    """Return the form of a document, None where it is of none that is known."""
    return next((form for form in (*rows.FORMS, *DOCUMENTS) if form.fits(value)), None)
