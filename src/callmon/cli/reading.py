"""The calls that a command works on without a screen: from files, recordings, or another callmon."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from callmon.cli.main import EXIT_DONE, EXIT_INPUT, EXIT_SOURCE, Unusable, warn

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.cli.wire import Watch

CONNECT_S = 10.0
"""How long another callmon has to say what it holds."""


def watch_of(options: argparse.Namespace, done: str) -> tuple[Watch, int]:
    """Return the calls of ``options.files`` or of ``options.connect``, and the exit code; what is wrong is said.

    ``done`` is what was not done where nothing could be read, such as exported.
    """
    if bool(options.files) == bool(options.connect):
        raise Unusable(f"{options.command}: give files to read, or --connect URL, and not both")
    return _connected(options) if options.connect else _recorded(options) or _read(options, done)


def board_of(options: argparse.Namespace, done: str) -> tuple[Board, int]:
    """Return the board over those calls, and the exit code."""
    watch, code = watch_of(options, done)
    return watch.board, code


def _read(options: argparse.Namespace, done: str) -> tuple[Watch, int]:
    """Return what is in files as ``open`` reads them, and the exit code; what is wrong with them is said."""
    from callmon.cli import keeping, opening, wire

    ends = [0.0]
    watch = wire.watch(wire.rules_of(options), lambda: ends[0])
    keeping.keep_tape(watch, wire.config_of(options), whole=True, one_clock=False)
    files = opening.Files(watch, opening.names_of(options.files), ends)
    for _ in files.steps():
        pass
    for line in files.said:
        warn(line)
    if files.failed == len(files.names):
        raise Unusable(f"nothing was {done}: none of the files could be read")
    opening.finish(watch)
    return watch, EXIT_INPUT if files.failed else EXIT_DONE


def _recorded(options: argparse.Namespace) -> tuple[Watch, int] | None:
    """Return what is in a recording at its end, None where the files are none."""
    from callmon.cli import keeping, wire
    from callmon.cli.replay import Player
    from callmon.recording.replay import NoRecording, find

    try:
        recording = find(Path(name) for name in options.files)
    except NoRecording:
        return None
    header = recording.header
    rules = wire.rules_of(options) if options.rules else header.rules
    at = [header.at]
    watch = wire.watch(rules, lambda: at[0], header.window_s, header.max_calls, header.keep_ended_s)
    wire.attach_readers(watch, header.asked)
    keeping.keep_tape(watch, wire.config_of(options), whole=True)
    player = Player(recording, watch, float("inf"))
    for now in player.steps(float("inf")):
        at[0] = now
    for line in player.broken[:1]:
        warn(line)
    return watch, EXIT_DONE


def _connected(options: argparse.Namespace) -> tuple[Watch, int]:
    """Return what another callmon holds."""
    from callmon.cli import keeping, stream, wire

    watch = wire.watch(wire.rules_of(options))
    keeping.keep_tape(watch, wire.config_of(options), whole=True)

    async def collect() -> None:
        source = wire.viewer(options.connect, watch.secrets)
        collecting = asyncio.create_task(stream.collect(watch, [source], None))
        await asyncio.wait([collecting, asyncio.create_task(stream.told(watch))], timeout=CONNECT_S,
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        collecting.cancel()
        await asyncio.gather(collecting, return_exceptions=True)

    asyncio.run(collect())
    bad = [one for one in watch.monitor.health if one.state in ("unreachable", "unauthorised")]
    if bad and not watch.monitor.frames:
        raise Unusable(f"{bad[0].name}: {bad[0].detail}", EXIT_SOURCE)
    return watch, EXIT_DONE
