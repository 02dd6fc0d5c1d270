"""The sources that run, a task each, and how another configuration changes them while callmon goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from callmon.cli import wire
from callmon.cli.main import Unusable
from callmon.sources.aside import aside

if TYPE_CHECKING:
    from callmon.cli.wire import Watch
    from callmon.config.settings import Source as Section
    from callmon.sources.source import Intake, Source

REMOVED = "no longer configured: its calls stay"
"""What the log says of a feed that was taken out of the configuration."""

REFUSED = "unauthorised"
"""The state of a source that lacks a secret, or whose secret is not accepted."""

MISTAKEN = "misconfigured"
"""The state of a source that cannot work as its section is written."""


class Roster:
    """The sources of a configuration as one; ``take`` begins feeds that are new and ends those that are gone."""

    name = "sources"

    def __init__(
        self,
        watch: Watch,
        configured: Iterable[Section],
        sources: Iterable[Source],
        stdin: int | None = 0,
    ) -> None:
        """Run ``sources``, some of which are the feeds that are ``configured``.

        ``stdin`` is the descriptor that ``-`` means, None where the keys come from there.
        """
        self._monitor, self._secrets, self._stdin = watch.monitor, watch.secrets, stdin
        self._configured = {one.name: one for one in configured}
        self._sources = {one.name: one for one in sources}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def sources(self) -> list[Source]:
        """Return those that run."""
        return [*self._sources.values()]

    async def run(self, intake: Intake) -> None:
        """Run them until cancelled; one that ends does not end the others."""
        self._tasks |= {
            name: asyncio.create_task(source.run(intake), name=name)
            for name, source in self._sources.items()
            if name not in self._tasks  # one that was changed before runs already
        }
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def take(self, configured: Iterable[Section]) -> None:
        """Go on with these feeds: one that is the same goes on as it is, one that is another begins anew.

        So does one that was refused: its secret may be another now, where it is kept.
        """
        before, wanted = self._configured, {one.name: one for one in configured}
        self._configured = wanted
        for name in dict.fromkeys((*before, *wanted)):
            if before.get(name) == wanted.get(name) and self._monitor.source(name).state != REFUSED:
                continue
            if (old := self._tasks.get(name)) is not None:
                old.cancel()
            self._tasks[name] = asyncio.create_task(self._change(name, wanted.get(name), old), name=name)

    async def _change(self, name: str, section: Section | None, old: asyncio.Task[None] | None) -> None:
        """Begin a feed as it is configured now, after the ``old`` one; what is wrong is said where sources are."""
        self._sources.pop(name, None)
        if section is None:
            self._end(name, "closed", REMOVED)
        else:
            self._become(name, "starting", "beginning as it is configured now")
        if old is not None:
            await asyncio.wait([old])
        if section is None:
            if self._monitor.source(name).detail == REMOVED:
                self._monitor.forget(name)
            return
        try:
            # A command that tells a secret may take long.
            source = await aside(partial(wire.subscriber, section, self._secrets, self._stdin))
        except Unusable as error:
            state = REFUSED if isinstance(error, wire.NoSecret) else MISTAKEN
            self._end(name, state, str(error).removeprefix(f"source {name}: "))
            return
        self._sources[name] = source
        await source.run(self._monitor)

    def _end(self, name: str, state: str, detail: str) -> None:
        self._become(name, state, detail)
        self._monitor.say(f"{name}: {detail}")

    def _become(self, name: str, state: str, detail: str) -> None:
        health = self._monitor.source(name)
        health.state, health.detail, health.next_try_at = state, detail, None
