"""A recording among the files that are opened: played again as fast as it can be read, with its own ticks."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import IO

from callmon.cli import wire
from callmon.cli.wire import Watch
from callmon.model.frames import Frame, Rejected
from callmon.recording.lines import Header, Tick
from callmon.recording.replay import happen, is_recording, items
from callmon.sources.files import HELP, Opened, Unreadable

HEAD_BYTES = 4096


def buffered(path: str, stream: IO[bytes] | None = None) -> IO[bytes]:
    """Open a path, ``-`` for stdin, so that its first bytes can be looked at. Raises OSError."""
    if stream is not None:
        return stream
    raw = io.FileIO(sys.stdin.fileno() if path == "-" else path, closefd=path != "-")
    return io.BufferedReader(raw)


def holds_recording(stream: IO[bytes]) -> bool:
    """Return whether a recording is in a stream, of which nothing is taken."""
    if isinstance(stream, io.BufferedReader):
        return is_recording(stream.peek(HEAD_BYTES))
    place = stream.tell()
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(place)
    return is_recording(head)


class Playing:
    """A recording that is read step by step, as other files are (``sources.files.Reading``)."""

    def __init__(self, path: str, name: str, watch: Watch, ends: list[float], stream: IO[bytes]) -> None:
        """Play ``stream``, opened from ``path``, into a watch; ``ends[0]`` is the newest time that was reached."""
        self.name = name
        self._path = path
        self.opened = Opened(name, "a callmon recording")
        self.total: int | None = None
        self.done = 0
        self._watch = watch
        self._ends = ends
        self._stream = stream
        if stream.seekable():
            self.total = stream.seek(0, io.SEEK_END)
            stream.seek(0)

    def stop(self) -> None:
        """Read no further; what was read stays."""
        self.opened.stopped = True

    def steps(self) -> Iterator[None]:
        """Play it, pausing after everything that happens. Raises Unreadable where nothing of it is whole."""
        opened, monitor = self.opened, self._watch.monitor
        with closing(self._stream):
            for item in items(self._stream):
                if isinstance(item, Rejected):
                    opened.refuse(item.reason, item.count)
                elif isinstance(item, Header):
                    wire.attach_readers(self._watch, item.asked)
                else:
                    if isinstance(item, Frame | Tick):
                        self._ends[0] = max(self._ends[0], item.at)
                        opened.ended_at = max(opened.ended_at or item.at, item.at)
                    opened.frames += isinstance(item, Frame)
                    happen(item, monitor)
                self.done = self._stream.tell() if self.total is not None else self.done
                yield
                if opened.stopped:
                    break
        if not opened.frames and opened.first is not None and not opened.stopped:
            raise Unreadable(f"{self._path}: nothing in this recording can be read ({opened.first}): {HELP}")
        opened.calls.update(call.id for call in monitor.engine.calls.values())
