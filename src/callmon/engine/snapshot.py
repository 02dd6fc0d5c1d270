"""The whole state of a call as JSON and back, so that another callmon can go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import cast

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.rates import Rates
from callmon.engine.series import History
from callmon.engine.summary import Tally
from callmon.model.codec import LATEST
from callmon.model.frames import Json
from callmon.model.shapes import ShapeError, shape_of

_BUCKETS = range(-1_000_000, 10_000)
_MOST_MS = 2**53
_SHAPE = shape_of(Call)


def dump(call: Call) -> dict[str, Json]:
    """Return all that is known of a call as a JSON object."""
    return cast(dict[str, Json], _SHAPE.write(call))


def load(state: Mapping[str, object]) -> Call:
    """Return the call that ``dump`` wrote; ValueError says in one sentence why there is none.

    What is not known is ignored and what is missing has its default, so that versions can differ. What the
    engine relies on is checked: a call that is loaded can be folded into and shown.
    """
    call = cast(Call, _SHAPE.read(state))
    if not call.id or not call.provider:
        raise ShapeError("a call without an id or a provider")
    _check(call, "call")
    for key, tracker in call.trackers.items():
        if tracker.issue is not None and not 0 <= tracker.issue < len(call.issues):
            raise ShapeError(f"trackers: {key[:60]}: an issue that is not there")
    for at in (call.started_at, call.last_frame_at, call.ended_at or 0.0):
        if not 0 <= at <= LATEST:
            raise ShapeError("a time that is out of range")
    return call


def replaces(new: Call, held: Call) -> bool:
    """Whether ``new``, from another engine, is to stand for the call that we hold.

    It must have seen at least as much: begun no later, and folded at least as many frames. A collector that
    was started anew in the middle of a call knows less of it than we do.
    """
    return new.started_at <= held.started_at and new.frames >= held.frames


def _check(value: object, where: str) -> None:
    """Check a value and all that it holds, wherever the engine keeps it."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, Leg | Stream) and item.id != key:
                raise ShapeError(f"{where}: {key[:60]}: another id inside")
            if not isinstance(item, float | str):
                _check(item, f"{where}: {str(key)[:60]}")
    elif isinstance(value, History):
        _check_history(value, where)
    elif isinstance(value, Tally):
        if any(bucket not in _BUCKETS for bucket in value.buckets):
            raise ShapeError(f"{where}: a value that is out of range")
    elif isinstance(value, Rates):
        if any(origin in value.last and before.clock >= value.last[origin].clock
               for origin, before in value.before.items()):  # fmt: skip
            raise ShapeError(f"{where}: readings that are not in order")
    elif is_dataclass(value):
        for field in fields(value):
            _check(getattr(value, field.name), f"{where}: {field.name}")


def _check_history(history: History, where: str) -> None:
    """Check what whoever reads a history takes for granted: columns as long as their times, in order."""
    rows, buckets = len(history.times), len(history.coarse_times)
    if any(len(column) != rows for column in history.columns.values()):
        raise ShapeError(f"{where}: a history whose columns do not fit its times")
    if any(len(column) % 2 or len(column) > 2 * buckets for column in history.coarse.values()):
        raise ShapeError(f"{where}: a history whose columns do not fit its times")
    for times in (history.times, history.coarse_times):
        if any(later < earlier for earlier, later in pairwise(times)):
            raise ShapeError(f"{where}: a history whose times are not in order")
        if times and (times[0] < -_MOST_MS or times[-1] > _MOST_MS):
            raise ShapeError(f"{where}: a time that is out of range")
    if history.bucket_s < 1 or history.keep_s < 0 or history.max_rows < 1 or abs(history.origin) > LATEST:
        raise ShapeError(f"{where}: a history of an impossible size")
