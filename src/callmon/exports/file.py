"""Files that are written whole or not at all, for nobody else to read, and never over another."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path


class NotWritten(Exception):
    """A file could not be written; one line with what is wrong and what to do."""


def name_of(now: float, end: str, subject: str = "") -> str:
    """Return the name of a file by the local time: ``callmon-2026-11-20-101500.csv``."""
    when = datetime.fromtimestamp(now).strftime("%Y-%m-%d-%H%M%S")
    return f"callmon-{when}{f'-{subject}' if subject else ''}.{end}"


def save(path: Path, chunks: Iterable[bytes], free: bool = False) -> Path:
    """Write a file with mode 0600, under another name until it is whole; return its path.

    What is there already stays: with ``free`` the next free name is taken, else it is an error (NotWritten).
    """
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            return _named(part, path, free)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"{path}: {error.strerror or error}: choose another place") from None


def _named(part: Path, path: Path, free: bool) -> Path:
    """Give a file its name; a link fails where the name is taken, a rename would not."""
    for number in range(1, 1000):
        name = path if number == 1 else path.with_name(f"{_stem(path)}-{number}{_ends(path)}")
        try:
            os.link(part, name)
        except FileExistsError:
            if not free:
                raise NotWritten(f"{path}: it is there already: choose another name") from None
        except (PermissionError, NotImplementedError, OSError):
            return _renamed(part, name, free)
        else:
            return name
    raise NotWritten(f"{path}: it is there already, a thousand times: choose another name")


def _renamed(part: Path, name: Path, free: bool) -> Path:
    """Give a file its name where there are no links: on some network drives."""
    if name.exists():
        raise NotWritten(f"{name}: it is there already: choose another name")
    os.rename(part, name)
    return name


def _stem(path: Path) -> str:
    return path.name.partition(".")[0]


def _ends(path: Path) -> str:
    return path.name[len(_stem(path)) :]
