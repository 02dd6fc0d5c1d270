"""Who exports what a monitor holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.cli.wire import Watch
    from callmon.engine.call import Call
    from callmon.exports.exporter import Exporter


def exporter_of(watch: Watch, folder: Path | None = None) -> Exporter:
    """Return who exports what a monitor holds and its tape kept, into ``folder`` (home)."""
    from callmon.exports.exporter import Exporter

    return Exporter(watch.tape, folder if folder is not None else Path.home(), _pictures)


async def _pictures(board: Board, call: Call, now: float) -> dict[str, str]:
    """Return the screens of a call; drawing is loaded when somebody wants a ticket."""
    from callmon.tui.shots import shoot

    return await shoot(board, call, now)
