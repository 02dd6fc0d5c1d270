"""Who keeps what is taken, so that it can be exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.cli.wire import Watch
    from callmon.engine.call import Call
    from callmon.exports.exporter import Exporter


def exporter_of(watch: Watch, folder: Path | None = None, whole: bool = False) -> Exporter:
    """Return who exports what a monitor holds, into ``folder`` (home); from now on what is taken is kept for it.

    With ``whole`` all of it is kept as long as there is room, else as much as a tape holds.
    """
    from callmon.exports.exporter import Exporter
    from callmon.recording.tape import KEEP_S, SpillTape

    if watch.tape is None:
        calls = watch.monitor.engine.calls
        tape = SpillTape(lambda: calls, keep_s=None if whole else KEEP_S, say=watch.monitor.say)
        watch.monitor.show(tape)
        watch.tape = tape
    return Exporter(watch.tape, folder if folder is not None else Path.home(), _pictures)


async def _pictures(board: Board, call: Call, now: float) -> dict[str, str]:
    """Return the screens of a call; drawing is loaded when somebody wants a ticket."""
    from callmon.tui.shots import shoot

    return await shoot(board, call, now)
