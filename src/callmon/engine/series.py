"""Bounded history of a stream's metrics: every sample of the last half hour, minutes of the last day."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

NAN = math.nan
_SLACK = 128


@dataclass(slots=True)
class History:
    """Rows of metrics under one time column, coarser as they age.

    Times are whole milliseconds since ``origin`` (epoch seconds); values are 32-bit floats, NaN for unknown.
    Rows older than ``keep_s`` are folded into buckets of ``bucket_s`` that keep the least and the greatest
    value; buckets older than ``keep_coarse_s`` go. A row of NaN is put where a gap begins.
    """

    origin: float
    keep_s: float = 1800.0
    bucket_s: float = 60.0
    keep_coarse_s: float = 86_400.0
    max_rows: int = 3600
    times: array[int] = field(default_factory=lambda: array("q"))
    columns: dict[str, array[float]] = field(default_factory=dict)
    coarse_times: array[int] = field(default_factory=lambda: array("q"))
    coarse: dict[str, array[float]] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict[int, Any]) -> History:
        """Return itself: a frozen view shares the history and cuts it at its own time."""
        return self

    def append(self, at: float, values: Mapping[str, float | None], gap_after: float | None = None) -> None:
        """Add a row; rows must come in order of time, and one at the time of the last row amends it.

        ``gap_after`` is the number of seconds without a row after which a gap is put before this one.
        """
        ms = round((at - self.origin) * 1000)
        times = self.times
        if times and ms <= times[-1]:
            if ms == times[-1]:
                self.amend(values)
            return
        if gap_after is not None and times and ms - times[-1] > gap_after * 1000:
            self._row(times[-1] + 1, {})
        self._row(ms, values)
        if len(times) > self.max_rows + _SLACK or (
            ms - times[0] > self.keep_s * 1000 and len(times) % _SLACK == 0
        ):
            self._fold()

    def amend(self, values: Mapping[str, float | None]) -> None:
        """Write values into the last row (a far end's report that came with it)."""
        for key, value in values.items():
            if value is not None:
                self._column(key)[-1] = value

    def _row(self, ms: int, values: Mapping[str, float | None]) -> None:
        self.times.append(ms)
        for key in values:
            if key not in self.columns and values[key] is not None:
                self.columns[key] = array("f", [NAN]) * (len(self.times) - 1)
        for key, column in self.columns.items():
            value = values.get(key)
            column.append(NAN if value is None else value)

    def _column(self, key: str) -> array[float]:
        column = self.columns.get(key)
        if column is None:
            column = self.columns[key] = array("f", [NAN]) * len(self.times)
        return column

    def _fold(self) -> None:
        """Move rows that are too old, or too many, into the coarse buckets."""
        cut = bisect_left(self.times, self.times[-1] - round(self.keep_s * 1000))
        cut = max(cut, len(self.times) - self.max_rows)
        bucket_ms = round(self.bucket_s * 1000)
        start = 0
        while start < cut:
            bucket = self.times[start] // bucket_ms
            end = bisect_left(self.times, (bucket + 1) * bucket_ms, start, cut)
            self._bucket(bucket * bucket_ms, start, end)
            start = end
        del self.times[:cut]
        for column in self.columns.values():
            del column[:cut]
        self._drop_old_buckets()

    def _bucket(self, ms: int, start: int, end: int) -> None:
        """Keep the least and greatest of rows ``start`` to ``end`` in the bucket that begins at ``ms``."""
        if not self.coarse_times or self.coarse_times[-1] != ms:
            self.coarse_times.append(ms)
            for pairs in self.coarse.values():
                pairs.extend((NAN, NAN))
        size = 2 * len(self.coarse_times)
        for key, column in self.columns.items():
            known = [value for value in column[start:end] if value == value]
            if not known:
                continue
            pairs = self.coarse.setdefault(key, array("f"))
            if len(pairs) < size:
                pairs.extend([NAN] * (size - len(pairs)))
            pairs[-2] = min(known) if pairs[-2] != pairs[-2] else min(pairs[-2], *known)
            pairs[-1] = max(known) if pairs[-1] != pairs[-1] else max(pairs[-1], *known)

    def _drop_old_buckets(self) -> None:
        if not self.times or not self.coarse_times:
            return
        old = bisect_left(self.coarse_times, self.times[-1] - round(self.keep_coarse_s * 1000))
        del self.coarse_times[:old]
        for pairs in self.coarse.values():
            del pairs[: 2 * old]

    def points(self, metric: str, since: float, until: float) -> list[tuple[float, float]]:
        """Return (epoch seconds, value) from ``since`` to ``until``, oldest first; NaN marks unknown and gaps."""
        low, high = round((since - self.origin) * 1000), round((until - self.origin) * 1000)
        found: list[tuple[float, float]] = []
        pairs = self.coarse.get(metric)
        if pairs is not None:
            half = round(self.bucket_s * 500)
            for i in range(bisect_left(self.coarse_times, low), bisect_right(self.coarse_times, high)):
                ms = self.coarse_times[i]
                if 2 * i + 1 < len(pairs):
                    found.append((self.origin + ms / 1000, pairs[2 * i]))
                    found.append((self.origin + (ms + half) / 1000, pairs[2 * i + 1]))
        column = self.columns.get(metric)
        if column is not None:
            times = self.times
            for i in range(bisect_left(times, low), bisect_right(times, high)):
                found.append((self.origin + times[i] / 1000, column[i]))
        return found

    def rows(self, since: float, until: float) -> list[tuple[float, dict[str, float | None]]]:
        """Return (epoch seconds, all metrics) of each fine row from ``since`` to ``until``; None is unknown."""
        low, high = round((since - self.origin) * 1000), round((until - self.origin) * 1000)
        found: list[tuple[float, dict[str, float | None]]] = []
        for i in range(bisect_left(self.times, low), bisect_right(self.times, high)):
            values = {
                key: None if column[i] != column[i] else column[i] for key, column in self.columns.items()
            }
            found.append((self.origin + self.times[i] / 1000, values))
        return found

    def spark(
        self, metric: str, until: float, cells: int, cell_s: float, worst_high: bool = True
    ) -> list[float | None]:
        """Return the worst value in each of the last ``cells`` spans of ``cell_s`` seconds; None is a gap.

        Spans are aligned to the clock, so that they do not waver from one paint to the next.
        """
        found: list[float | None] = [None] * cells
        column = self.columns.get(metric)
        if column is None:
            return found
        last = math.floor(until / cell_s)
        first = (last - cells + 1) * cell_s
        times = self.times
        for i in range(bisect_left(times, round((first - self.origin) * 1000)), len(times)):
            value = column[i]
            at = self.origin + times[i] / 1000
            if value != value or at > until:
                continue
            cell = math.floor(at / cell_s) - last + cells - 1
            if 0 <= cell < cells:
                old = found[cell]
                if old is None or (value > old) == worst_high:
                    found[cell] = value
        return found

    def lapsed(self, metric: str, at: float) -> bool:
        """Return whether ``at`` (epoch seconds) lies in a gap: a metric was known before, and then no more."""
        ms = round((at - self.origin) * 1000)
        pairs = self.coarse.get(metric, array("f"))
        column = self.columns.get(metric, array("f"))
        row, bucket = bisect_right(self.times, ms) - 1, bisect_right(self.coarse_times, ms) - 1
        if row >= 0:
            if row >= len(column) or column[row] == column[row]:
                return False
            return _known(column, row) or _known(pairs, len(pairs))
        if bucket < 0:
            return False
        end = 2 * bucket + 2
        full = end <= len(pairs) and pairs[end - 1] == pairs[end - 1]
        if full and ms < self.coarse_times[bucket] + round(self.bucket_s * 1000):
            return False
        return _known(pairs, min(end, len(pairs)))

    def last(self, metric: str) -> float | None:
        """Return the newest known value of a metric, or None."""
        column = self.columns.get(metric)
        if column is None:
            return None
        return next((value for value in reversed(column) if value == value), None)


def _known(values: array[float], end: int) -> bool:
    """Return whether any of the values before a place is known; most often it is one of the last."""
    return not all(map(math.isnan, islice(reversed(values), len(values) - end, None)))
