"""How a source of frames is doing, as shown on screen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class SourceHealth:
    """State of one source: starting, ok, waiting, silent, backing-off, unauthorised, unreachable, closed.

    A source that cannot work as it is configured is misconfigured.
    Times are epoch seconds; ``rejected`` counts frames that could not be read and ``first_reason`` says why
    the first one was; ``detail`` is one line for people. ``skipped`` counts what only a newer callmon
    could read. ``newest_at`` is when the newest sample was measured, so that ``lag_s`` is how far behind the source
    is. Of a source that is polled, ``quota_used`` requests were made this UTC day, ``quota_left`` may still be (None:
    there is no limit), ``queued`` wait for their turn, and the next is made at ``next_poll_at``. A source that says
    something at least every ``beat_s`` (None: nobody knows) is silent when it does not, and its calls are ``unheard``
    until something is received again, whatever its state is meanwhile. ``gaps`` counts how often something was
    missed: it was not heard, or connected again and did not tell what came meanwhile.
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
    newest_at: float | None = None
    quota_used: int | None = None
    quota_left: int | None = None
    queued: int = 0
    next_poll_at: float | None = None
    skipped: int = 0
    beat_s: float | None = None
    unheard: bool = False

    def lag_s(self, now: float) -> float | None:
        """Return the age of the newest sample, None before the first."""
        return None if self.newest_at is None else max(0.0, now - self.newest_at)
