"""The commands that look at calls: the terminal over sources, ``demo``, ``open``, ``serve``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from callmon.cli import output, wire
from callmon.cli.main import EXIT_DONE, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_SOURCE
from callmon.cli.wire import Unusable, Watch
from callmon.model.frames import Frame
from callmon.query.view import View

if TYPE_CHECKING:
    from callmon.config.settings import Config
    from callmon.sources.source import Source

FLUSH_S = 1.0
"""How often changed calls are printed as lines."""

Collect = Callable[[], Awaitable[None]]


def run(options: argparse.Namespace) -> int:
    """Run the command that was typed; what cannot be done is one line on stderr."""
    commands = {"demo": demo, "open": open_files, "serve": serve}
    command = commands.get(options.command, live)
    try:
        return command(options)
    except Unusable as error:
        output.warn(str(error))
        return error.exit_code


def demo(options: argparse.Namespace) -> int:
    """Show invented calls; with --json the state after the pre-roll."""
    from callmon.sources.demo.demo import PREROLL_S, Demo, hastened

    form = _form(options)
    view = wire.view(options)
    # Printed output is the same for the same seed, so it begins at a fixed moment; the screen begins now.
    start = 1_800_000_000.0 if form else time.time() - PREROLL_S
    ends = start + PREROLL_S
    real: wire.Clock = (lambda: ends) if form else hastened(time.time, options.speed)
    # While what has already happened is being read, the screen shows the moment that is reached.
    shown: list[float | None] = [None if form else start]

    def clock() -> float:
        return real() if shown[0] is None else shown[0]

    watch = wire.watch(wire.builtin_rules(options.rules), clock)
    show = Demo(options.calls, options.seed, start)
    if form:
        for _ in _play(watch, show.frames(ends)):
            pass
        watch.monitor.engine.tick(ends)
        _print_all(watch, view, form)
        return EXIT_DONE

    async def collect() -> None:
        for at in _play(watch, show.frames(ends)):
            shown[0] = at
            await asyncio.sleep(0)
        shown[0] = None
        async with asyncio.TaskGroup() as group:
            group.create_task(watch.monitor.keep_time())
            group.create_task(show.run(watch.monitor.take, clock, options.speed))

    return _screen(watch, collect, options, title="demo")


def _play(watch: Watch, frames: Iterable[Frame]) -> Iterator[float]:
    """Take what has already happened, letting time pass as it would live; yield where it is, now and then."""
    watch.monitor.source("demo").state = "ok"
    ticked = 0.0
    for count, frame in enumerate(frames):
        if frame.at - ticked >= 1.0:
            watch.monitor.engine.tick(frame.at)
            ticked = frame.at
        watch.monitor.take(frame)
        if count % 8 == 0:
            yield frame.at


def open_files(options: argparse.Namespace) -> int:
    """Open captures in the same screens as live calls."""
    from callmon.sources.files import Unreadable, open_file

    form = _form(options)
    view = wire.view(options)
    ends = 0.0
    watch = wire.watch(wire.builtin_rules(options.rules), lambda: ends)
    names = _names(options.files)
    failed = 0
    for path, name in names.items():
        try:
            opened = open_file(path, name, watch.monitor.take)
        except Unreadable as error:
            output.warn(str(error))
            failed += 1
            continue
        ends = max(ends, opened.ended_at or 0.0)
        health = watch.monitor.source(name)
        health.state, health.detail = "closed", "read to its end"
        if opened.rejected:
            health.rejected += opened.rejected
            health.first_reason = health.first_reason or opened.first
            output.warn(f"{path}: {opened.rejected} not read, the first: {opened.first}: the rest was kept")
    if failed == len(names):
        return EXIT_INPUT
    if form:
        _print_all(watch, view, form)
        return EXIT_INPUT if failed else EXIT_DONE
    return _screen(watch, None, options, title="file" if len(names) == 1 else f"{len(names)} files") or (
        EXIT_INPUT if failed else EXIT_DONE
    )


def _names(paths: list[str]) -> dict[str, str]:
    """Return each path with the name of its call: the end of the path, as much of it as makes it unique."""
    names: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        parts = os.path.normpath(path).split(os.sep) if path != "-" else ["stdin"]
        parts[-1] = parts[-1].removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json") or parts[-1]
        name = parts[-1]
        for depth in range(2, len(parts) + 1):
            if len(name) > 2 and name not in names.values():
                break
            name = "/".join(part for part in parts[-depth:] if part not in ("", "..", "."))
        while name in names.values():
            name += "+"
        names[path] = name
    return names


def serve(options: argparse.Namespace) -> int:
    """Collect without a screen and offer the calls to others."""
    config, warnings = wire.configuration(options)
    for warning in warnings:
        output.warn(warning)
    watch = _watch(config)

    async def work() -> None:
        serving = await wire.listen(config, watch)
        output.warn(f"listening on {serving.url}")
        try:
            await _collect(watch, wire.subscribers(config))
        finally:
            await serving.close()

    return _until_stopped(work)


def live(options: argparse.Namespace) -> int:
    """Open the terminal over the configured sources, another callmon, or stdin."""
    form = _form(options)
    view = wire.view(options)
    config, warnings = wire.configuration(options)
    for warning in warnings:
        output.warn(warning)
    watch = _watch(config)
    sources: list[Source] = [] if options.connect else wire.subscribers(config)
    if options.connect:
        sources = [wire.viewer(options.connect)]
    if options.stdin:
        sources = [_stdin(options.dialect, form)]
    listens = not options.connect and not options.stdin

    if form:
        return _print_live(watch, sources, view, form, config if listens else None)
    return _live_screen(watch, sources, config, listens, options)


def _live_screen(
    watch: Watch, sources: list[Source], config: Config, listens: bool, options: argparse.Namespace
) -> int:
    from callmon.tui.app import CallmonApp, run

    failure: list[Unusable] = []

    async def collect() -> None:
        serving = None
        try:
            if listens:
                serving = await wire.listen(config, watch)
                app.address = serving.url
            await _collect(watch, sources)
            await asyncio.Event().wait()
        except Unusable as error:
            failure.append(error)
            app.exit(return_code=error.exit_code)
        finally:
            if serving is not None:
                await serving.close()

    look = config.view
    app = CallmonApp(
        watch.board,
        collect,
        title=options.connect or ("stdin" if options.stdin else ""),
        paint_hz=look.paint_hz,
        theme=look.theme,
        charts=look.charts,
    )
    code = run(app)
    if failure:
        output.warn(str(failure[0]))
    return code


def _stdin(dialect: str, form: str | None) -> Source:
    """Return the source that is stdin; the screen gets the terminal for its keys."""
    from callmon.sources.feed import Feed
    from callmon.sources.socket import Subscriber

    descriptor = 0
    if form is None:
        if sys.stdin.isatty():
            raise Unusable("stdin is a terminal: pipe frames into callmon -", EXIT_INPUT)
        descriptor = os.dup(0)
        try:
            keyboard = os.open("/dev/tty", os.O_RDWR)
        except OSError:
            raise Unusable(
                "there is no terminal for the keys: add --json, --jsonl or --plain", EXIT_INPUT
            ) from None
        os.dup2(keyboard, 0)
        os.close(keyboard)
    return Subscriber(Feed("stdin", "-", dialect), stdin=descriptor)


def _watch(config: Config) -> Watch:
    fold = config.engine
    return wire.watch(
        config.rule_sets()[fold.rules],
        window_s=fold.window_s,
        max_calls=fold.max_calls,
        keep_ended_s=fold.keep_ended_s,
    )


async def _collect(watch: Watch, sources: list[Source]) -> None:
    """Run every source, and time; a source that ends does not end the others."""
    timekeeper = asyncio.create_task(watch.monitor.keep_time(), name="time")
    tasks = [asyncio.create_task(source.run(watch.monitor), name=source.name) for source in sources]
    try:
        if tasks:
            await asyncio.gather(*tasks)
        else:
            await timekeeper
    finally:
        for task in (timekeeper, *tasks):
            task.cancel()
        await asyncio.gather(timekeeper, *tasks, return_exceptions=True)


def _print_live(watch: Watch, sources: list[Source], view: View, form: str, config: Config | None) -> int:
    """Print calls without a screen until the sources are at their end, or until stopped."""

    async def lines() -> None:
        printed: dict[str, int] = {}
        while True:
            await asyncio.sleep(FLUSH_S)
            if form == "jsonl":
                _print_changed(watch, view, printed)

    async def work() -> None:
        serving = await wire.listen(config, watch) if config is not None else None
        if form == "plain":
            watch.monitor.listen(lambda changes: output.print_changes(changes, watch.board))
        printer = asyncio.create_task(lines())
        try:
            await _collect(watch, sources)
        finally:
            printer.cancel()
            if serving is not None:
                await serving.close()

    code = _until_stopped(work)
    _print_all(watch, view, form)
    unreached = [one for one in watch.monitor.health if one.state in ("unreachable", "unauthorised")]
    for one in unreached:
        output.warn(f"{one.name}: {one.detail}")
    return EXIT_SOURCE if unreached and not watch.monitor.frames else code


def _print_changed(watch: Watch, view: View, printed: dict[str, int]) -> None:
    for call in watch.board.rows(view):
        if printed.get(call.id) != call.version:
            printed[call.id] = call.version
            output.print_call(call, watch.board.now())


def _until_stopped(work: Callable[[], Awaitable[None]]) -> int:
    """Run until the end, or until SIGINT or SIGTERM; both are an orderly end."""

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


def _form(options: argparse.Namespace) -> str | None:
    """Return json, jsonl or plain, or None for the screen, which needs a terminal."""
    form: str | None = options.form
    if form is None and not (sys.stdout.isatty() and os.environ.get("TERM") != "dumb"):
        raise Unusable("there is no terminal to draw on: add --json, --jsonl or --plain", EXIT_INPUT)
    return form


def _print_all(watch: Watch, view: View, form: str) -> None:
    if form == "json":
        output.print_document(watch.board, view, watch.monitor.health)
        return
    for call in watch.board.rows(view):
        (output.print_call if form == "jsonl" else output.print_plain)(call, watch.board.now())


def _screen(watch: Watch, collect: Collect | None, options: argparse.Namespace, title: str) -> int:
    from callmon.tui.app import CallmonApp, run

    return run(CallmonApp(watch.board, collect, title=title))
