"""Several calls on one clock: which part of time is shown, on which scale, and the charts of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from callmon.engine.call import Call
from callmon.engine.quality import Grade, Levels
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import BADGES
from callmon.query.course import ASPECTS, Aspect, Course, Extent
from callmon.query.differences import worse
from callmon.tui import figures
from callmon.tui.line import Line, Span, cells, clip
from callmon.tui.spans import SPANS
from callmon.tui.widgets.braille import Glyphs, Point
from callmon.tui.widgets.grid import Tile
from callmon.tui.widgets.plot import CURVE_ROLES, Curve, Figure, body, grown

CALM_S = 0.95
"""Numbers and curves change no more often than this."""

FULL, GRADED, BARE = range(3)
"""A value with its grade and how far it is from what it is held against, with its grade only, or alone."""

LEAPS = 8
"""A clock that goes on does so by this part of what it shows."""

LEAST_SPAN_S = SPANS[0]
"""A shorter part of time is never shown."""


@dataclass(frozen=True, slots=True)
class Member:
    """A call among those that are compared, and its place among them, from 0."""

    place: int
    call: Call

    @property
    def sign(self) -> Span:
        """Its number with the role of its curves."""
        return str(self.place + 1), CURVE_ROLES[self.place]


@dataclass(frozen=True, slots=True)
class Clock:
    """The part of time that all charts show: ``cells`` cells of ``cell`` seconds from cell number ``first`` on.

    Moments are epoch seconds, or by ``since_start`` seconds since the start of each call.
    """

    cell: float
    first: int
    cells: int
    since_start: bool = False

    @property
    def since(self) -> float:
        """Where the time axis begins."""
        return self.first * self.cell

    @property
    def until(self) -> float:
        """Where the time axis ends."""
        return (self.first + self.cells) * self.cell

    def origin(self, call: Call) -> float:
        """Return the epoch seconds from which moments of a call count."""
        return call.started_at if self.since_start else 0.0

    def number(self, moment: float) -> int:
        """Return the number of the cell that a moment is in."""
        return math.floor(moment / self.cell)

    def column(self, moment: float | None) -> int | None:
        """Return where the cell of a moment stands, or None where it is not shown."""
        place = self.number(moment) - self.first if moment is not None else -1
        return place if 0 <= place < self.cells else None


@dataclass(frozen=True, slots=True)
class Reach:
    """From when to when there is anything to show, by the shared clock; ``lives`` while more may come."""

    begin: float
    end: float
    lives: bool


def end_of(call: Call, now: float) -> float:
    """Return up to when a call is shown, in epoch seconds: its end, or its newest sample."""
    return figures.span(call, 0.0, now).until


def reach(members: Sequence[Member], since_start: bool, now: float) -> Reach:
    """Return from when to when all these calls last."""
    begins = [0.0 if since_start else one.call.started_at for one in members]
    ends = [end_of(one.call, now) - (one.call.started_at if since_start else 0.0) for one in members]
    return Reach(min(begins), max(ends), any(not one.call.over for one in members))


def clock(
    there: Reach, seconds: float, count: int, since_start: bool, cursor: float | None, held: int | None
) -> Clock:
    """Return the part of time to show in ``count`` cells: the last ``seconds`` (0: all), or the first since start.

    A ``cursor`` outside of it takes the part along; ``held`` is where that began last.
    """
    lasted = max(LEAST_SPAN_S, there.end - there.begin)
    span, leap = seconds, max(1, count // LEAPS) if there.lives else 1
    if not seconds or lasted < seconds:
        # What still grows is given some room, so that charts need not be drawn anew at every sample.
        grain = 2.0 ** (math.floor(math.log2(lasted)) - 3)
        span, leap = math.ceil(lasted / grain) * grain if there.lives else lasted * (1 + 1 / count), 1
    cell = span / count
    first = math.floor(there.begin / cell)
    if not since_start:
        newest = math.floor(there.end / cell) - count + 1
        # What moves goes on in leaps, with free room at the end: at each of them every chart is drawn anew.
        first = max(first, -(-newest // leap) * leap)
    if cursor is not None:
        number = math.floor(cursor / cell)
        if not first <= number < first + count:
            usual = number if number < first else number - count + 1
            first = held if held is not None and held <= number < held + count else usual
    return Clock(cell, first, count, since_start)


def stepped(now: Clock, there: Reach, cursor: float | None, step: int) -> int | None:
    """Return the number of the cell that the cursor goes to by a step; None where that is beyond the end.

    Where there is none, it comes from the side that the step leads away from.
    """
    last = min(now.number(there.end), now.first + now.cells - 1)
    if cursor is not None:
        number = now.number(cursor) + step
    else:
        number = max(now.first, last if step < 0 else now.number(there.begin))
    return max(number, now.number(there.begin)) if number * now.cell <= there.end else None


def overlap(calls: Sequence[Call], now: float, seconds: float) -> bool:
    """Return whether there is a time in which all these calls lasted; of calls that are over also one that is shown.

    Shown by the clock are the last ``seconds`` before the last of them ended (0: all of them).
    """
    ends = [call.until(now) for call in calls]
    shown = not seconds or any(not call.over for call in calls) or min(ends) > max(ends) - seconds
    return shown and max(call.started_at for call in calls) < min(ends)


def aspects(members: Sequence[Member]) -> list[Aspect]:
    """Return what any of the calls has values of."""
    there = {
        (key, stream.direction, stream.kind)
        for one in members
        for leg in one.call.legs.values()
        for stream in leg.streams.values()
        for key in (*stream.history.columns, *stream.history.coarse)
    }
    return [
        aspect
        for aspect in ASPECTS
        if any(
            key == aspect.metric and aspect.direction in (None, way) and aspect.kind in (None, kind)
            for key, way, kind in there
        )
    ]


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a picture of calls depends on, but their values.

    ``cursor`` is a moment of the clock; ``baseline`` the place of the call that the others are held against;
    ``own`` gives each chart its own scale, ``over`` lays all calls over each other.
    """

    members: tuple[Member, ...]
    clock: Clock
    levels: Mapping[str, Levels]
    glyphs: Glyphs
    now: float
    cursor: float | None = None
    baseline: int | None = None
    own: bool = False
    over: bool = False

    def end(self, one: Member) -> float:
        """Return the moment, by the clock, up to which a call is shown."""
        return end_of(one.call, self.now) - self.clock.origin(one.call)

    @property
    def reference(self) -> Member | None:
        """The call that the others are held against: the baseline, with a cursor the first one, else none."""
        if self.baseline is not None:
            return next((one for one in self.members if one.place == self.baseline), None)
        return self.members[0] if self.cursor is not None and self.members else None


@dataclass
class Comparison:
    """The courses of calls, kept from one picture to the next."""

    courses: dict[tuple[str, str], Course] = field(default_factory=dict)
    _newest: dict[tuple[str, str], float | None] = field(default_factory=dict)
    _scaled: dict[tuple[str, bool], dict[int, tuple[float, float]]] = field(default_factory=dict)
    _joined: dict[tuple[str, str, int, int], list[Extent]] = field(default_factory=dict)
    _about: object = None
    _at: float = 0.0

    def follow(
        self, scene: Scene, found: Sequence[Aspect], board: object, at: float, calm_s: float = CALM_S
    ) -> None:
        """Bring the courses up to date, and of one board no more than once a second: faster nobody can read.

        ``at`` is by a steady clock; what was brought up to date less than ``calm_s`` ago stays as it is.
        """
        ids = [id(one.call) for one in scene.members]
        about = board, scene.clock, scene.glyphs.across, ids, list(found), dict(scene.levels)
        if about == self._about and at - self._at < calm_s:
            return
        self._about, self._at = about, at
        for kept in (self._newest, self._scaled, self._joined):
            kept.clear()
        across = scene.glyphs.across
        for one in scene.members:
            until, origin = end_of(one.call, scene.now), scene.clock.origin(one.call)
            for aspect in found:
                course = self.courses.setdefault((one.call.id, aspect.key), Course(aspect))
                course.follow(one.call, scene.clock.cell / across, origin, scene.clock.first * across, until)

    def latest(self, scene: Scene) -> float | None:
        """Return when the newest value of all was taken, by the clock; None where there is none."""
        began = {one.call.id: scene.clock.origin(one.call) for one in scene.members}
        known = [
            (began[call], course.latest()) for (call, _), course in self.courses.items() if call in began
        ]
        found = [latest - origin for origin, latest in known if latest is not None]
        return max(found, default=None)

    def value(self, scene: Scene, one: Member, aspect: Aspect) -> float | None:
        """Return the value of a call under the cursor, without one its newest."""
        course = self.courses.get((one.call.id, aspect.key))
        if course is None:
            return None
        if scene.cursor is None:
            key = (one.call.id, aspect.key)
            if key not in self._newest:
                self._newest[key] = course.newest()
            return self._newest[key]
        number, across = scene.clock.number(scene.cursor), scene.glyphs.across
        return course.worst(number * across, (number + 1) * across)

    def tiles(self, scene: Scene, aspect: Aspect, height: int) -> list[Tile]:
        """Return the charts of one aspect: one of each call, or one of all of them."""
        each = scene.own and not scene.over
        scales = self._scaled.get((aspect.key, each))
        if scales is None:
            scales = self._scaled[aspect.key, each] = self._scales(scene, aspect, each)
        lines = max(1, height - 2) * scene.glyphs.down
        groups = [scene.members] if scene.over else [(one,) for one in scene.members]
        tiles = []
        for group in groups:
            shown, reference = list(group), scene.reference
            if scene.baseline is not None and reference is not None and reference not in shown:
                shown.append(reference)
            scale = scales[group[0].place]
            places = (lines - 1) / ((scale[1] - scale[0]) or 1.0)
            tails = [self._course(one, aspect).tail(scale[0], places) for one in shown]
            ends = [scene.clock.number(scene.clock.since - scene.end(one)) for one in shown]
            ids, limits = [one.call.id for one in shown], scene.levels.get(aspect.metric)
            key = aspect.key, ids, scene.clock, scale, tails, ends, limits, scene.glyphs.name
            tiles.append(
                Tile(
                    repr(key),
                    partial(self._title, scene, group, aspect),
                    partial(self._body, scene, tuple(shown), aspect, scale),
                )
            )
        return tiles

    def _course(self, one: Member, aspect: Aspect) -> Course:
        return self.courses[one.call.id, aspect.key]

    def _extents(self, scene: Scene, one: Member, aspect: Aspect) -> list[Extent]:
        """Return what is known of all places on the time axis, put together once."""
        across = scene.glyphs.across
        first, last = scene.clock.first * across, (scene.clock.first + scene.clock.cells) * across
        key = one.call.id, aspect.key, first, last
        if key not in self._joined:
            self._joined[key] = self._course(one, aspect).extents(first, last)
        return self._joined[key]

    def _scales(self, scene: Scene, aspect: Aspect, each: bool) -> dict[int, tuple[float, float]]:
        """Return the scale of each call's chart, by its place; one for all unless ``each`` has its own."""
        bottom, top = METRICS[aspect.metric].chart
        levels = scene.levels.get(aspect.metric)
        if aspect.worst_high and levels is not None:
            top = levels.fair
        elif aspect.metric != "mos":
            top = 1.0
        tops = {}
        for one in scene.members:
            highs = [extent.high for extent in self._extents(scene, one, aspect)]
            tops[one.place] = max((high for high in highs if high == high), default=bottom)
        if not each:
            tops = dict.fromkeys(tops, max(tops.values()))
        return {place: grown((bottom, top), (Curve("", [(0.0, high)]),)) for place, high in tops.items()}

    def _points(self, scene: Scene, one: Member, aspect: Aspect) -> list[Point]:
        across, now = scene.glyphs.across, scene.clock
        first, step = now.first * across, now.cell / across
        points: list[Point] = []
        for number, extent in enumerate(self._extents(scene, one, aspect), first):
            at = (number + 0.5) * step
            points.append((at, extent.low))
            if extent.high > extent.low:
                points.append((at, extent.high))
        return points

    def _body(
        self,
        scene: Scene,
        shown: Sequence[Member],
        aspect: Aspect,
        scale: tuple[float, float],
        width: int,
        height: int,
    ) -> list[Line]:
        """Return the chart below its title."""
        metric = METRICS[aspect.metric]
        figure = Figure(
            aspect.metric,
            aspect.title,
            metric.unit,
            scale,
            scene.clock.since,
            scene.clock.until,
            tuple(Curve("", self._points(scene, one, aspect), one.place) for one in shown),
            scene.levels.get(aspect.metric),
            axis=False,
            ended=max(scene.end(one) for one in shown),
            lapsed=any(
                self._course(one, aspect).lapsed(scene.clock.since + scene.clock.origin(one.call))
                for one in shown
            ),
        )
        return body(figure, width, height, scene.glyphs)

    def _title(self, scene: Scene, group: Sequence[Member], aspect: Aspect, width: int) -> Line:
        """Return what is shown, its unit, of when, and each call's value, with its difference if there is room."""
        head: Span = (f"{aspect.title} {METRICS[aspect.metric].unit}".rstrip(), "title")
        calls = [one.call for one in group]
        when: Line = ((f" {figures.when(calls)}", "dim"),) if scene.cursor is None else ()
        if len(group) == 1:
            gap: Span = (" ", "text")
            name: Line = (gap, group[0].sign, gap, head, *(when or (gap,)), gap)
            return clip((*name, *self.reading(scene, group[0], aspect)), width)
        line: Line = ()
        for how in (FULL, GRADED, BARE):
            line = ()
            for one in group:
                value = self.reading(scene, one, aspect, how)
                line = (*line, ("  ", "text"), one.sign, (" ", "text"), *value)
            room = width - cells((head, *line))
            if room >= 0:
                return (head, *when, *line) if room >= cells(when) else (head, *line)
        return clip((head, *line), width)

    def reading(self, scene: Scene, one: Member, aspect: Aspect, how: int = FULL) -> Line:
        """Return a call's value with the letter of its grade, and how far it is from what it is held against."""
        value, key = self.value(scene, one, aspect), aspect.metric
        text, role = _graded(key, value, scene.levels.get(key))
        spans: list[Span] = [(text.partition(" ")[0] if how == BARE else text, role)]
        reference = scene.reference
        if how != FULL or reference is None or value is None:
            return tuple(spans)
        if reference.place == one.place:
            return (*spans, ("  baseline", "dim")) if scene.baseline is not None else tuple(spans)
        other = self.value(scene, reference, aspect)
        if other is None:
            return tuple(spans)
        bad = scene.baseline is not None and worse(aspect, value, other, scene.levels.get(key))
        text = f" {fmt.signed(key, value - other)}"
        return (*spans, (f"{text} ▲" if bad else text, "poor" if bad else "dim"))


def _graded(key: str, value: float | None, levels: Levels | None) -> Span:
    """Return a value, with the letter of its grade where that is fair or poor."""
    text = fmt.metric(key, value)
    grade = levels.grade(value) if levels is not None and value is not None else Grade.GOOD
    if grade is Grade.GOOD:
        return text, "strong" if value is not None else "faint"
    return f"{text} {BADGES[grade][1]}", grade.value
