"""``callmon export`` and ``callmon bundle``: calls written to files, from files or from another callmon."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from callmon.cli.main import Unusable, warn

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.exports.exporter import Exporter
    from callmon.exports.formats import Format
    from callmon.query.view import View


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
    from callmon.cli.reading import watch_of
    from callmon.exports.export import Empty
    from callmon.exports.file import NotWritten
    from callmon.exports.formats import BY_KEY

    format = BY_KEY[options.format]
    view = view_of(options)
    watch, code = watch_of(options, "exported")
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
