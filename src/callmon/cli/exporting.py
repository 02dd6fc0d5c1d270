"""``callmon export`` and ``callmon bundle``: calls written to files, from files or from another callmon."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from callmon.cli.main import EXIT_DONE, EXIT_INPUT, EXIT_SOURCE, Unusable, warn

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.cli.wire import Watch
    from callmon.exports.exporter import Exporter
    from callmon.exports.formats import Format
    from callmon.query.view import View

CONNECT_S = 10.0
"""How long another callmon has to say what it holds."""


def run(options: argparse.Namespace) -> int:
    """Run the command that was typed; what cannot be done is one line on stderr."""
    try:
        return _export(options)
    except Unusable as error:
        warn(str(error))
        return error.exit_code


def _export(options: argparse.Namespace) -> int:
    from callmon.cli.commands import view_of
    from callmon.cli.keeper import exporter_of
    from callmon.exports.export import Empty
    from callmon.exports.file import NotWritten
    from callmon.exports.formats import BY_KEY

    format = BY_KEY[options.format]
    if bool(options.files) == bool(options.connect):
        raise Unusable(f"callmon {options.command}: give files to read, or --connect URL, and not both")
    view = view_of(options)
    watch, code = _connected(options) if options.connect else _recorded(options) or _read(options)
    exporter = exporter_of(watch, Path.cwd())
    try:
        words = asyncio.run(_written(watch.board, exporter, view, format, options))
    except (Empty, NotWritten) as error:
        raise Unusable(str(error)) from None
    if words:
        print(words)
    return code


async def _written(
    board: Board, exporter: Exporter, view: View, format: Format, options: argparse.Namespace
) -> str:
    """Write what was asked for; return in words what is where, nothing where it went to stdout."""
    call = options.call
    if call is None and format.view is None:
        shown = board.rows(view)
        if len(shown) != 1:
            some = ", ".join(one.id for one in shown[:5]) + (", …" if len(shown) > 5 else "")
            raise Unusable(f"{format.title} is of one call, there are {len(shown)} ({some}): add --call ID")
        call = shown[0].id
    if options.output == "-":
        made = await exporter.made(board, view, call, format, options.mask)
        for chunk in made.chunks:
            sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        return ""
    path = Path(options.output) if options.output else None
    if call is not None:
        path, counted = await exporter.call(board, call, format, options.mask, path)
    else:
        path, counted = await exporter.view(board, view, format, options.mask, path)
    return f"{counted} → {path}"


def _read(options: argparse.Namespace) -> tuple[Watch, int]:
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
        raise Unusable("nothing was exported: none of the files could be read")
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
