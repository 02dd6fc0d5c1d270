"""What is shown, with aliases for names: copies of calls that are made no further than somebody looks into them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from callmon.engine.call import Call, End, Leg, Moment
from callmon.engine.still import SHARED
from callmon.engine.summary import Summary
from callmon.masking.mask import Mask
from callmon.masking.speech import candidate_error, free, noted
from callmon.masking.subjects import mask_end, mask_evidence, mask_words

PLAIN = (
    "provider",
    "started_at",
    "state",
    "ended_at",
    "last_frame_at",
    "interval_s",
    "frames",
    "grade",
    "metrics",
    "moments_dropped",
    "grade_seconds",
    "graded_at",
    "graded_since",
    "stood",
    "trend",
    "trackers",
    "settled_at",
    "every_s",
    "behind_s",
    "unheard_at",
    "missed",
    "told_status",
    "lasts",
    "once",
)
"""Fields of a call that hold figures and words of callmon's own: they are shared."""

FIGURES = frozenset({"now", "window", "measured_at", "totals", "tallies", "worst", "expects"})
"""Fields of legs and streams that hold figures under callmon's own words: they are shared."""

APART = 1 << 40
"""Versions under the mask are so far from those without, so that nothing drawn of one is taken for the other."""

NAMES = ("id", "room", "label")
"""Fields of a call that are names."""

DEEP = tuple(field.name for field in fields(Call) if field.name not in (*PLAIN, *NAMES, "version"))
"""Fields of a call that are masked when somebody looks at one of them."""


class VeiledCall(Call):
    """A call with every name masked; most is masked at the first look, since of most calls only a row is shown."""

    __slots__ = ("mask", "source")

    def __init__(self, mask: Mask, source: Call) -> None:
        """Veil ``source``, of which ``mask`` has learned the names."""
        for name in PLAIN:
            setattr(self, name, getattr(source, name))
        self.version = source.version + APART
        for name in NAMES:
            text = getattr(source, name)
            setattr(self, name, mask.text(text) if text is not None else None)
        self.mask = mask
        self.source = source

    def __getattr__(self, name: str) -> Any:
        """Mask a field that nobody looked at so far."""
        if name not in DEEP:
            raise AttributeError(name)
        value = veiled(self.mask, getattr(self.source, name))
        if name in _SPOKEN:
            value = _SPOKEN[name](self.mask, self.source, value)
        setattr(self, name, value)
        return value


def _timeline(mask: Mask, call: Call, found: list[Moment]) -> list[Moment]:
    for mine, told in zip(found, call.timeline, strict=True):
        mine.text = noted(mask, told.kind, told.text, told.code)
    return found


def _legs(mask: Mask, call: Call, found: dict[str, Leg]) -> dict[str, Leg]:
    for mine, leg in zip(found.values(), call.legs.values(), strict=True):
        mine.words = mask_words(mask, leg.words)
        mask_evidence(mask, mine, leg)
        if leg.left_reason is not None:
            mine.left_reason = free(mask, leg.left_reason)
        if leg.ice.first_error is not None:
            mine.ice.first_error = candidate_error(mask, leg.ice.first_error)
    return found


def _words(mask: Mask, call: Call, found: dict[str, str]) -> dict[str, str]:
    return mask_words(mask, call.words)


def _end_reason(mask: Mask, call: Call, found: str | None) -> str | None:
    return free(mask, call.end_reason) if call.end_reason is not None else found


def _summary(mask: Mask, call: Call, found: Summary | None) -> Summary | None:
    if found is None or call.summary is None or call.summary.end_reason is None:
        return found
    return replace(found, end_reason=free(mask, call.summary.end_reason))


def _told_end(mask: Mask, call: Call, found: End | None) -> End | None:
    return mask_end(mask, call.told_end)


_SPOKEN: dict[str, Callable[[Mask, Call, Any], Any]] = {
    "timeline": _timeline,
    "legs": _legs,
    "words": _words,
    "end_reason": _end_reason,
    "told_end": _told_end,
    "summary": _summary,
}
"""What is done more to fields with words of pages, vendors and servers: see ``subjects.mask_call``."""


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def veiled(mask: Mask, value: Any) -> Any:
    """Return a value with every text in it masked, also the keys; what holds figures only is shared."""
    kind = type(value)
    if kind is str:
        return mask.text(value)
    if kind is dict:
        return {veiled(mask, key): veiled(mask, below) for key, below in value.items()}
    if kind is list:
        return [veiled(mask, below) for below in value]
    if kind is tuple:
        return tuple(veiled(mask, below) for below in value)
    if kind in SHARED or not is_dataclass(kind):
        return value
    new = kind.__new__(kind)
    make: Callable[..., None] = object.__setattr__  # what is frozen is new here
    for name in _fields(kind):
        below = getattr(value, name)
        make(new, name, below if name in FIGURES else veiled(mask, below))
    return new
