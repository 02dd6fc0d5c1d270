"""Messages out of a stream of bytes: lines of JSON, however the bytes were cut on their way."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from callmon.model.frames import Json

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Text:
    """One message as it came: ``place`` such as "line 7"; ``reason`` says why it has no ``data``.

    ``id`` is where the far end would go on from after this message, and ``kind`` the type it gave it.
    """

    place: str
    data: bytes | str
    reason: str | None = None
    id: str | None = None
    kind: str = "message"


class Lines:
    """Splits bytes into lines ended by LF or CRLF; a line beyond ``limit`` bytes is skipped, not kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 0
        self._pending = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[Text]:
        """Return the lines that end in ``data``; empty ones are counted and left out."""
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._keep(data[start:end])
            yield from self._line()
            start = end + 1
        self._keep(data[start:])

    def end(self) -> Iterator[Text]:
        """Return the last line where it had no end."""
        if self._pending or self._skipping:
            yield from self._line(", cut off")

    def _keep(self, part: bytes) -> None:
        if self._skipping:
            return
        self._pending += part
        if len(self._pending) > self._limit + 1:  # a carriage return is not part of the line
            self._skipping = True
            self._pending.clear()

    def _line(self, end: str = "") -> Iterator[Text]:
        self._number += 1
        line, skipped = bytes(self._pending), self._skipping
        self._pending.clear()
        self._skipping = False
        if self._number == 1:
            line = line.removeprefix(_BOM)
        line = line.strip()
        place = f"line {self._number}{end}"
        if skipped or len(line) > self._limit:
            yield Text(place, b"", f"longer than {self._limit} bytes")
        elif line:
            yield Text(place, line)


class _Unfit(ValueError):
    """JSON that Python would read and nobody should."""


def decode(data: bytes | str) -> Json:
    """Return the JSON value in ``data``; ValueError says in a few words why there is none."""
    try:
        text = data if isinstance(data, str) else data.decode()
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except _Unfit:
        raise
    except ValueError:  # Python refuses to read whole numbers of thousands of digits
        raise ValueError("a number that is out of range") from None


def _refuse(name: str) -> NoReturn:
    raise _Unfit(f"{name} is not a number in JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Unfit("a number that is out of range")
    return number
