"""The command that plays a recording again: in the screens at its own pace, or printed."""

from __future__ import annotations

import argparse
import asyncio
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from callmon.cli import keeping, output, wire
from callmon.cli.keeper import exporter_of
from callmon.cli.main import EXIT_DONE, EXIT_INPUT, Unusable, warn
from callmon.cli.screen import begin
from callmon.cli.wire import Watch
from callmon.model.frames import Frame
from callmon.query import amounts
from callmon.query import format as fmt
from callmon.recording.replay import NoRecording, Recording, find, happen, timed

if TYPE_CHECKING:
    from callmon.monitor import Monitor
    from callmon.query.view import View

BREATH = 200
"""After so many things that happen at once others get their turn."""

NAP_S = 0.1
"""How often the clock of a replay is looked at."""

_OFFSET = re.compile(r"\+(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?")
_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


class Player:
    """A recording on its way into a watch; ``now`` is the time in it that is reached."""

    def __init__(self, recording: Recording, watch: Watch, until: float) -> None:
        """Play up to ``until``, in epoch seconds."""
        self.now = recording.header.at
        self.broken: list[str] = []
        self.frames = 0
        self._stage = watch.monitor
        self._until = until
        self._run = timed(recording.items(), self.broken)
        self._next = next(self._run, None)

    @property
    def whole(self) -> bool:
        """Whether nothing of the recording is left out behind the end of what is played."""
        return self._next is None

    def due(self) -> float | None:
        """Return when the next thing happens, None at the end."""
        return self._next[0] if self._next is not None and self._next[0] <= self._until else None

    def step(self) -> None:
        """Let the next thing happen."""
        if self._next is not None:
            at, item = self._next
            self.now = max(self.now, at)
            self.frames += isinstance(item, Frame)
            happen(item, self._stage)
            self._next = next(self._run, None)
            if self._next is not None and self.due() is None:
                self.now = self._until

    def steps(self, until: float) -> Iterator[float]:
        """Let everything happen up to a time, and return the time after each thing."""
        while (due := self.due()) is not None and due <= until:
            self.step()
            yield self.now


def replay(
    options: argparse.Namespace, form: str | None, view: View | None, look: Mapping[str, object]
) -> int:
    """Play a recording again; printed, as fast as it can be read where no speed is given."""
    try:
        recording = find(Path(name) for name in options.files)
    except NoRecording as error:
        raise Unusable(str(error)) from None
    header = recording.header
    since, until = span_of(options.since, options.until, recording)
    rules = wire.rules_of(options) if options.rules else header.rules
    shown: list[Callable[[], float]] = [lambda: header.at]
    fold = (header.window_s, header.max_calls, header.keep_ended_s)
    watch = wire.watch(rules, lambda: shown[0](), *fold)
    wire.attach_readers(watch, header.asked)
    player = Player(recording, watch, until)
    shown[0] = lambda: player.now
    if form is not None:
        assert view is not None
        return _print(player, watch, view, form, since, options.speed)
    keeping.keep_tape(watch, wire.config_of(options), whole=True)
    name, speed = f"replay {Path(options.files[0]).name}", options.speed or 1.0
    app = begin(name if speed == 1.0 else f"{name} at {fmt.bare(speed)}×", view, **look)
    app.attach(watch.board, past=watch.past)
    app.exports(exporter_of(watch))

    async def collect() -> None:
        await _pace(player, since, speed, lambda clock: shown.__setitem__(0, clock))
        _close(watch.monitor, _say_the_end(player, watch.monitor.say))
        app.entitle(name)
        app.ended()
        await asyncio.Event().wait()

    return app.run_over(collect)


def _print(player: Player, watch: Watch, view: View, form: str, since: float, speed: float | None) -> int:
    """Print what is played: a document at its end, or what changes on the way."""
    printed: dict[str, int] = {}
    said = [0.0]

    def changed() -> None:
        if form == "jsonl" and player.now >= since and player.now - said[0] >= 1.0:
            said[0] = player.now
            output.print_changed(watch.board, view, printed)

    if form == "plain":
        watch.monitor.listen(
            lambda changes: output.print_changes(changes, watch.board) if player.now >= since else None
        )
    if speed is None:
        for _ in player.steps(float("inf")):
            changed()
    else:
        asyncio.run(_pace(player, since, speed, lambda clock: None, changed))
    if form == "jsonl":
        output.print_changed(watch.board, view, printed)
    else:
        output.print_all(watch.board, view, form)
    _say_the_end(player, warn)
    return EXIT_DONE if player.frames else EXIT_INPUT


async def _pace(
    player: Player,
    since: float,
    speed: float,
    show: Callable[[Callable[[], float]], None],
    changed: Callable[[], None] = lambda: None,
) -> None:
    """Play at a pace, after all up to ``since`` at once; ``show`` is given the clock that goes on between frames."""
    for count, _ in enumerate(player.steps(since)):
        changed()
        if count % BREATH == 0:
            await asyncio.sleep(0)
    began_at, began = max(player.now, min(since, player.due() or since)), time.monotonic()

    def clock() -> float:
        reached = began_at + (time.monotonic() - began) * speed
        due = player.due()
        return max(player.now, player.now if due is None else min(reached, due))

    show(clock)
    while (due := player.due()) is not None:
        reached = began_at + (time.monotonic() - began) * speed
        for count, _ in enumerate(player.steps(reached)):
            changed()
            if count % BREATH == 0:
                await asyncio.sleep(0)
        due = player.due()
        if due is not None:
            await asyncio.sleep(min(NAP_S, max(0.0, (due - reached) / speed)))


def _close(monitor: Monitor, why: str) -> None:
    """Nothing more comes of the sources; one that was in trouble at the end is shown as it was then."""
    for health in monitor.health:
        if health.state in ("ok", "waiting", "starting"):
            health.state, health.detail = "closed", why


def _say_the_end(player: Player, say: Callable[[str], None]) -> str:
    """Say what could not be read of a recording, and in the log that it ends; return the words for that."""
    ends = "the recording ends here" if player.whole else "it is played up to here, and the recording goes on"
    if player.broken:
        more = f", and {len(player.broken) - 1} more" if len(player.broken) > 1 else ""
        say(f"{player.broken[0]}{more}: {fmt.count(player.frames)} frames were kept")
    if say is not warn:
        say(ends)
    return ends


def span_of(since: str | None, until: str | None, recording: Recording) -> tuple[float, float]:
    """Return from when until when is meant; Unusable where nothing of the recording is in between."""
    begins = recording.header.at
    first = time_of(since, begins, "--from") if since else begins
    last = time_of(until, begins, "--to") if until else float("inf")
    if not since and not until:
        return first, last
    ends = recording.ends_at()
    if ends is None:
        return first, last
    ends = max(ends, begins)
    there = f"the recording goes from {_shown(begins)} to {_shown(ends)}"
    if until and last > ends and _OF_DAY.fullmatch(until) and _day(last) != _day(begins):
        # Taken for the next day as it is before the beginning, but the recording does not go on until there.
        last = (datetime.fromtimestamp(last) - timedelta(days=1)).timestamp()
    # Times are written in whole seconds, and so those in which it begins and ends are in it.
    if not math.floor(begins) <= first <= math.ceil(ends):
        raise Unusable(f"--from {since} is not in it: {there}")
    if until and not begins <= last <= math.ceil(ends):
        raise Unusable(f"--to {until} is not in it: {there}")
    if last < first:
        raise Unusable(f"--from {since} is after --to {until}: {there}")
    return first, last


def _day(at: float) -> object:
    return datetime.fromtimestamp(at).date()


def _shown(at: float) -> str:
    return datetime.fromtimestamp(at).isoformat(" ", "seconds")


def time_of(text: str, begins: float, option: str) -> float:
    """Return the epoch seconds that a time means in a recording that begins at ``begins``."""
    offset, of_day = _OFFSET.fullmatch(text), _OF_DAY.fullmatch(text)
    if offset is not None and any(offset.groups()):
        hours, minutes, seconds = (float(part or 0) for part in offset.groups())
        return begins + 3600 * hours + 60 * minutes + seconds
    try:
        if of_day is not None:
            hour, minute, second = (int(part or 0) for part in of_day.groups())
            there = datetime.fromtimestamp(begins)
            found = there.replace(hour=hour, minute=minute, second=second, microsecond=0)
            # A time of day before the beginning is that of the next day.
            return (found if found >= there.replace(microsecond=0) else found + timedelta(days=1)).timestamp()
        return amounts.dated(text).timestamp()
    except (ValueError, OverflowError):
        raise Unusable(f"{option} {text}: write it as 10:15:30, 2026-11-20T10:15:30Z or +5m") from None
