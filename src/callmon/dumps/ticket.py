"""The ticket: one call as one file that another callmon opens read-only, with what there is to read beside it.

A ticket is a zip. ``manifest.json`` says what it is; ``replay.jsonl.gz`` holds the events of the call with their
times, first the state that it had when they begin, last the one that it had in the end; all else is for people.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any

from callmon.model import codec
from callmon.model.events import Event
from callmon.model.frames import Frame, Json, Rejected
from callmon.model.tape import Entry

FORM = "callmon-ticket/1"
"""The name of the form; another number is another form."""

MANIFEST, REPLAY = "manifest.json", "replay.jsonl.gz"
"""The parts without which a file is no ticket."""

MAX_PARTS = 100
"""More parts than any ticket has."""

MAX_PART_BYTES = 16 * 1024 * 1024
"""Largest part beside the replay, unpacked; also the longest line of the replay."""

MAX_REPLAY_BYTES = 2 * 1024 * 1024 * 1024
"""The replay may be so long, unpacked; it is never held as a whole."""

HOPELESS = 1000
"""After so many lines of which not one is a message, the rest is not tried."""

_MAGIC = b"PK\x03\x04"
_WHEN = (1980, 1, 1, 0, 0, 0)
_BROKEN = (
    zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, OSError, NotImplementedError, RuntimeError,
    KeyError, ValueError, RecursionError, OverflowError,
)  # fmt: skip


class BadTicket(ValueError):
    """A file that is no ticket, or one that is broken: what is wrong, in one sentence."""


def is_bundle(first_bytes: bytes) -> bool:
    """Return whether a file that begins so may be a ticket: it is a zip."""
    return first_bytes.startswith(_MAGIC)


def line(entry: Entry) -> str:
    """Return an entry as a line of the replay: a message of the ``callmon`` dialect with the frame beside it."""
    events = [codec.write(event) for event in entry.events]
    whole = {"schema": codec.SCHEMA, "at": entry.frame.at, "events": events, "frame": told(entry.frame)}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def told(frame: Frame) -> Json:
    """Return a frame as JSON."""
    return {
        "provider": frame.provider,
        "at": frame.at,
        "tag": frame.tag,
        "about": dict(frame.about),
        "source": frame.source,
        "body": frame.body,
    }


def packed(lines: Iterable[str]) -> bytes:
    """Return lines as gzip; the same lines are the same bytes."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", filename="", mtime=0) as file:
        for one in lines:
            file.write(one.encode())
    return out.getvalue()


def write(out: IO[bytes], parts: Mapping[str, bytes]) -> None:
    """Write a ticket of these parts; the same parts are the same bytes."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in (MANIFEST, *sorted(set(parts) - {MANIFEST})):
            about = zipfile.ZipInfo(name, _WHEN)
            about.compress_type = zipfile.ZIP_STORED if name.endswith(".gz") else zipfile.ZIP_DEFLATED
            about.external_attr = 0o600 << 16
            file.writestr(about, parts[name])


def frames(source: str | IO[bytes], name: str) -> Iterator[Frame | Rejected]:
    """Return what is in a ticket, in the order of time, as frames of the ``callmon`` dialect of the source ``name``.

    A line that is no message is ``Rejected``, and those after it are read. Raises BadTicket where it breaks, which
    may be in the middle, and where not one line is a message. Nothing is ever written to disk.
    """
    try:
        with zipfile.ZipFile(source) as file:
            manifest(file)
            yield from _replay(file, name)
    except BadTicket:
        raise
    except _BROKEN as error:
        raise BadTicket(f"the ticket is broken ({str(error)[:80] or type(error).__name__})") from None


def manifest(file: zipfile.ZipFile) -> dict[str, Any]:
    """Return what a ticket says of itself; raises BadTicket for any other zip."""
    names = file.namelist()
    if MANIFEST not in names or REPLAY not in names:
        raise BadTicket("a zip, but no ticket of callmon: it has no manifest.json with a replay")
    if len(names) > MAX_PARTS or len(set(names)) != len(names):
        raise BadTicket("a ticket with more parts than one has, or two of one name")
    found = _json(_bounded(file, MANIFEST))
    form = found.get("form") if isinstance(found, dict) else None
    if not isinstance(found, dict) or form != FORM:
        raise BadTicket(f"a ticket of another form than {FORM}: a newer callmon may read it")
    return found


def about(source: str | IO[bytes]) -> dict[str, Any]:
    """Return what a ticket says of itself. Raises BadTicket."""
    try:
        with zipfile.ZipFile(source) as file:
            return manifest(file)
    except BadTicket:
        raise
    except _BROKEN as error:
        raise BadTicket(f"the ticket is broken ({str(error)[:80] or type(error).__name__})") from None


def words(found: Mapping[str, Any]) -> str:
    """Return in words what a ticket is, for whoever looks at it."""
    return f"ticket, {'masked' if found.get('masked') is True else 'not masked'}, read-only"


def _bounded(file: zipfile.ZipFile, name: str) -> bytes:
    """Return a part, of which no more is unpacked than a ticket holds, whatever the zip says of its size."""
    with file.open(name) as part:
        data = part.read(MAX_PART_BYTES + 1)
    if len(data) > MAX_PART_BYTES:
        raise BadTicket(f"{name} in the ticket is longer than {MAX_PART_BYTES >> 20} MB")
    return data


def _replay(file: zipfile.ZipFile, name: str) -> Iterator[Frame | Rejected]:
    size, number, good = 0, 0, 0
    why = ""
    with file.open(REPLAY) as part, gzip.GzipFile(fileobj=part) as unpacked:
        while text := unpacked.readline(MAX_PART_BYTES):
            number += 1
            size += len(text)
            if len(text) >= MAX_PART_BYTES or size > MAX_REPLAY_BYTES:
                raise BadTicket(f"line {number} of the replay is longer than any message")
            frame = _frame(_json(text), name)
            if frame is not None:
                good += 1
                yield frame
                continue
            reason = f"line {number} of the replay is no message with a time"
            why = why or reason
            yield Rejected(name, reason)
            if not good and number >= HOPELESS:
                break
    if why and not good:
        raise BadTicket(why)


def _json(text: bytes) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _frame(value: Json, name: str) -> Frame | None:
    """Return a line of the replay as a frame."""
    at = value.get("at") if isinstance(value, dict) else None
    if isinstance(at, bool) or not isinstance(at, int | float) or not 0 <= at <= codec.LATEST:
        return None
    return Frame("callmon", float(at), "message", value, {}, name)


def calls(frame: Frame) -> Iterator[str]:
    """Return the ids of the calls that a frame of a ticket tells of."""
    events = frame.body.get("events") if isinstance(frame.body, dict) else None
    for event in events if isinstance(events, list) else ():
        call = event.get("call") if isinstance(event, dict) else None
        if isinstance(call, str):
            yield call


def state_entry(at: float, event: Event) -> Entry:
    """Return the entry that says in which state a call was at ``at``, in epoch seconds."""
    return Entry(at, Frame("callmon", at, "state", None), (event,))
