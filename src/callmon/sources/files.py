"""Files opened from disk, or read from stdin: their form is told by what is in them, then they are read in steps.

A file of lines is never held as a whole; a file that is one JSON value is, up to ``DOCUMENT_BYTES``.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import IO

from callmon.dumps import rows, snapshots, ticket
from callmon.dumps.each import Each, each_frames, form_of
from callmon.dumps.ends import BREAKS_OFF, ENDS_HERE, Lasts, breaking_off
from callmon.dumps.form import Form, Lines
from callmon.model.frames import Frame, Json, Rejected
from callmon.sources import foreign
from callmon.sources.decoding import decode, mend, stream
from callmon.sources.packed import Broken, Bytes, TooLong, lines

MAX_LINE_BYTES = 64 * 1024 * 1024
"""A longer line is no snapshot."""

DOCUMENT_BYTES = 512 * 1024 * 1024
"""A longer JSON value is not read."""

TICKET_BYTES = 256 * 1024 * 1024
"""A longer ticket is not read."""

HOPELESS = 1000
"""After so many lines of which not one could be read, the rest is not tried."""

SILENT = 100_000
"""After so many lines that can be read and tell of no call, the rest is not tried either."""

MAX_CALLS = 10_000

HELP = "give a dump or a capture of WebRTC statistics"
"""What to do about a file in which there is nothing to read."""

Take = Callable[[Frame], object]
"""Whoever takes the frames."""

Progress = Callable[[int, int | None], bool]
"""Is told bytes read and bytes in all (None: nobody knows), and returns whether to go on."""

STOPPED = "reading was stopped here"
"""Why a call is over of which no more was read."""

_BOM = b"\xef\xbb\xbf"


class Unreadable(Exception):
    """A file that cannot be read; the message says which, what is wrong, and what to do."""


@dataclass(slots=True)
class Opened:
    """What came of a file: its form, frames taken, the last time in it, and what broke (None: all was read).

    ``stopped`` says that somebody stopped the reading, ``calls`` which calls were in it.
    """

    name: str
    form: str | None = None
    frames: int = 0
    rejected: int = 0
    first: str | None = None
    ended_at: float | None = None
    stopped: bool = False
    calls: set[str] = field(default_factory=set)

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count something that could not be read."""
        self.rejected += count
        self.first = self.first or reason


class Reading:
    """A file that is read step by step: whoever goes through ``steps`` may stop, or do something else between."""

    def __init__(
        self,
        path: str,
        name: str,
        take: Take,
        stream: IO[bytes] | None = None,
    ) -> None:
        """Read a path (``-``: stdin) or ``stream`` into calls named ``name``."""
        self.opened = Opened(name)
        self.name = name
        self._path = path
        self._take = take
        self._stream = stream
        self._bytes: Bytes | None = None
        self._seems: str | None = None
        self._head = b""

    @property
    def done(self) -> int:
        """How many bytes were read."""
        return self._bytes.done if self._bytes is not None else 0

    @property
    def total(self) -> int | None:
        """How many bytes there are, as they are on the disk; None where nobody knows."""
        return self._bytes.total if self._bytes is not None else None

    def stop(self) -> None:
        """Read no further; what was read stays, and is brought to its end."""
        self.opened.stopped = True

    def steps(self) -> Iterator[None]:
        """Read, pausing after every line. Raises Unreadable where there is nothing in it that callmon knows."""
        try:
            self._bytes = Bytes(self._path, self._stream)
        except OSError as error:
            raise Unreadable(f"{self._path}: {error.strerror or error}: check the path") from None
        with closing(self._bytes):
            try:
                yield from self._read(self._bytes)
            except OSError as error:
                self.opened.refuse(f"reading failed ({error.strerror or error})")
        if not self.opened.frames and not self.opened.stopped:
            raise Unreadable(f"{self._path}: {self._nothing()}")

    def _nothing(self) -> str:
        """Return why there is nothing in it, and what to do."""
        opened = self.opened
        if opened.form is None and self._seems is None:
            self._seems = foreign.guess_of(self._head)
        if opened.form is not None and opened.first is None and self._seems != foreign.OF_SERVER:
            return f"{opened.form} in which there is no peer connection: {HELP} of a call"
        first = opened.first or ("it tells of no call" if self._seems is not None else "it is empty")
        if self._seems is not None:
            first = f"it seems to be {self._seems}; {first}"
        return f"nothing in it that callmon can read ({first}): {HELP}"

    def _read(self, source: Bytes) -> Iterator[None]:
        chunks = source.chunks()
        head = b""
        try:
            head = self._head = next(chunks, b"")
            if ticket.is_bundle(head):
                yield from self._ticket(chain([head], chunks))
                return
            known = foreign.name_of(head)
            if known is not None:
                raise Unreadable(f"{self._path}: it is {known}{'' if ': ' in known else f': {HELP}'}")
            found = enumerate(lines(chain([head], chunks), DOCUMENT_BYTES, MAX_LINE_BYTES), 1)
            yield from self._detect(found)
        except Broken as error:
            if not self.opened.frames:
                yield from self._document(error.rest or head, str(error))
            else:
                self.opened.refuse(str(error))

    def _ticket(self, chunks: Iterator[bytes]) -> Iterator[None]:
        """Read a ticket, or say what else a zip is."""
        whole = io.BytesIO()
        for chunk in chunks:
            if whole.tell() + len(chunk) > TICKET_BYTES:
                raise Unreadable(f"{self._path}: a zip of more than {TICKET_BYTES >> 20} MB: it is no ticket")
            whole.write(chunk)
        try:
            self.opened.form = ticket.words(ticket.about(whole))
            for frame in ticket.frames(whole, self.name):
                self._give(frame, "")
                if isinstance(frame, Frame):
                    self.opened.calls.update(islice(ticket.calls(frame), MAX_CALLS - len(self.opened.calls)))
                yield
                if self.opened.stopped:
                    return
        except ticket.BadTicket as error:
            self.opened.form = None
            self.opened.refuse(str(error))
        if self.opened.first is not None and not self.opened.calls:
            raise Unreadable(f"{self._path}: {self._nothing()}")

    def _detect(self, found: Iterator[tuple[int, bytes | TooLong]]) -> Iterator[None]:
        """Tell by its first lines what a file is, and read it."""
        begun = list(_filled(found, 1))
        if not begun:
            return
        number, first = begun[0]
        first = first.removeprefix(_BOM) if isinstance(first, bytes) else first
        begun[0] = number, first
        if first == rows.HEAD.strip():
            yield from self._lines(found, rows.dump(self.name), "an rtcstats dump")
            return
        value, reason = _value(first)
        if reason is None:
            begun += _filled(found, 1)
            if len(begun) == 1:
                yield from self._one_value(value)
                return
        elif isinstance(first, bytes) and first[:1] in (b"[", b"{"):
            begun += _filled(found, 2)
            if len(begun) < 3 or any(not _is_container(line) for _, line in begun[1:]):
                yield from self._rest(begun, found)
                return
        for _, line in begun:
            value, reason = _value(line)
            if reason is None:
                break
        form = next((form for form in rows.LINE_FORMS if reason is None and form.fits(value)), None)
        self._seems = foreign.name_of_value(value)
        reader = form.reader(self.name) if form is not None else Each(self.name)
        yield from self._lines(chain(begun, found), reader, form.name if form is not None else None)

    def _rest(
        self, begun: list[tuple[int, bytes | TooLong]], found: Iterator[tuple[int, bytes | TooLong]]
    ) -> Iterator[None]:
        """Read a file that is one value over many lines, or whose lines were not told from that by the first."""
        kept = [*begun]
        size = sum(len(line) for _, line in begun if isinstance(line, bytes))
        broken: Broken | None = None
        try:
            for number, line in found:
                kept.append((number, line))
                size += len(line) if isinstance(line, bytes) else 0
                if size > DOCUMENT_BYTES:
                    self.opened.refuse(f"it is one JSON value of more than {DOCUMENT_BYTES >> 20} MB")
                    return
                yield
        except Broken as error:
            broken = error
            kept.append((kept[-1][0] + 1, error.rest))
        text = b"\n".join(line for _, line in kept if isinstance(line, bytes))
        value, reason = decode(text)
        if reason is None and broken is None:
            yield from self._one_value(value)
        elif broken is None and len((found_in := stream(text))[0]) > 1:
            yield from self._values(*found_in)
        elif any(_is_container(line) for _, line in kept[1:HOPELESS]):
            yield from self._lines(iter(kept), Each(self.name), None)
        else:
            yield from self._document(text, str(broken) if broken is not None else reason or "")

    def _values(self, values: list[Json], reason: str | None) -> Iterator[None]:
        """Read values that stand one after another, as lines that are laid out over several."""
        reader = Each(self.name)
        for number, value in enumerate(values, 1):
            self._give_all(reader.read(value), f"value {number}: ")
            yield
            if self.opened.stopped:
                break
        whole = ENDS_HERE if reason is None else BREAKS_OFF
        for frame in reader.end(STOPPED if self.opened.stopped else whole):
            self._give(frame, "")
        if reason is not None:
            self.opened.refuse(f"value {len(values) + 1}: {reason}")

    def _document(self, text: bytes, reason: str) -> Iterator[None]:
        """Read what is whole of a value that is broken."""
        self.opened.refuse(reason)
        value = mend(text)
        if value is not None:
            yield from self._one_value(value, whole=False)

    def _one_value(self, value: Json, whole: bool = True) -> Iterator[None]:
        """Read a file that is one JSON value; one that is not ``whole`` breaks off."""
        form = form_of(value)
        if form is None and snapshots.fits(value):
            form = snapshots.FORM
        if form is None and isinstance(value, list) and (first := next(iter(value), None)) is not None:
            # An array of documents, such as what a log of many reports is exported as.
            form = form_of(first) and Form("an array", lambda _: True, each_frames)
        if form is None:
            self._seems = foreign.name_of_value(value)
            self.opened.refuse("it is JSON, but no getStats snapshot")
            return
        self.opened.form = form.name
        last = Lasts()
        for item in form.frames(value, self.name):
            item = breaking_off(item) if isinstance(item, Frame) and not whole else item
            self._give(item, "")
            if isinstance(item, Frame):
                last.note(item)
            yield
            if self.opened.stopped:
                break
        ended = ENDS_HERE if whole else BREAKS_OFF
        for frame in last.ends(STOPPED if self.opened.stopped else ended):
            self._give(frame, "")

    def _lines(
        self, found: Iterator[tuple[int, bytes | TooLong]], reader: Lines, form: str | None
    ) -> Iterator[None]:
        """Read a file of lines to its end, or to where it breaks off."""
        opened = self.opened
        opened.form = form
        broken: Broken | None = None
        good = True
        try:
            for count, (number, line) in enumerate(found, 1):
                if line:
                    good = self._line(number, line, reader)
                    yield
                if count >= SILENT and not opened.frames:
                    opened.refuse(f"its first {SILENT} lines tell of no call")
                    break
                if opened.stopped or (opened.rejected >= HOPELESS and not opened.frames):
                    break
        except Broken as error:
            broken = error
            value, reason = _value(error.rest.strip())
            if error.rest and reason is None:
                self._give_all(reader.read(value), "the last line: ")
        whole = good and broken is None
        for frame in reader.end(STOPPED if opened.stopped else ENDS_HERE if whole else BREAKS_OFF):
            self._give(frame, "")
        if broken is not None:
            opened.refuse(str(broken))

    def _line(self, number: int, line: bytes | TooLong, reader: Lines) -> bool:
        """Read a line; return whether it was whole."""
        value, reason = _value(line)
        if reason is None:
            self._give_all(reader.read(value), f"line {number}: ")
        elif isinstance(line, TooLong) or line.strip():
            self.opened.refuse(f"line {number}: {reason}")
            return False
        return True

    def _give_all(self, items: Iterable[Frame | Rejected], where: str) -> None:
        for item in items:
            self._give(item, where)

    def _give(self, item: Frame | Rejected, where: str) -> None:
        opened = self.opened
        if isinstance(item, Rejected):
            opened.refuse(where + item.reason, item.count)
            return
        self._take(item)
        opened.frames += 1
        opened.ended_at = max(opened.ended_at or item.at, item.at)
        body = item.body
        call = (isinstance(body, dict) and body.get("call")) or item.about.get("call")
        if isinstance(call, str) and len(opened.calls) < MAX_CALLS:
            opened.calls.add(call)


def _filled(
    found: Iterator[tuple[int, bytes | TooLong]], count: int
) -> Iterator[tuple[int, bytes | TooLong]]:
    """Return the next lines that are not blank, without what surrounds them."""
    for number, line in found:
        text = line.strip() if isinstance(line, bytes) else line
        if text and text != _BOM:
            yield number, text
            count -= 1
            if not count:
                return


def _value(line: bytes | TooLong) -> tuple[Json, str | None]:
    if isinstance(line, TooLong):
        return None, f"it is longer than {MAX_LINE_BYTES >> 20} MB"
    return decode(line)


def _is_container(line: bytes | TooLong) -> bool:
    return isinstance(_value(line)[0], list | dict)


def open_file(path: str, name: str, take: Take, progress: Progress | None = None) -> Opened:
    """Read a file and give its frames to ``take`` in its own time; what is broken in it is counted.

    ``progress`` is asked now and then. Raises ``Unreadable`` when there is nothing in it that callmon knows.
    """
    reading = Reading(path, name, take)
    for count, _ in enumerate(reading.steps()):
        if progress is not None and count % 16 == 0 and not progress(reading.done, reading.total):
            reading.stop()
    return reading.opened
