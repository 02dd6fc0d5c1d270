"""Subscribing to a feed, wherever it is: the source that connects, resumes and comes back."""

from __future__ import annotations

from callmon.sources.feed import Feed
from callmon.sources.pipe import read_stdin, read_unix
from callmon.sources.reader import Reader
from callmon.sources.source import Backoff, Clock, Intake, Lost, Pause, Session, keep
from callmon.sources.web import Patience, read_http, read_websocket


class Subscriber:
    """The source of the frames of one feed."""

    def __init__(
        self,
        feed: Feed,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        patience: Patience | None = None,
        stdin: int = 0,
    ) -> None:
        """Subscribe to ``feed`` when run; ``stdin`` is the file descriptor that ``-`` means."""
        self._feed = feed
        self._clock = clock or Clock()
        self._backoff = backoff or Backoff()
        self._patience = patience or Patience()
        self._stdin = stdin
        self._pause = Pause(self._clock, self._backoff.least_s)

    @property
    def name(self) -> str:
        """What the source is called on screen."""
        return self._feed.name

    @property
    def waits(self) -> bool:
        """Whether it has lost its feed, and lets time pass before it tries again."""
        return self._pause.lasts

    def hurry(self) -> float | None:
        """Try again now; or return until when the far end asks to be left alone."""
        return self._pause.hurry()

    async def run(self, intake: Intake) -> None:
        """Put frames into ``intake`` until the feed is at its end; only that of standard input ever is."""
        session = Session(self._feed.name, intake, self._clock)
        reader = Reader(self._feed, intake, session, self._clock)
        started_at = self._clock.now()

        async def connect(session: Session) -> None:
            since = started_at if session.told_at is None else session.told_at
            try:
                await self._connect(since, reader, session)
            except Lost as lost:
                if lost.wait_s is None:
                    lost.wait_s = reader.retry_s
                raise

        await keep(connect, session, self._backoff, self._clock, self._pause)

    async def _connect(self, since: float, reader: Reader, session: Session) -> None:
        feed, patience = self._feed, self._patience
        if feed.url == "-":
            await read_stdin(feed, reader, session, patience.longest, self._stdin)
        elif feed.is_websocket:
            await read_websocket(feed, since, reader, session, patience)
        elif feed.is_web:
            await read_http(feed, since, reader, session, patience)
        else:
            await read_unix(feed, reader, session, patience.longest)
