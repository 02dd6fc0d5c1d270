"""The command that records: collecting without a screen, into a file."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import time
from pathlib import Path

from callmon.cli import keeping, stream, wire
from callmon.cli.main import EXIT_FAILED, Unusable, warn
from callmon.cli.wire import Watch
from callmon.query import format as fmt
from callmon.recording.recorder import NotRecorded, Recorder

STATUS_S = 10.0
"""How often it is said, on a terminal, how far it is."""


def record(options: argparse.Namespace) -> int:
    """Collect until stopped, record what arrives, and say at the end what was recorded."""
    if options.form is not None:
        raise Unusable(
            f"record prints no calls: leave --{options.form} out, or print the recording with replay"
        )
    config, warnings = wire.configuration(options)
    for warning in warnings:
        warn(warning)
    watch = stream.watch_of(config, options)
    sources = wire.sources(config, watch)
    age_s = None if options.rotate_age is None else 60 * options.rotate_age
    rotation = keeping.rotation_of(config, options.rotate_size, age_s)
    try:
        path = Path(options.output) if options.output else keeping.new_path(config)
        recorder = keeping.record(watch, config, path, rotation, options.force, warn)
    except NotRecorded as error:
        raise Unusable(str(error)) from None
    warn(f"recording into {path}")

    async def work() -> None:
        beside = [asyncio.create_task(recorder.keep_flushing())]
        if sys.stderr.isatty():
            beside.append(asyncio.create_task(_tell(watch, recorder)))
        try:
            await stream.collect(watch, sources, config, lambda url: warn(f"listening on {url}"))
        finally:
            for task in beside:
                task.cancel()

    try:
        code = stream.until_stopped(work)
    except BaseException:
        recorder.close()
        if not recorder.frames:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
    recorder.close()
    warn(keeping.summary(recorder))
    return EXIT_FAILED if recorder.lost else code


async def _tell(watch: Watch, recorder: Recorder) -> None:
    """Say now and then how far it is."""
    while True:
        await asyncio.sleep(STATUS_S)
        calls = len(watch.monitor.engine.calls)
        took = fmt.stopwatch(time.monotonic() - recorder.began)
        size = f"{recorder.written / 1e6:.1f} MB"
        plural = "" if calls == 1 else "s"
        warn(f"{took}: {fmt.count(recorder.frames)} frames of {fmt.count(calls)} call{plural}, {size}")
