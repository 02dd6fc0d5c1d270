"""How a source of frames is doing, as shown on screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SourceHealth:
    """State of one source: starting, ok, waiting, backing-off, unauthorised, unreachable, closed.

    Times are epoch seconds; ``rejected`` counts frames that could not be read and ``first_reason`` says why
    the first one was; ``detail`` is one line for people.
    """

    name: str
    state: str = "starting"
    detail: str = ""
    frames: int = 0
    rejected: int = 0
    first_reason: str | None = None
    dropped: int = 0
    last_frame_at: float | None = None
    last_success_at: float | None = None
    next_try_at: float | None = None
    gaps: int = 0
