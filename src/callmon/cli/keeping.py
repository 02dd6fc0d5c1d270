"""What is kept of a watch: the tape of its recent past, and recordings."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from callmon import __version__
from callmon.cli.wire import Watch
from callmon.config.paths import data_directory, state_directory
from callmon.query import format as fmt
from callmon.recording.lines import Header
from callmon.recording.recorder import NotRecorded, Recorder, Rotation, World
from callmon.recording.tape import KEEP_S, LIMIT, SpillTape
from callmon.rewind.health import Chronicle
from callmon.rewind.past import Past

if TYPE_CHECKING:
    from callmon.config.settings import Config

_MB = 1_000_000


def keep(watch: Watch, config: Config | None) -> Switch:
    """Keep the recent past of a watch on a tape, and return what records it where somebody wants that."""
    keep_tape(watch, config)
    return Switch(watch, config)


def keep_tape(watch: Watch, config: Config | None, whole: bool = False, one_clock: bool = True) -> None:
    """Keep the recent past of a watch, as the configuration says; ``whole``: all of it that there is room for.

    ``one_clock`` is whether all is taken as it comes, and not one file after another.
    """
    asked = config.tape if config is not None else None
    if asked is not None and not asked.on:
        return
    keep_s = KEEP_S if asked is None else asked.keep_s
    limit = LIMIT if asked is None else asked.limit_mb * _MB
    engine = watch.monitor.engine
    tape = SpillTape(
        lambda: engine.calls,
        _spill_folder(),
        None if whole else keep_s,
        limit,
        watch.monitor.say,
        watch.secrets,
        one_clock,
        watch.monitor.catch_up,
    )
    chronicle = Chronicle(watch.monitor.health)
    watch.monitor.show(tape)
    watch.monitor.show(chronicle)
    watch.tape, watch.past = tape, (Past(tape, engine), chronicle)


def _spill_folder() -> Path | None:
    """Return the state directory, where there is more room than in memory; None where it cannot be."""
    folder = state_directory(os.environ)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def rotation_of(config: Config | None, size_mb: float | None = None, age_s: float | None = None) -> Rotation:
    """Return when another file is begun: as was asked for, else as the configuration says."""
    asked = config.record if config is not None else None
    size = size_mb if size_mb is not None else asked.rotate_mb if asked is not None else 0.0
    age = age_s if age_s is not None else asked.rotate_s if asked is not None else 0.0
    return Rotation(round(size * _MB), age, asked.keep_files if asked is not None else 0)


def new_path(config: Config | None) -> Path:
    """Return where a recording goes for which nobody gave a name, the folder made; NotRecorded where none can be."""
    named = config.record.folder if config is not None else ""
    folder = Path(named).expanduser() if named else data_directory(os.environ)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise NotRecorded(f"{folder}: {error.strerror or error}: name another with record.folder") from None
    stem = f"callmon-{datetime.now():%Y%m%d-%H%M%S}"
    names = (f"{stem}{'-' * (number > 0)}{number or ''}.jsonl.gz" for number in range(1000))
    return next(path for name in names if not (path := folder / name).exists())


def record(
    watch: Watch,
    config: Config | None,
    path: Path,
    rotation: Rotation,
    force: bool = False,
    say: Callable[[str], None] | None = None,
) -> Recorder:
    """Record what arrives from now on; NotRecorded where the file cannot be written."""
    monitor = watch.monitor

    def header() -> Header:
        fold = watch.fold
        sources = {one.name: one.dialect for one in config.source} if config is not None else {}
        return Header(
            __version__,
            monitor.clock(),
            "",
            sources={**sources, **{one.name: one.dialect for one in watch.asked}},
            asked=tuple(watch.asked),
            rules=monitor.engine.rules,
            window_s=fold.window_s,
            max_calls=fold.max_calls,
            keep_ended_s=fold.keep_ended_s,
        )

    world = World(lambda: monitor.engine.calls, lambda: monitor.health, header, monitor.catch_up)
    recorder = Recorder(path, world, time.monotonic, watch.secrets, rotation, force, say or monitor.say)
    monitor.show(recorder)
    return recorder


def summary(recorder: Recorder) -> str:
    """Return in one line what was recorded, and where it is."""
    took = fmt.stopwatch(time.monotonic() - recorder.began)
    lost = f", {fmt.count(recorder.lost)} lost" if recorder.lost else ""
    size = f"{recorder.written / _MB:.1f} MB"
    return f"recorded {took}: {fmt.count(recorder.frames)} frames{lost}, {size} in {recorder.path}"


class Switch:
    """Recording as the screen switches it on and off (``tui.recording.Switch``)."""

    def __init__(self, watch: Watch, config: Config | None) -> None:
        """Record ``watch``, into files that are named by the time."""
        self._watch = watch
        self._config = config
        self._recorder: Recorder | None = None
        self._flushing: asyncio.Task[None] | None = None

    def since_s(self) -> float | None:
        """Return for how long it has been recorded, None while it is not."""
        return None if self._recorder is None else time.monotonic() - self._recorder.began

    @property
    def file(self) -> str:
        """The file that is recorded into, '' while none is."""
        return "" if self._recorder is None else str(self._recorder.path)

    def toggle(self) -> str:
        """Begin or end a recording, and return what to say of it."""
        if self._recorder is not None:
            return self.close() or ""
        try:
            path = new_path(self._config)
            self._recorder = record(self._watch, self._config, path, rotation_of(self._config))
        except NotRecorded as error:
            return str(error)
        self._flushing = asyncio.get_running_loop().create_task(self._recorder.keep_flushing())
        return f"recording into {path}"

    def close(self) -> str | None:
        """End the recording, if there is one, and return what to say of it."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return None
        if self._flushing is not None:
            self._flushing.cancel()
        self._watch.monitor.dismiss(recorder)
        recorder.close()
        said = summary(recorder)
        self._watch.monitor.say(said)
        return said
