"""The command ``config``: where the configuration is, whether it is valid, what it says."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from callmon.cli.main import EXIT_DONE, EXIT_INPUT
from callmon.config.lines import nearest
from callmon.config.loading import ConfigError, Loaded, check, load
from callmon.config.paths import config_path
from callmon.config.template import template


def run(options: argparse.Namespace) -> int:
    """Do what ``options.action`` says and return the exit code."""
    path = Path(options.config_file) if options.config_file else None
    if options.action == "template":
        sys.stdout.write(template())
        return EXIT_DONE
    if options.action == "path":
        print(path or config_path(os.environ))
        return EXIT_DONE
    if options.action == "check":
        return _check(path)
    return _show(path, options.origin)


def _check(path: Path | None) -> int:
    messages = check(path, os.environ)
    with suppress(ConfigError):
        messages += keymap_of(load(path, os.environ))[1]
    for message in messages:
        print(f"callmon: {message}", file=sys.stderr)
    if not messages:
        file = path or config_path(os.environ)
        print(f"{file}: valid" if file.exists() else f"{file}: there is none, so the defaults hold")
    return EXIT_INPUT if messages else EXIT_DONE


def keymap_of(loaded: Loaded) -> tuple[dict[str, str], list[str]]:
    """Return the keymap of a configuration, and a line for each thing that is wrong with it and where it stands."""
    from callmon.tui.keymap import keymap

    made, lines = keymap(loaded.config.keys)
    place = loaded.path or "keys"
    return made, [f"{nearest(loaded.origin, line.partition(': ')[0]) or place}: {line}" for line in lines]


def _show(path: Path | None, origin: bool) -> int:
    try:
        loaded = load(path, os.environ)
    except ConfigError as error:
        for message in error.messages:
            print(f"callmon: {message}", file=sys.stderr)
        return EXIT_INPUT
    for key, text, came_from in loaded.rows():
        print(f"{key} = {text}" + (f"  # {came_from}" if origin else ""))
    return EXIT_DONE
