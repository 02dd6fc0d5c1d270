"""What is exported, made in one format: pure but for the time it takes, so that a thread can do it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from callmon.dumps.writing import internals, leglog, rtcstats
from callmon.engine.call import Call
from callmon.engine.ending import summarise
from callmon.exports.formats import Format
from callmon.masking.mask import Mask
from callmon.masking.subjects import learn_call, learn_entries, mask_call, mask_entries
from callmon.masking.veiled import VeiledCall
from callmon.model.health import SourceHealth
from callmon.model.tape import Entry
from callmon.query import format as fmt
from callmon.query import tables
from callmon.query.document import document
from callmon.query.report import markdown, report
from callmon.query.view import View, arrange


class Empty(Exception):
    """There is nothing to export; one line with why and what to do."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is exported: calls as they stood at ``now`` (epoch seconds), judged by ``rules``.

    ``whole`` says that it is one call and not a view. ``entries`` is then what was taken of it.
    ``since`` is from when on that is, where the call is older. ``view`` says which columns there are and which
    order; ``calls`` are in the order in which they came.
    """

    calls: Sequence[Call]
    now: float
    rules: str
    whole: bool = False
    sources: Sequence[SourceHealth] = ()
    entries: Sequence[Entry] = ()
    since: float | None = None
    view: View = View()

    @property
    def call(self) -> Call:
        """The one call."""
        return self.calls[0]

    @property
    def begun(self) -> str:
        """From when on there is everything, in words, where that is not from the beginning."""
        return f" since {fmt.utc(self.since)}" if self.since is not None else ""


@dataclass(slots=True)
class Made:
    """What came of it: the bytes, and what was counted in words, such as ``34 calls``."""

    chunks: Iterable[bytes]
    counted: str


def masked(subject: Subject, mask: Mask) -> Subject:
    """Return one call with all that was taken of it, masked."""
    learn_call(mask, subject.call)
    learn_entries(mask, subject.entries)
    call = mask_call(mask, subject.call)
    entries = tuple(mask_entries(mask, subject.entries))
    return replace(subject, calls=(call,), entries=entries, sources=())


def make(subject: Subject, format: Format, mask: bool) -> Made:
    """Return a subject in a format that is text; raises Empty where there is nothing in it."""
    if not subject.calls:
        raise Empty("no call is shown: nothing was exported")
    if not subject.whole:
        return _of_view(subject, format, Mask() if mask else None)
    if format.key in ("csv", "json", "markdown"):
        subject = replace(subject, entries=())
    if mask:
        subject = masked(subject, Mask())
    return _of_call(subject, format)


def _of_view(subject: Subject, format: Format, mask: Mask | None) -> Made:
    counted = f"{fmt.count(len(subject.calls))} call{'' if len(subject.calls) == 1 else 's'}"
    shown: Sequence[Call] = subject.calls
    if mask is not None:
        for call in subject.calls:
            learn_call(mask, call)
        # What is written decides on the order: that of names would tell them.
        shown = [VeiledCall(mask, call) for call in subject.calls]
    calls, columns = arrange(shown, subject.view, subject.now), subject.view.columns
    if format.key == "csv":
        text = tables.view_csv(calls, subject.now, columns)
    elif format.key == "markdown":
        text = tables.view_markdown(calls, subject.now, columns)
    else:
        calls = [
            mask_call(mask, one.source) if mask and isinstance(one, VeiledCall) else one for one in calls
        ]
        whole = document(calls, subject.sources, subject.rules, subject.now)
        text = _json(mask.value(whole) if mask is not None else whole)
    return Made((text.encode(),), counted)


def _of_call(subject: Subject, format: Format) -> Made:
    call, now = subject.call, subject.now
    if format.key == "csv":
        text = tables.curves_csv(call, now)
        rows = text.count("\r\n") - 1
        if not rows:
            raise Empty("nothing was measured of the call: there are no curves to export")
        return Made((text.encode(),), f"{fmt.count(rows)} rows")
    if format.key == "json":
        return Made((_json(document((call,), subject.sources, subject.rules, now)).encode(),), "1 call")
    if format.key == "markdown":
        return Made((report_text(call, subject.rules, now).encode(),), "1 call")
    log = leglog.read(subject.entries, call.id, now)
    reports, events = log.counted()
    if not reports and not events:
        raise Empty("nothing of the call is kept here: export it where it came in")
    lines: Iterator[str] = iter(internals.text(log) if format.key == "internals" else rtcstats.lines(log))
    counted = f"{fmt.count(reports)} reports" if reports else f"{fmt.count(events)} events"
    return Made((line.encode() for line in lines), f"{counted}{subject.begun}")


def report_text(call: Call, rules: str, now: float) -> str:
    """Return the report of a call as Markdown."""
    summary = call.summary if call.summary is not None else summarise(call, now)
    return markdown(report(call, summary, rules, now))


def _json(whole: object) -> str:
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
