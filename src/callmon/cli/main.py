"""The entry point: reads the command line and calls the command, loading only what that needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

from callmon import __version__

EXIT_DONE, EXIT_FAILED, EXIT_INPUT, EXIT_SOURCE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes: done, a check failed, usage or unreadable input, a source not reached, interrupted."""

COMMANDS = (
    "demo",
    "open",
    "watch",
    "serve",
    "record",
    "replay",
    "export",
    "bundle",
    "check",
    "web",
    "config",
)
"""The commands; without one callmon opens the terminal over its sources."""


FORMS = {
    "json": "print one JSON document, start no screen",
    "jsonl": "print one call a line as it changes, start no screen",
    "plain": "print lines for people and screen readers, start no screen",
}
"""What may be printed in place of a screen."""

OPTIONS = (
    (
        "--filter",
        "EXPR",
        "filter",
        "only calls that pass, such as 'loss>3 and is:live' (see docs/filters.md)",
    ),
    ("--sort", "COLUMN", "sort", "order by this column (see docs/columns.md)"),
    ("--view", "TEXT", "view", "filter, order, columns and group on one line, as the screen copies them"),
    ("--rules", "NAME", "rules", "rule set that judges (default telnyx)"),
    ("--config", "FILE", "config_file", "configuration to use"),
)
"""Options that every command takes: as typed, what stands for the value, its name, what it does."""

CHARTS = ("braille", "block", "ascii")
"""Characters that charts can be drawn in, as the configuration has them."""

THEMES = ("dark", "light", "high-contrast", "deuteranopia", "tritanopia", "mono", "terminal")
"""The themes of the screen; terminal is the terminal's own colours."""

SWITCHES = {
    "--no-mouse": "leave the mouse to the terminal",
    "--quiet": "print no summary when the screen is left",
}
"""What can be switched off."""

EXPORTS = ("csv", "json", "markdown", "rtcstats", "internals", "ticket")
"""What calls may be exported as."""

SHOWN = ("demo", "open", "watch", "replay")
"""The commands that begin a screen, beside the one without a name."""

WALLBOARD = "begin with the wallboard, which fits any screen and needs no key"

CONNECT = "show the calls of another callmon (http or https)"

MODULES = {
    "config": "callmon.cli.config",
    "export": "callmon.cli.exporting",
    "bundle": "callmon.cli.exporting",
    "check": "callmon.cli.checking",
    "web": "callmon.cli.web",
}
"""Where the commands are that are not among those that look at calls."""

DIALECTS = ("webrtc", "telnyx", "twilio-voice", "twilio-video", "daily", "callmon")
"""Whose frames may come on stdin."""


class Unusable(Exception):
    """What was asked for cannot be done: one line that says what is wrong and what to do."""

    def __init__(self, message: str, exit_code: int = EXIT_INPUT) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def warn(text: str) -> None:
    """Print one line on stderr."""
    from callmon.model.text import printable

    print(f"callmon: {printable(text, 1000)}", file=sys.stderr, flush=True)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line: what is wrong, and what to do."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong on stderr and leave with exit code 2."""
        end = "" if message.endswith("?") else ":"
        self.exit(EXIT_INPUT, f"callmon: {message}{end} see {self.prog} --help\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a word that is none of the choices; where one of them is near, ask for that alone."""
        if action.choices is not None and value not in action.choices:
            from difflib import get_close_matches

            near = get_close_matches(str(value), map(str, action.choices), n=1)
            if near:
                raise argparse.ArgumentError(action, f"there is no {value!r:.40}: did you mean {near[0]}?")
        super()._check_value(action, value)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands and options; the documentation is made from it."""
    parser = Parser(prog="callmon", description="Watch live voice and video calls in the terminal.")
    parser.add_argument("--version", action="version", version=f"callmon {__version__}")
    parser.add_argument("--connect", metavar="URL", help=CONNECT)
    parser.add_argument(
        "--dialect", default="webrtc", choices=DIALECTS, help="what the frames on stdin are, with callmon -"
    )
    parser.add_argument("--listen", metavar="HOST:PORT", help="where to take frames (default 127.0.0.1:7880)")
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    demo = commands.add_parser(
        "demo", help="invented calls of every kind, through the real decoding; no network"
    )
    demo.add_argument(
        "--calls", type=_count, default=32, metavar="N", help="calls at the same time (default 32)"
    )
    demo.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same calls")
    demo.add_argument("--speed", type=_speed, default=1.0, metavar="X", help="times as fast as real time")
    opened = commands.add_parser(
        "open", help="open dumps and captures, told by what is in them, gzip or not; - is stdin"
    )
    opened.add_argument("files", nargs="+", metavar="FILE", help="a dump or a capture, or - for stdin")
    watch = commands.add_parser("watch", help="ask the configured providers about these calls and no others")
    watch.add_argument("calls", nargs="+", metavar="CALL", help="the provider's own id, such as CA…")
    serve = commands.add_parser("serve", help="collect and offer the calls without a screen")
    serve.add_argument("--listen", metavar="HOST:PORT", default=argparse.SUPPRESS, help="where to listen")
    _recordings(commands)
    _exports(commands)
    _web(commands)
    config = commands.add_parser(
        "config", help="where the configuration is, whether it is valid, what it says"
    )
    config.add_argument("action", choices=("path", "check", "show", "template"), help="what to do")
    config.add_argument("--origin", action="store_true", help="with show: where each value came from")
    for sub in commands.choices.values():
        _common(sub, argparse.SUPPRESS)
    for shown in (parser, *(commands.choices[name] for name in SHOWN)):
        shown.add_argument("--wallboard", action="store_true", default=argparse.SUPPRESS, help=WALLBOARD)
    return parser


def _web(commands: Any) -> None:
    """Add the command that serves the terminal to a browser."""
    web = commands.add_parser(
        "web", help="the same terminal in a browser; each tab runs a callmon of its own"
    )
    web.add_argument(
        "--listen",
        metavar="HOST:PORT",
        default=argparse.SUPPRESS,
        help="where to serve the page (default 127.0.0.1:7881); beyond this machine only with CALLMON_TOKEN",
    )
    web.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="COMMAND",
        help="what runs in a tab, such as demo, or -- and options",
    )


def _recordings(commands: Any) -> None:
    """Add the commands that record and play again."""
    record = commands.add_parser("record", help="collect as serve does, and record what arrives into a file")
    record.add_argument(
        "-o", "--output", metavar="FILE", help="the file (default: named by the time, in the data directory)"
    )
    record.add_argument("--force", action="store_true", help="overwrite the file where it is there")
    record.add_argument(
        "--rotate-size", type=_amount, metavar="MB", help="begin another file after so many megabytes"
    )
    record.add_argument(
        "--rotate-age", type=_amount, metavar="MIN", help="begin another file after so many minutes"
    )
    record.add_argument("--listen", metavar="HOST:PORT", default=argparse.SUPPRESS, help="where to listen")
    replay = commands.add_parser("replay", help="play a recording again, as it was")
    replay.add_argument("files", nargs="+", metavar="FILE", help="a recording, or all files of one")
    replay.add_argument("--speed", type=_speed, metavar="X", help="times as fast as real time (default 1)")
    replay.add_argument(
        "--from",
        dest="since",
        metavar="T",
        help="begin at a time: 10:15:30, 2026-11-20T10:15:30Z, or +5m from the start",
    )
    replay.add_argument("--to", dest="until", metavar="T", help="end at a time, given as with --from")


def _amount(text: str) -> float:
    return _number(text, 0.001, 1e9, "a number above 0")


def _exports(commands: Any) -> None:
    """Add the commands that write files."""
    export = commands.add_parser(
        "export", help="write calls to a file: those that --filter leaves, or with --call one of them"
    )
    export.add_argument("--format", required=True, choices=EXPORTS, help="what is written")
    export.add_argument(
        "--call", metavar="ID", help="one call: its curves, its document, its report, its dump"
    )
    bundle = commands.add_parser(
        "bundle", help="write the ticket of one call: one file that another callmon opens read-only"
    )
    bundle.add_argument("call", metavar="CALL", help="the id of the call")
    bundle.set_defaults(format="ticket")
    _checks(commands)
    for sub in (export, bundle):
        sub.add_argument(
            "files", nargs="*", metavar="FILE", help="files as open reads them; or --connect URL"
        )
        sub.add_argument(
            "-o", "--output", metavar="OUT", help="the file to write, - for stdout; never over another"
        )
        sub.add_argument(
            "--mask",
            action=argparse.BooleanOptionalAction,
            default=True,
            help="names and addresses as aliases (the default), or as they are",
        )
        sub.add_argument("--connect", metavar="URL", default=argparse.SUPPRESS, help=CONNECT)


def _checks(commands: Any) -> None:
    """Add the command that says whether something holds."""
    check = commands.add_parser(
        "check", help="say whether something holds of every call that --filter leaves; exit code 1 where not"
    )
    check.add_argument("files", nargs="*", metavar="FILE", help="files as open reads them; or --connect URL")
    check.add_argument(
        "--assert",
        dest="assertions",
        action="append",
        required=True,
        metavar="EXPR",
        help="what must hold of each call, such as 'loss<3' (see docs/filters.md); may be given several times",
    )
    check.add_argument("--connect", metavar="URL", default=argparse.SUPPRESS, help=CONNECT)


def _common(parser: argparse.ArgumentParser, default: Any = None) -> None:
    """Add what every command takes; after a command nothing is set that was not typed there."""
    kept: dict[str, Any] = {"default": argparse.SUPPRESS} if default is argparse.SUPPRESS else {}
    form = parser.add_mutually_exclusive_group()
    for name, text in FORMS.items():
        form.add_argument(f"--{name}", dest="form", action="store_const", const=name, help=text, **kept)
    parser.add_argument(
        "--theme", metavar="NAME", choices=THEMES, help=f"colours: {', '.join(THEMES)}", **kept
    )
    parser.add_argument(
        "--charts",
        metavar="SIGNS",
        choices=CHARTS,
        help=f"what charts are drawn in: {', '.join(CHARTS)}",
        **kept,
    )
    parser.add_argument(
        "--fps", type=_fps, metavar="N", help="frames a second at most, 1 to 60: for slow links", **kept
    )
    for option, text in SWITCHES.items():
        parser.add_argument(option, action="store_true", help=text, **kept)
    for option, place, name, text in OPTIONS:
        parser.add_argument(option, dest=name, metavar=place, help=text, **kept)


def _count(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value <= 20_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls from 1 to 20000")
    return value


def _fps(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 60")
    return value


def _speed(text: str) -> float:
    return _number(text, 0.01, 1000.0, "a speed from 0.01 to 1000")


def _number(text: str, least: float, most: float, what: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return what was typed; ``callmon -`` is the terminal over frames on stdin."""
    words = list(argv)
    piped = "-" in words and not any(word in COMMANDS for word in words)
    if piped:
        words.remove("-")
    parser = build_parser()
    options = parser.parse_args(list(_tied(words, _valued(parser))))
    options.stdin = piped
    return options


def _valued(parser: argparse.ArgumentParser) -> dict[str, bool]:
    """Return every option of a parser and of its commands, and whether it takes a value."""
    found: dict[str, bool] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                found |= _valued(command)
        found |= dict.fromkeys(action.option_strings, action.nargs is None)
    return found


def _tied(words: Sequence[str], valued: Mapping[str, bool]) -> Iterator[str]:
    """Return the words with each value that begins with a minus tied to its option, as in ``--sort=-rtt``.

    argparse takes such a word for an option otherwise.
    """
    left = iter(words)
    for word in left:
        if word == "--":
            yield from (word, *left)
            return
        value = next(left, None) if valued.get(word) else None
        if value is None:
            yield word
        elif value[:1] == "-" != value and value[:2] != "--" and value not in valued:
            yield f"{word}={value}" if word.startswith("--") else f"{word}{value}"
        else:
            yield from (word, value)


def _speak_utf8() -> None:
    """Write UTF-8 whatever the locale says: JSON is UTF-8, and a screen of question marks helps nobody."""
    for stream in {sys.stdout, sys.__stdout__}:
        if isinstance(stream, TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code; every error is one line on stderr."""
    _speak_utf8()
    options = parse(sys.argv[1:] if argv is None else argv)
    module = import_module(MODULES.get(options.command, "callmon.cli.commands"))
    run: Callable[[argparse.Namespace], int] = module.run
    try:
        code = run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain once more when it closes stdout.
        sys.stdout = None
        return EXIT_DONE
    except OSError as error:
        place = error.filename or "the output cannot be written"
        warn(f"{place}: {error.strerror or error}: make room, or use another place")
        sys.stdout = None
        return EXIT_INPUT
