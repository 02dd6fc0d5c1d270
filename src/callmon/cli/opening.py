"""``callmon open``: files are read one after another into one monitor, printed or shown while they are read."""

from __future__ import annotations

import asyncio
import math
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any

from callmon.cli.main import EXIT_DONE, EXIT_INPUT, Unusable, warn
from callmon.cli.screen import begin, take_stdin

if TYPE_CHECKING:
    from callmon.cli.played import Playing
    from callmon.cli.wire import Watch
    from callmon.model.frames import Frame
    from callmon.query.view import View
    from callmon.sources.files import Reading

TICK_S = 1.0
"""How often time passes while a file is silent, in its own seconds."""

MOST_TICKS, MANY_TICKS, FEW_TICKS = 600, 10_000, 10
"""Ticks in one silence, in all silences of a file together (where there is one leg), and then in each."""

SLICE_S = 0.012
"""How long files are read before the screen and the keys have their turn."""

SPOOL_BYTES = 64 * 1024 * 1024
"""What comes on stdin is kept in memory up to this, and then on disk."""

_ENDINGS = (".ticket.zip", ".zip", ".rtcstats", ".gz", ".jsonl", ".json", ".txt")


class Files:
    """The files of one command; ``current`` is the one that is being read, ``said`` the lines about what is wrong."""

    def __init__(self, watch: Watch, names: Mapping[str, str], ends: list[float]) -> None:
        """Read files by path into calls of these names; ``ends[0]`` is the newest time that was reached."""
        self.watch = watch
        self.names = names
        self.current: Reading | Playing | None = None
        self.said: list[str] = []
        self.failed = 0
        self._ends = ends
        self._stopped = False

    @property
    def name(self) -> str:
        """The name of the file that is being read."""
        return self.current.name if self.current is not None else ""

    @property
    def done(self) -> int:
        """How many bytes of it were read."""
        return self.current.done if self.current is not None else 0

    @property
    def total(self) -> int | None:
        """How many bytes it has; None where nobody knows."""
        return self.current.total if self.current is not None else None

    def stop(self) -> None:
        """Read no further, in this file and in those after it."""
        self._stopped = True
        if self.current is not None:
            self.current.stop()

    def steps(self, streams: Mapping[str, IO[bytes]] | None = None) -> Iterator[None]:
        """Read all, pausing after every line; ``streams`` are files that are open already, by path."""
        from callmon.sources.files import Unreadable

        for path, name in self.names.items():
            if self._stopped:
                return
            self.current = None
            try:
                self.current = self._reading(path, name, streams.get(path) if streams else None)
                yield from self.current.steps()
            except Unreadable as error:
                self._fail(path, name, str(error))
                continue
            self._finish(path, self.current)

    def _reading(self, path: str, name: str, stream: IO[bytes] | None) -> Reading | Playing:
        """Return what reads a file: a recording goes as it went, anything else as its form has it."""
        from callmon.cli import played
        from callmon.sources.files import Reading, Unreadable

        try:
            stream = played.buffered(path, stream)
            recorded = played.holds_recording(stream)
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror or error}: check the path") from None
        if recorded:
            return played.Playing(path, name, self.watch, self._ends, stream)
        self.watch.monitor.source(name).state = "ok"
        return Reading(path, name, _passing_time(self.watch, self._ends), stream)

    def _finish(self, path: str, reading: Reading | Playing) -> None:
        """Say how the reading of a file came to its end."""
        opened = reading.opened
        self._ends[0] = max(self._ends[0], opened.ended_at or 0.0)
        health = self.watch.monitor.source(reading.name)
        health.rejected += opened.rejected
        health.first_reason = health.first_reason or opened.first
        health.state, health.detail = "closed", "read to its end"
        if opened.stopped:
            health.detail = stopped_words(reading.done, reading.total, len(opened.calls))
        if health.rejected:
            line = f"{path}: {health.rejected} not read, the first: {health.first_reason}: the rest was kept"
            self._say(f"{line} ({_count(len(opened.calls), 'call')})")

    def _fail(self, path: str, name: str, why: str) -> None:
        """Count a file of which nothing could be read as rejected, and say why."""
        self.failed += 1
        health = self.watch.monitor.source(name)
        health.rejected += self.current.opened.rejected if self.current is not None else 0
        health.rejected = health.rejected or 1
        health.first_reason = health.first_reason or why.removeprefix(f"{path}: ")
        self._say(why, name, "unreachable")

    def _say(self, line: str, name: str = "", state: str = "") -> None:
        self.said.append(line)
        self.watch.monitor.say(line)
        if name:
            health = self.watch.monitor.source(name)
            health.state, health.detail = state, line


def stopped_words(done: int, total: int | None, calls: int) -> str:
    """Return what is said when somebody stops the reading."""
    where = f"{100 * done // total} %" if total else f"{done / 1e6:.1f} MB"
    return f"stopped at {where}: kept {_count(calls, 'call')}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def print_files(options: Any, view: View, form: str) -> int:
    """Read the files and print what was in them."""
    from callmon.cli import output

    files = _files(options)
    told = 0
    for _ in files.steps():
        told = _warn(files, told)
    _warn(files, told)
    if files.failed == len(files.names):
        return EXIT_INPUT
    finish(files.watch)
    output.print_all(files.watch.board, view, form)
    return EXIT_INPUT if files.failed else EXIT_DONE


def _warn(files: Files, told: int) -> int:
    for line in files.said[told:]:
        warn(line)
    return len(files.said)


def show_files(options: Any, view: View | None, look: dict[str, Any]) -> int:
    """Show the screens at once, and read the files while they are shown."""
    from callmon.cli import keeping, wire

    names = names_of(options.files)
    descriptor = take_stdin() if "-" in names else None
    app = begin("file" if len(names) == 1 else f"{len(names)} files", view, **look)
    read: list[Files] = []

    async def collect() -> None:
        from callmon.cli.keeper import exporter_of
        from callmon.cli.reloading import Reloading

        files, config = _files(options), wire.config_of(options)
        app.reload_by(Reloading(None, config))
        keeping.keep_tape(files.watch, config, whole=True, one_clock=False)
        read.append(files)
        app.reading(files)
        app.attach(files.watch.board, past=files.watch.past)
        app.exports(exporter_of(files.watch))
        streams = {"-": await _spooled(descriptor)} if descriptor is not None else {}
        await _in_slices(files.steps(streams))
        app.reading(None)
        if (
            files.current is not None
            and len(names) == 1
            and (files.current.opened.form or "").startswith("ticket")
        ):
            app.entitle(files.current.opened.form or "")
        if files.failed == len(files.names):
            for line in files.said[:-1]:
                warn(line)
            raise Unusable(files.said[-1], EXIT_INPUT)
        finish(files.watch)
        reading = files.current
        if reading is not None and reading.opened.stopped:
            app.say(stopped_words(reading.done, reading.total, len(files.watch.board.calls())))

    code = app.run_over(collect)
    for files in read:
        _warn(files, 0)
        code = code or (EXIT_INPUT if files.failed else EXIT_DONE)
    return code


def _files(options: Any) -> Files:
    from callmon.cli import wire

    ends = [0.0]
    watch = wire.watch(wire.rules_of(options), lambda: ends[0])
    return Files(watch, names_of(options.files), ends)


async def _in_slices(steps: Iterator[None]) -> None:
    """Go through the steps, and let others have their turn often enough that keys are answered at once."""
    turn = time.monotonic()
    for _ in steps:
        if time.monotonic() - turn >= SLICE_S:
            for _ in range(4):  # a key passes through several hands
                await asyncio.sleep(0)
            turn = time.monotonic()


async def _spooled(descriptor: int) -> IO[bytes]:
    """Return what is piped in, once all of it is there: who writes it may take long."""
    # Whoever reads the stream closes it.
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115

    def copy() -> None:
        with os.fdopen(descriptor, "rb", buffering=0) as piped:
            while chunk := piped.read(1 << 18):
                kept.write(chunk)

    # Nobody waits for this thread when the program ends: it may hang in a pipe into which nothing comes.
    thread = threading.Thread(target=copy, daemon=True)
    thread.start()
    while thread.is_alive():
        await asyncio.sleep(0.02)
    return kept


def finish(watch: Watch) -> None:
    """Say what only shows when all files are read: which calls are the two ends of one."""
    from callmon.engine.ends import other_ends

    for event in other_ends(list(watch.monitor.engine.calls.values())):
        watch.monitor.engine.fold([event], event.at)


def _passing_time(watch: Watch, ends: list[float]) -> Callable[[Frame], object]:
    """Return what takes the frames of a file, and lets time pass between them as it did."""
    last: list[float] = []
    left = [MANY_TICKS]
    calls = watch.monitor.engine.calls

    def take(frame: Frame) -> object:
        at = frame.at
        if last and at - last[0] > 1.5 * TICK_S:
            gap = min(at - last[0], MOST_TICKS * TICK_S)
            legs = sum(len(call.legs) for call in calls.values() if not call.over) or 1
            few = max(2, min(FEW_TICKS, 4 * FEW_TICKS // legs))
            ticks = min(int(gap / TICK_S), max(few, left[0] // legs))
            left[0] -= max(0, ticks - few) * legs
            # By the second where there are that many: a limit that is held by time is then reached as it is live.
            step = TICK_S if ticks == int(gap / TICK_S) else gap / ticks
            for tick in range(1, math.ceil(gap / step - 0.5)):
                watch.monitor.pass_to(last[0] + tick * step)
        last[:] = [at]
        ends[0] = max(ends[0], at)
        return watch.monitor.take(frame)

    return take


def names_of(paths: Iterable[str]) -> dict[str, str]:
    """Return each path with the name of its call: the file's, with as many folders as tell it from the others."""
    given = tuple(dict.fromkeys(paths))
    files = {path: os.path.abspath(path) for path in given}
    stems = {path: _stem(path) for path in given}
    for path in _alike(stems, files):
        # One name with several endings: they tell the files apart.
        stems[path] = (*stems[path][:-1], os.path.basename(path))
    depths = {path: _depth(path, stems[path]) for path in given}
    while True:
        names = {path: "/".join(stems[path][-depths[path] :]) for path in given}
        deeper = [path for path in _alike(names, files) if depths[path] < len(stems[path])]
        if not deeper:
            break
        for path in deeper:
            depths[path] += 1
    taken: set[str] = set()
    for path in given:
        # The same file, written in two ways.
        while names[path] in taken:
            names[path] += "+"
        taken.add(names[path])
    return names


def _stem(path: str) -> tuple[str, ...]:
    """Return the folders of a file from the root on, and its name without what says in which form it is."""
    if path == "-":
        return ("stdin",)
    *folders, name = os.path.abspath(path).strip(os.sep).split(os.sep)
    for ending in _ENDINGS:
        name = name.removesuffix(ending) or name
    return (*folders, name)


def _depth(path: str, stem: tuple[str, ...]) -> int:
    """Return how much of a path is its name at least: of what was typed so much that it says something."""
    typed = [part for part in os.path.normpath(path).split(os.sep) if part not in ("", ".", "..")]
    return next((n for n in range(1, len(typed)) if len("/".join(stem[-n:])) > 2), max(1, len(typed)))


def _alike(found: Mapping[str, object], files: Mapping[str, object]) -> list[str]:
    """Return the paths that have what that of another file has too; ``files`` says which file each leads to."""
    counts = Counter(value for value, _ in {(found[path], files[path]) for path in found})
    return [path for path, value in found.items() if counts[value] > 1]
