"""From messages as they came to frames of a dialect, with every one that is unreadable counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby

from callmon.model.codec import LATEST
from callmon.model.frames import Frame, Json
from callmon.sources.feed import Feed
from callmon.sources.lines import Text, decode
from callmon.sources.source import Clock, Intake, Session
from callmon.w3c.report import is_batch

_BREATH_S = 0.005
_OLDEST_S = 3600.0
_SKEW_S = 5.0
_MOST = 1e15
_BEATS_S = 0.5, 60.0


class Reader:
    """Puts the messages of one feed into the intake; nothing that a message holds makes it raise.

    ``last_id`` is where to resume after the newest, and ``retry_s`` how long the far end wants us to stay
    away after a loss, where it says so.
    """

    def __init__(self, feed: Feed, intake: Intake, session: Session, clock: Clock) -> None:
        self.last_id: str | None = None
        self.retry_s: float | None = None
        self._feed = feed
        self._intake = intake
        self._session = session
        self._clock = clock

    def hear(self) -> None:
        """Part of a message came."""
        self._session.hear()

    async def read(self, texts: Iterable[Text], polled: bool = False) -> None:
        """Take messages, giving way to others every few milliseconds; ``polled`` ones make no gap."""
        now = asyncio.get_running_loop().time
        since = now()
        for text in texts:
            for _ in self._take(text, polled):
                if now() - since > _BREATH_S:
                    await asyncio.sleep(0)
                    since = now()

    def _take(self, text: Text, polled: bool) -> Iterator[None]:
        """Take one message, frame by frame."""
        try:
            if text.reason is not None:
                raise ValueError(text.reason)
            document = decode(text.data)
        except ValueError as error:
            self._session.receive(polled)
            self._session.reject(f"{text.place}: {error}")
            yield
            return
        self._session.receive(polled or _is_resumed(document))
        for body in _bodies(document):
            if self._feed.dialect == "callmon" and isinstance(body, dict):
                self._take_beat(body)
                for at, events in _frames(body):
                    self._put({**body, "events": events}, text.place, at)
                    yield
                self._take_envelope(body)
            else:
                self._put(body, text.place, None)
                yield
        if text.id:
            self.last_id = text.id

    def _put(self, body: Json, place: str, at: float | None) -> None:
        if at is None:
            at = self._clock.now() - _age_s(body)
        about = {"connection": self._feed.name, "call": self._feed.name}
        before = self._session.health.first_reason
        taken = self._intake.take(Frame(self._feed.dialect, at, self._feed.tag, body, about, self._feed.name))
        if taken.rejected and before is None:
            self._session.health.first_reason = f"{place}: {taken.rejected[0]}"

    def _take_beat(self, body: dict[str, Json]) -> None:
        """Remember how often the far end will say something, of which it tells at the beginning of a connection."""
        if "resumed" in body:
            beat_s = _number(body.get("beat_s"))
            least, most = _BEATS_S
            self._session.health.beat_s = None if beat_s is None else min(max(beat_s, least), most)

    def _take_envelope(self, body: dict[str, Json]) -> None:
        if isinstance(body.get("id"), str):
            self.last_id = body["id"]
        at = _number(body.get("at"))
        ahead = 0.0 if at is None else at - self._clock.now()
        if abs(ahead) > _SKEW_S:
            word = "ahead of" if ahead > 0 else "behind"
            self._session.health.detail = f"its clock is {abs(ahead):.0f} s {word} ours"


def _is_resumed(document: Json) -> bool:
    return isinstance(document, dict) and document.get("resumed") is True


def _bodies(document: Json) -> Iterator[Json]:
    """Return the messages of an array of them; a bare getStats report is an array too, and one message."""
    if isinstance(document, list) and document and is_batch(document):
        yield from document
    else:
        yield document


def _frames(message: dict[str, Json]) -> Iterator[tuple[float | None, Json]]:
    """Return the events of a callmon's message by the frame they came in, with the moment it was folded."""
    events = message.get("events")
    if not isinstance(events, list):
        yield None, events
        return
    for (_, at, _), group in groupby(events, _frame):
        known = _number(at)
        yield known if known is not None and 0 <= known <= LATEST else None, list(group)


def _frame(event: Json) -> tuple[Json, Json, Json]:
    """Return what the events of one frame have in common; a restored call is one by itself."""
    if not isinstance(event, dict):
        return None, None, None
    alone = event.get("call") if event.get("type") == "restored" else None
    return event.get("frame"), event.get("folded_at"), alone


def _age_s(body: Json) -> float:
    """Return how long the sender held a message back: its ``now`` − its ``t``, in epoch milliseconds."""
    sent, taken = (
        (_number(body.get("now")), _number(body.get("t"))) if isinstance(body, dict) else (None, None)
    )
    return 0.0 if sent is None or taken is None else min(max(0.0, (sent - taken) / 1000), _OLDEST_S)


def _number(value: Json) -> float | None:
    return float(value) if type(value) in (int, float) and abs(value) < _MOST else None
