"""Collecting live: every source and the server as tasks, with or without a screen."""

from __future__ import annotations

import argparse
import asyncio
import math
import signal
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from callmon.cli import output, wire
from callmon.cli.main import EXIT_DONE, EXIT_INTERRUPTED, EXIT_SOURCE, Unusable, warn
from callmon.cli.wire import Watch
from callmon.monitor import Monitor, since_boot
from callmon.query.view import View
from callmon.sources.feed import Feed
from callmon.sources.rest.poller import Poller
from callmon.sources.socket import Subscriber

if TYPE_CHECKING:
    from callmon.config.settings import Config
    from callmon.model.health import SourceHealth
    from callmon.sources.source import Source

TOLD = frozenset({"ok", "unreachable", "unauthorised", "closed", "backing-off"})
"""States of a source that has told what it holds, or will not soon."""

SETTLE_S = 0.5
"""How long after its first word a source may go on telling what it holds."""

LOOK_S = 0.05
"""How often it is looked whether it has."""

READ_S = 1.0
"""How often it is looked whether somebody still reads what is printed."""

FLUSH_S = 1.0
"""How often changed calls are printed as lines."""


def watch_of(config: Config, options: argparse.Namespace) -> Watch:
    """Return a monitor as the configuration says; calls that were named stay, however long they are over."""
    fold = config.engine
    return wire.watch(
        config.rule_sets()[fold.rules],
        window_s=fold.window_s,
        max_calls=fold.max_calls,
        keep_ended_s=None if options.command == "watch" else fold.keep_ended_s,
        steady=since_boot,
    )


def sources_of(
    options: argparse.Namespace, config: Config, watch: Watch, stdin: int | None = 0
) -> list[Source]:
    """Return where frames come from: another callmon, stdin, or what the configuration names.

    ``stdin`` is the descriptor of what is piped in, None where the keys come from there.
    """
    if options.command == "watch":
        found = wire.pollers(config, watch, tuple(options.calls))
        if not found:
            raise Unusable("no provider is configured: add a [[provider]] section (callmon config template)")
        return found
    if options.connect:
        return [wire.viewer(options.connect, watch.secrets)]
    if options.stdin:
        return [Subscriber(Feed("stdin", "-", options.dialect), stdin=stdin or 0)]
    return wire.sources(config, watch, stdin)


def ask_now(sources: Callable[[], Iterable[Source]], monitor: Monitor) -> str:
    """Let every source that asks an API ask now, and feeds that are lost be tried now; return what is said of it."""
    asked, tried, left = list[str](), list[str](), list[str]()
    for source in sources():
        if not (isinstance(source, Poller) or (isinstance(source, Subscriber) and source.waits)):
            continue
        until = source.hurry()
        if until is not None:
            seconds = max(1, math.ceil(until - monitor.clock()))
            left.append(f"{source.name} asks to be left alone for {seconds} s more")
        else:
            (asked if isinstance(source, Poller) else tried).append(source.name)
    said = [f"asking {', '.join(asked)} now"] if asked else []
    said += [f"trying {', '.join(tried)} now"] if tried else []
    return " · ".join([*said, *left]) or "no source waits to be asked or tried again"


async def collect(
    watch: Watch,
    sources: list[Source],
    config: Config | None,
    listening: Callable[[str], None] = lambda address: None,
) -> None:
    """Run every source, time, and with ``config`` the server; a source that ends does not end the others."""
    serving = await wire.listen(config, watch) if config is not None else None
    if serving is not None:
        listening(serving.url)
    timekeeper = asyncio.create_task(watch.monitor.keep_time(), name="time")
    tasks = [asyncio.create_task(source.run(watch.monitor), name=source.name) for source in sources]
    try:
        await asyncio.gather(*tasks)
        if serving is not None:
            await timekeeper
    finally:
        for task in (timekeeper, *tasks):
            task.cancel()
        await asyncio.gather(timekeeper, *tasks, return_exceptions=True)
        if serving is not None:
            await serving.close()


def serve(watch: Watch, config: Config) -> int:
    """Collect and offer the calls until stopped."""

    async def work() -> None:
        await collect(watch, wire.sources(config, watch), config, lambda url: warn(f"listening on {url}"))

    return until_stopped(work)


def print_live(
    watch: Watch, sources: list[Source], view: View, form: str, config: Config | None, once: bool = False
) -> int:
    """Print calls without a screen until the sources are at their end, or until stopped.

    With ``once`` a document is printed as soon as the source has told what it holds.
    """

    async def lines() -> None:
        printed: dict[str, int] = {}
        while True:
            await asyncio.sleep(FLUSH_S)
            output.print_changed(watch.board, view, printed)

    async def work() -> None:
        if form == "json" and once:
            collecting = asyncio.create_task(collect(watch, sources, config))
            await asyncio.wait(
                [collecting, asyncio.create_task(told(watch))], return_when=asyncio.FIRST_COMPLETED
            )
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
            return
        if form == "plain":
            watch.monitor.listen(lambda changes: output.print_changes(changes, watch.board))
        printer = asyncio.create_task(lines()) if form == "jsonl" else None
        try:
            await collect(watch, sources, config)
        finally:
            if printer is not None:
                printer.cancel()

    code = until_stopped(lambda: while_read(work()))
    output.print_all(watch.board, view, form)
    unreached = [one for one in watch.monitor.health if one.state in ("unreachable", "unauthorised")]
    for one in unreached:
        warn(f"{one.name}: {one.detail}")
    return EXIT_SOURCE if unreached and not watch.monitor.frames else code


async def while_read(work: Awaitable[None]) -> None:
    """Work for as long as somebody reads what is printed; BrokenPipeError as soon as nobody does.

    Writing would tell too, but where all is well there is nothing to write for hours.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait([task], timeout=READ_S))[0]:
            if output.unread():
                raise BrokenPipeError
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def told(watch: Watch) -> None:
    """Wait until every source has told what it holds, or cannot be reached."""
    settled = 0.0
    while settled < SETTLE_S:
        await asyncio.sleep(LOOK_S)
        health, now = watch.monitor.health, watch.board.now()
        quiet = bool(health) and all(_has_told(one, now) for one in health)
        settled = settled + LOOK_S if quiet else 0.0


def _has_told(source: SourceHealth, now: float) -> bool:
    """Return whether a source has nothing more to tell for the moment."""
    if source.state == "ok":
        return source.next_poll_at is None or source.next_poll_at - now > SETTLE_S
    return source.state in TOLD or (source.state == "waiting" and source.quota_used is not None)


def until_stopped(work: Callable[[], Awaitable[None]]) -> int:
    """Run until the end, or until SIGINT, SIGTERM or SIGHUP, all of which are an orderly end."""

    async def main() -> int:
        task = asyncio.ensure_future(work())
        loop = asyncio.get_running_loop()
        stopped: list[int] = []

        def stop(number: int) -> None:
            stopped.append(number)
            task.cancel()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop, number)
        try:
            await task
        except asyncio.CancelledError:
            return EXIT_INTERRUPTED if signal.SIGINT in stopped else EXIT_DONE
        return EXIT_DONE

    return asyncio.run(main())
