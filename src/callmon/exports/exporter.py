"""Whoever exports: gathers what there is of calls, has it made elsewhere, and writes it to a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.still import still
from callmon.exports import bundle, file
from callmon.exports.export import Empty, Made, Subject, make, masked
from callmon.exports.formats import Format
from callmon.masking.mask import Mask
from callmon.model.events import Restored
from callmon.model.frames import Frame
from callmon.model.tape import Entry, Tape
from callmon.query import format as fmt
from callmon.query.view import View

AT_ONCE = 200
"""So many entries are read from the tape before others have their turn."""

Pictures = Callable[[Board, Call, float], Awaitable[Mapping[str, str]]]
"""Whoever draws the screens of a call at a time (epoch seconds), judged as on a board: SVG by name."""

Saved = tuple[Path, str]
"""Where a file is, and what is in it in words, such as ``34 calls``."""


class Exporter:
    """Writes calls into ``folder``; ``tape`` says what was taken of them, None where nothing is kept."""

    def __init__(self, tape: Tape | None, folder: Path, pictures: Pictures | None = None) -> None:
        """Export what a board shows; tickets get the pictures of ``pictures``."""
        self.folder = folder
        self._tape = tape
        self._pictures = pictures

    async def view(
        self, board: Board, view: View, format: Format, mask: bool = True, path: Path | None = None
    ) -> Saved:
        """Write all calls that a view shows, in its order. Raises Empty and NotWritten."""
        return await self._save(await self.made(board, view, None, format, mask), board.now(), format, path)

    async def call(
        self, board: Board, id: str, format: Format, mask: bool = True, path: Path | None = None
    ) -> Saved:
        """Write one call. Raises Empty and NotWritten."""
        return await self._save(await self.made(board, View(), id, format, mask), board.now(), format, path)

    async def made(self, board: Board, view: View, id: str | None, format: Format, mask: bool) -> Made:
        """Return what would be written of one call, or of all that a view shows. Raises Empty."""
        subject = await self.subject(board, id) if id is not None else _shown(board, view)
        if format.key != "ticket":
            return await asyncio.to_thread(make, subject, format, mask)
        return await self._ticket(board, subject, mask)

    async def subject(self, board: Board, id: str) -> Subject:
        """Return one call with all that was taken of it."""
        call = board.call(id)
        if call is None:
            raise Empty(f"there is no call {id}: callmon open --plain shows which there are")
        now = board.now()
        found = Subject(still([call]), now, board.rules(), True, list(board.sources()))
        # What is shown must be what was taken until then, so the call is copied before anything is awaited.
        since, first = self._held(call.id)
        entries = [*first]
        if self._tape is not None:
            for count, entry in enumerate(self._tape.entries(since, now, call.id)):
                entries.append(_own(entry, call.id))
                if count % AT_ONCE == AT_ONCE - 1:
                    await asyncio.sleep(0)
        return replace(found, entries=tuple(entries), since=since if first else None)

    def _held(self, call: str) -> tuple[float, Sequence[Entry]]:
        """Return from when on there is everything of a call, and the state that it had then, if it had one."""
        earliest = self._tape.earliest() if self._tape is not None else None
        if self._tape is None or earliest is None:
            return 0.0, ()
        held = self._tape.held(call, earliest)
        if held is None:
            return 0.0, ()
        at, state = held
        event = Restored(call, at, state)
        return at, (Entry(at, Frame("callmon", at, "state", None), (event,)),)

    async def _ticket(self, board: Board, subject: Subject, mask: bool) -> Made:
        if mask:
            subject = await asyncio.to_thread(masked, subject, Mask())
        draw = self._pictures
        screens = await draw(board, subject.call, subject.now) if draw is not None else {}
        data = await asyncio.to_thread(lambda: bundle.pack(bundle.parts(subject, mask, screens)))
        return Made([data], f"{fmt.count(len(subject.entries))} messages{subject.begun}")

    async def _save(self, made: Made, now: float, format: Format, path: Path | None) -> Saved:
        name = path if path is not None else self.folder / file.name_of(now, format.end)
        return await asyncio.to_thread(file.save, name, made.chunks, path is None), made.counted


def _shown(board: Board, view: View) -> Subject:
    """Return all calls that a view shows, as they stand, in the order in which they came."""
    shown = {call.id for call in board.rows(view)}
    calls = still([call for call in board.calls() if call.id in shown])
    return Subject(calls, board.now(), board.rules(), sources=list(board.sources()), view=view)


def _own(entry: Entry, call: str) -> Entry:
    """Return an entry without its message where that is, or may be, about other calls as well."""
    frame = entry.frame
    body = frame.body if isinstance(frame.body, dict) else {}
    if call in (frame.about.get("call"), body.get("call")) or frame.provider == "callmon":
        return (
            entry
            if frame.provider != "callmon"
            else replace(entry, frame=replace(frame, body=None, about={}))
        )
    return replace(entry, frame=replace(frame, body=None, about={}))
