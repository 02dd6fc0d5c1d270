"""The commands that look at calls: the terminal over sources, ``demo``, ``open``, ``serve``."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from callmon.cli.main import EXIT_DONE, EXIT_INPUT, Unusable, warn
from callmon.cli.screen import begin, configured, in_browser

if TYPE_CHECKING:
    from callmon.cli.wire import Watch
    from callmon.config.loading import Loaded
    from callmon.config.settings import Config
    from callmon.model.frames import Frame
    from callmon.query.view import View

SLICE_S, REST_S = 0.008, 0.001
"""What has already happened is read in pieces of so many seconds, with a rest for the keys in between."""

NO_MARKS = "only on the screen can calls be marked: name them here, as in 'id=ID'"
"""What is said where somebody asks for marked calls and there are none."""

DEMO_BEGAN = 1_800_000_000.0
"""When a printed demo began, in epoch seconds: the same for everybody, so that its output is too."""


def run(options: argparse.Namespace) -> int:
    """Run the command that was typed; what cannot be done is one line on stderr."""
    commands = {"demo": demo, "open": open_files, "serve": serve, "record": record, "replay": replay}
    command = commands.get(options.command, live)
    try:
        _check_rules(options)
        return command(options)
    except Unusable as error:
        warn(str(error))
        return error.exit_code


def demo(options: argparse.Namespace) -> int:
    """Show invented calls; printed, it is the state after all that has already happened."""
    form = form_of(options)
    if form is not None:
        return _print_demo(options, form)
    app = begin("demo", _asked(options), **look_of(options))

    async def collect() -> None:
        from callmon.cli import keeping, wire
        from callmon.cli.keeper import exporter_of
        from callmon.cli.reloading import Reloading
        from callmon.sources.demo.demo import PREROLL_S, Demo, hastened

        past_s = max(20.0, min(PREROLL_S, PREROLL_S * 48 / options.calls))
        start = time.time() - past_s
        real = hastened(time.time, options.speed)
        # While what has already happened is being read, the screen shows the moment that is reached.
        shown: list[float | None] = [start]

        def clock() -> float:
            return real() if shown[0] is None else shown[0]

        watch = wire.watch(wire.rules_of(options), clock)
        config = wire.config_of(options)
        app.attach(watch.board, keeping.keep(watch, config), watch.past)
        app.exports(exporter_of(watch))
        app.reload_by(Reloading(watch, config))
        show = Demo(options.calls, options.seed, start)
        began = time.perf_counter()
        for at in _play(watch, show.frames(start + past_s)):
            shown[0] = at
            if time.perf_counter() - began >= SLICE_S:
                await asyncio.sleep(REST_S)
                began = time.perf_counter()
        shown[0] = None
        async with asyncio.TaskGroup() as group:
            group.create_task(watch.monitor.keep_time(options.speed))
            group.create_task(show.run(watch.monitor.take, clock, options.speed))

    return app.run_over(collect)


def _print_demo(options: argparse.Namespace, form: str) -> int:
    from callmon.cli import output, wire
    from callmon.sources.demo.demo import PREROLL_S, Demo

    ends = DEMO_BEGAN + PREROLL_S
    watch = wire.watch(wire.rules_of(options), lambda: ends)
    view = view_of(options)
    for _ in _play(watch, Demo(options.calls, options.seed, DEMO_BEGAN).frames(ends)):
        pass
    watch.monitor.pass_to(ends)
    output.print_all(watch.board, view, form)
    return EXIT_DONE


def _play(watch: Watch, frames: Iterable[Frame]) -> Iterator[float]:
    """Take what has already happened, letting time pass as it would live; yield where it is, now and then."""
    watch.monitor.source("demo").state = "ok"
    ticked = 0.0
    for count, frame in enumerate(frames):
        if frame.at - ticked >= 1.0:
            watch.monitor.pass_to(frame.at)
            ticked = frame.at
        watch.monitor.take(frame)
        if count % 4 == 0:
            yield frame.at


def open_files(options: argparse.Namespace) -> int:
    """Open files in the same screens as live calls, or print what is in them."""
    from callmon.cli import opening

    form = form_of(options)
    if form is not None:
        return opening.print_files(options, view_of(options), form)
    return opening.show_files(options, _asked(options), look_of(options))


def serve(options: argparse.Namespace) -> int:
    """Collect without a screen and offer the calls to others."""
    from callmon.cli import stream, wire

    config, warnings = wire.configuration(options)
    for warning in warnings:
        warn(warning)
    if options.form is not None:
        view = view_of(options)
        watch = stream.watch_of(config, options)
        return stream.print_live(watch, wire.sources(config, watch), view, options.form, config)
    return stream.serve(stream.watch_of(config, options), config)


def record(options: argparse.Namespace) -> int:
    """Collect as ``serve`` does, and record what arrives."""
    from callmon.cli import recording

    return recording.record(options)


def replay(options: argparse.Namespace) -> int:
    """Play a recording again, in the screens or printed."""
    from callmon.cli import replay as played

    form = form_of(options)
    view = view_of(options) if form is not None else _asked(options)
    return played.replay(options, form, view, look_of(options))


def live(options: argparse.Namespace) -> int:
    """Open the terminal over the configured sources, another callmon, or stdin."""
    form = form_of(options)
    if form is None:
        return _live_screen(options)
    from callmon.cli import stream, wire

    view = view_of(options)
    config, warnings = wire.configuration(options)
    for warning in warnings:
        warn(warning)
    watch = stream.watch_of(config, options)
    sources = stream.sources_of(options, config, watch)
    listened = config if _listens(options) else None
    once = bool(options.connect) or options.command == "watch"
    code = stream.print_live(watch, sources, view, form, listened, once=once)
    asked = options.calls if options.command == "watch" and code == EXIT_DONE else []
    absent = [id for id in asked if watch.board.call(id) is None]
    for id in absent:
        warn(f"{id}: no provider tells of it, or not yet: check the id, and the source's account and region")
    return EXIT_INPUT if absent else code


def _listens(options: argparse.Namespace) -> bool:
    """Return whether frames are taken from others: not where it is said whose frames to look at."""
    return not options.connect and not options.stdin and options.command != "watch"


def _live_screen(options: argparse.Namespace) -> int:
    """Draw first; then read the configuration, unless there is one that may say how to draw."""
    from callmon.cli import screen

    title = options.connect or ("stdin" if options.stdin else "")
    look = look_of(options)
    descriptor = screen.take_stdin() if options.stdin else screen.piped()
    app = begin(title, _asked(options), **look)
    app.remember()

    async def collect() -> None:
        from callmon.cli import keeping, stream, wire
        from callmon.cli.keeper import exporter_of
        from callmon.cli.reloading import Reloading
        from callmon.cli.roster import Roster
        from callmon.sources.aside import aside

        config, _ = wire.configuration(options)
        watch = stream.watch_of(config, options)
        app.attach(watch.board, keeping.keep(watch, config), watch.past)
        app.exports(exporter_of(watch))
        app.reload_by(Reloading(watch, config))
        # A command that tells a secret may take long, and must hold up neither keys nor the end.
        sources = await aside(partial(stream.sources_of, options, config, watch, descriptor))
        if not _listens(options):
            if not options.stdin:
                app.refresh_by(partial(stream.ask_now, lambda: sources, watch.monitor))
            await stream.collect(watch, sources, None)
        else:
            roster = Roster(watch, config.source, sources, descriptor)
            app.reload_by(Reloading(watch, config, roster))
            app.refresh_by(partial(stream.ask_now, roster.sources, watch.monitor))
            await stream.collect(watch, [roster], config, app.listening)
        await asyncio.Event().wait()

    return app.run_over(collect)


def form_of(options: argparse.Namespace) -> str | None:
    """Return json, jsonl or plain, or None for the screen, which needs a terminal.

    A terminal that cannot draw (TERM=dumb) gets what was not asked for otherwise as plain lines.
    """
    form: str | None = options.form
    if form is None and in_browser():
        return None
    if form is None and not sys.stdout.isatty():
        raise Unusable("there is no terminal to draw on: add --json, --jsonl or --plain")
    return "plain" if form is None and os.environ.get("TERM") == "dumb" else form


def view_of(options: argparse.Namespace) -> View:
    """Return the filter and the order that were asked for where there is no screen, and so nothing is marked."""
    from callmon.query.expression import asks_for_marks

    view = _view(options)
    if view.only_marked or asks_for_marks(view.filter.expression):
        raise Unusable(f"{'--filter' if options.filter else '--view'}: {NO_MARKS}")
    return view


def _view(options: argparse.Namespace) -> View:
    """Return the filter and the order that were asked for."""
    from dataclasses import replace

    from callmon.query.filter import Filter
    from callmon.query.misread import Misread, located
    from callmon.query.view import View
    from callmon.query.viewline import ordering, read

    option = "--view"
    try:
        view = read(options.view) if options.view else View()
        if options.filter:
            option = "--filter"
            view = replace(view, filter=Filter(options.filter))
        if options.sort:
            option = "--sort"
            sort, reverse = ordering(options.sort, 0)
            view = replace(view, sort=sort, reverse=reverse)
    except Misread as wrong:
        text = {"--view": options.view, "--filter": options.filter, "--sort": options.sort}[option]
        raise Unusable(f"{option}: {located(text, wrong)}") from None
    return view


def _asked(options: argparse.Namespace) -> View | None:
    """Return the view that was asked for; None, without loading anything, where none was."""
    return _view(options) if options.filter or options.sort or options.view else None


def _check_rules(options: argparse.Namespace) -> None:
    """Refuse a rule set that does not exist; where there is a configuration, reading it does that."""
    if not options.rules or configured(options):
        return
    from callmon.engine.quality import RULE_SETS

    if options.rules not in RULE_SETS:
        raise Unusable(f"there is no rule set {options.rules!r:.40}: use one of {', '.join(RULE_SETS)}")


def _check_secrets(config: Config) -> None:
    """Refuse to begin without a secret that is not there, while this can still be said in the shell.

    Commands are not run: they may take long, or ask, and are run when a connection is made.
    """
    from callmon.config.secret import SecretError

    for path, secret in config.secrets():
        try:
            secret.probe(os.environ)
        except SecretError as error:
            raise Unusable(f"{path}: {error}") from None


def look_of(options: argparse.Namespace) -> dict[str, object]:
    """Return how the screen shall look; what is wrong with the configuration is said before it is drawn."""
    typed: dict[str, object] = {
        name: getattr(options, name) for name in ("theme", "charts", "fps") if getattr(options, name)
    }
    typed |= {"quiet": True} if options.quiet else {}
    typed |= {"mouse": False} if options.no_mouse else {}
    typed |= {"begins_with": "wallboard"} if "wallboard" in options else {}
    typed |= {"again": partial(look_again, options)}
    if not configured(options):
        return typed
    from callmon.cli import wire

    loaded = wire.loaded_of(options)
    _check_secrets(loaded.config)
    look, wrong = _configured_look(loaded)
    for line in wrong:
        warn(line)
    return look | typed | {"wrong": wrong}


def _configured_look(loaded: Loaded) -> tuple[dict[str, object], list[str]]:
    """Return how the screen shall look as a configuration says, and what of that is odd or cannot be used."""
    look: dict[str, object] = loaded.config.view.model_dump()
    wrong = [*loaded.warnings]
    if loaded.config.keys:
        from callmon.cli.config import keymap_of

        look["keymap"], odd = keymap_of(loaded)
        wrong += odd
    return look, wrong


def look_again(options: argparse.Namespace) -> tuple[dict[str, object], list[str]]:
    """Return how the screen shall look by now, nothing where that cannot be read, and what is wrong."""
    if not configured(options):
        return {}, ["there is no configuration to read"]
    from callmon.cli import wire
    from callmon.config.loading import ConfigError

    try:
        loaded = wire.load_config(options)
    except (ConfigError, Unusable) as error:
        return {}, [*error.messages] if isinstance(error, ConfigError) else [str(error)]
    look, wrong = _configured_look(loaded)
    look["config"] = loaded.config
    return look | ({"theme": options.theme} if options.theme else {}), wrong
