"""Calls as tables for other programs: CSV of a view and of the curves of one call, a view as Markdown."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from callmon.engine.call import Call
from callmon.model.metrics import KEPT, METRICS
from callmon.query import format as fmt
from callmon.query.catalogue import CATALOGUE
from callmon.query.columns import COLUMNS, Column, age_s
from callmon.query.report import escape

LAST_S = 86_400.0
"""How far back the curves of a call are written, in seconds."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBERS: dict[str, tuple[str, Callable[[Call, float], object]]] = {
    "grade": ("", lambda call, now: call.grade.value),
    "duration": ("s", lambda call, now: _number(call.duration_s(now), 3)),
    "started": ("", lambda call, now: fmt.rfc3339(call.started_at)),
    "ended": ("", lambda call, now: fmt.rfc3339(call.ended_at) if call.over else None),
    "age": ("s", lambda call, now: None if call.over else _number(age_s(call, now), 3)),
}
_FIRST = ("id", "started_at", "ended_at")


def columns(chosen: Sequence[str] = ()) -> list[Column]:
    """Return the columns that are written: those chosen, else the usual ones; none of those that are drawn."""
    found = [CATALOGUE[key] for key in chosen] if chosen else [one for one in COLUMNS.values() if one.usual]
    return [one for one in found if one.kind != "spark" and one.key != "id"]


def view_csv(calls: Iterable[Call], now: float, chosen: Sequence[str] = ()) -> str:
    """Return calls as CSV (RFC 4180): a row each, numbers as numbers, the units in the first row, unknown empty.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    shown = columns(chosen)
    head = [*_FIRST, *(_title(column.key, _unit(column)) for column in shown)]
    return _csv(head, (_row(call, now, shown) for call in calls))


def view_markdown(calls: Sequence[Call], now: float, chosen: Sequence[str] = ()) -> str:
    """Return calls as a Markdown table, in the words of the screen."""
    shown = columns(chosen)
    head = [escape(_title(column.title or "Grade", column.unit)) for column in shown]
    rule = ["---:" if column.kind == "number" else "---" for column in shown]
    rows = [[escape(column.text(call, now)) for column in shown] for call in calls]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows)) + "\n"


def curves_csv(call: Call, now: float) -> str:
    """Return the curves of a call as CSV: a row for each sample of each stream, the oldest first."""
    head = ["at", "leg", "stream", "kind", "direction", *(_title(key, METRICS[key].unit) for key in KEPT)]
    return _csv(head, sorted(_samples(call, now), key=lambda row: str(row[0])))


def _samples(call: Call, now: float) -> Iterator[list[object]]:
    for leg in call.legs.values():
        for stream in leg.streams.values():
            rows: dict[float, dict[str, float]] = {}
            for key in KEPT:
                for at, value in stream.history.points(key, now - LAST_S, now):
                    if math.isfinite(value):
                        rows.setdefault(at, {})[key] = value
            for at, values in rows.items():
                # A history holds 32-bit numbers: seven digits are all there are.
                figures = [float(f"{values[key]:.7g}") if key in values else None for key in KEPT]
                names = [_safe(leg.label or leg.id), _safe(stream.id)]
                yield [fmt.rfc3339(at), *names, stream.kind, stream.direction, *map(_plain, figures)]


def _row(call: Call, now: float, shown: Sequence[Column]) -> list[object]:
    found: list[object] = [_safe(call.id), fmt.rfc3339(call.started_at), fmt.rfc3339(call.ended_at)]
    for column in shown:
        if column.key in _NUMBERS:
            found.append(_NUMBERS[column.key][1](call, now))
        elif column.kind == "number":
            found.append(_number(column.key_of(call, now), 4))
        else:
            found.append(_safe(column.text(call, now)))
    return found


def _unit(column: Column) -> str:
    return _NUMBERS[column.key][0] if column.key in _NUMBERS else column.unit


def _title(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _number(value: object, digits: int) -> object:
    return _plain(round(value, digits)) if isinstance(value, int | float) and math.isfinite(value) else None


def _plain(value: float | None) -> object:
    return int(value) if value is not None and value == int(value) else value


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, whatever a caller calls himself."""
    shown = "" if text == fmt.UNKNOWN else text
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _csv(head: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
