"""The spill file of a tape: pieces of it are begun as time passes, and the oldest let go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from callmon.recording.segment import Segment

PIECES = 8
"""Of so many pieces the spill file consists about, so that an eighth of it is let go at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is in the spill file."""

    segment: Segment
    offset: int
    length: int

    def read(self) -> bytes:
        """Return what was written there; may raise OSError."""
        return self.segment.read(self.offset, self.length)


class Reel:
    """Segments within ``limit`` bytes, each of about an eighth of ``keep_s`` seconds (None: however long)."""

    def __init__(self, folder: Path | None, keep_s: float | None, limit: int) -> None:
        """Write into nameless files in ``folder``, or where temporary files are."""
        self.segments: list[Segment] = []
        self._folder = folder
        self._limit = limit
        self._piece_s = None if keep_s is None else keep_s / PIECES
        self._begun_at = 0.0

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(segment.size for segment in self.segments)

    def write(self, data: bytes, at: float) -> Place:
        """Compress and write something of the time ``at``; may raise OSError."""
        segment = self._writable(at)
        return Place(segment, *segment.append(data, at))

    def copy(self, place: Place, at: float) -> Place:
        """Write what is in an old segment once more; may raise OSError."""
        segment = self._writable(at)
        return Place(segment, *segment.put(place.segment.packed(place.offset, place.length), at))

    def _writable(self, at: float) -> Segment:
        last = self.segments[-1] if self.segments else None
        old = self._piece_s is not None and at - self._begun_at > self._piece_s
        if last is None or old or last.size >= self._limit / PIECES:
            last = Segment(self._folder)
            self.segments.append(last)
            self._begun_at = at
        return last

    def overdue(self, before: float) -> Iterator[Segment]:
        """Return, one by one, the oldest segments that are to go: all older than ``before``, or too much."""
        while len(self.segments) > 1 and (self.segments[0].newest < before or self.size > self._limit):
            yield self.segments.pop(0)

    def clear(self) -> None:
        """Let everything go."""
        self.segments.clear()
