"""From the bytes of a body to its messages: unpacking, JSON and lines of JSON, each within bounds."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from callmon.model.frames import Json
from callmon.w3c.report import is_batch

_GZIP = b"\x1f\x8b"
_SURROGATES = re.compile("[\ud800-\udfff]")
_ENVELOPE = ("call", "leg", "room", "label", "now", "t")


class TooLarge(Exception):
    """A body that is larger than what is taken, as sent or unpacked."""


class Unreadable(Exception):
    """A body or a message that cannot be read, and why in a few words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a body: ``where`` it stood, and what its ``envelope`` said of it."""

    where: str
    body: Json
    envelope: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a body that is no message."""

    where: str
    reason: str

    def __str__(self) -> str:
        """Return it as one line, such as ``line 7: …``."""
        return f"{self.where}: {self.reason}" if self.where else self.reason


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """Return a body without its Content-Encoding; raises TooLarge beyond ``limit`` bytes, and Unreadable.

    A body that says gzip without being it is returned as it is: a layer before us has already unpacked it.
    """
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _bounded(data, limit)
    if encoding not in ("gzip", "x-gzip"):
        raise Unreadable(f"cannot unpack {encoding[:20]!r}: send gzip or nothing")
    return gunzip(data, limit) if data.startswith(_GZIP) else _bounded(data, limit)


def gunzip(data: bytes, limit: int) -> bytes:
    """Return what was gzipped, without ever holding more than ``limit`` bytes of it."""
    out = bytearray()
    while data:
        inflate = zlib.decompressobj(wbits=31)
        try:
            out += inflate.decompress(data, limit + 1 - len(out))
        except zlib.error:
            raise Unreadable("not a gzip stream") from None
        if len(out) > limit:
            raise TooLarge
        if not inflate.eof:
            raise Unreadable("the gzip stream is cut off")
        data = inflate.unused_data
    return bytes(out)


def read(data: bytes, max_depth: int) -> Iterator[Message | Refused]:
    """Return the messages of a body: one, an array, an object with ``frames``, or one per line (NDJSON)."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        yield Refused("", "the body is empty")
        return
    try:
        document = parse(data, max_depth)
    except Unreadable as whole:
        parts = list(_lines(data, max_depth)) if b"\n" in data.strip() else []
        if any(isinstance(part, Message) for part in parts):
            yield from parts
        else:
            yield Refused("", str(whole))
        return
    yield from _split("", document)


def parse(data: bytes, max_depth: int) -> Json:
    """Return one JSON value: NaN and infinities are null, broken characters replaced; raises Unreadable."""
    try:
        value = json.loads(data.decode("utf-8"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON at line {error.lineno} column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise Unreadable(f"nested deeper than {max_depth} levels") from None
    except ValueError:
        raise Unreadable("a number with too many digits") from None
    return _clean(value, max_depth)


def _bounded(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise TooLarge
    return data


def _lines(data: bytes, max_depth: int) -> Iterator[Message | Refused]:
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield from _split(f"line {number}", parse(line, max_depth))
        except Unreadable as error:
            yield Refused(f"line {number}", str(error).replace("at line 1 column", "at column"))


def _split(where: str, document: Json) -> Iterator[Message | Refused]:
    envelope: dict[str, Json] = {}
    if isinstance(document, dict) and isinstance(document.get("frames"), list):
        envelope = {key: document[key] for key in _ENVELOPE if key in document}
        document = document["frames"]
    elif not (isinstance(document, list) and is_batch(document)):
        yield Message(where, document)
        return
    for number, body in enumerate(document, 1):
        yield Message(f"{where} frame {number}".strip(), body, envelope)
    if not document:
        yield Refused(where, "no frames in it")


def _clean(value: Json, max_depth: int) -> Json:
    """Make a value safe to keep and to send on, in place: no infinities, no lone surrogates, not too deep."""
    root = [value]
    level: list[Json] = [root]
    for _ in range(max_depth + 1):
        below: list[Json] = []
        for holder in level:
            if isinstance(holder, dict):
                for broken in [key for key in holder if not key.isascii() and _SURROGATES.search(key)]:
                    holder[_SURROGATES.sub("\ufffd", broken)] = holder.pop(broken)
            pairs = holder.items() if isinstance(holder, dict) else enumerate(holder)
            for key, item in list(pairs):
                if isinstance(item, dict | list):
                    below.append(item)
                elif isinstance(item, float):
                    if not math.isfinite(item):
                        holder[key] = None
                elif isinstance(item, str) and not item.isascii():
                    holder[key] = _SURROGATES.sub("\ufffd", item)
        if not below:
            return root[0]
        level = below
    raise Unreadable(f"nested deeper than {max_depth} levels")
