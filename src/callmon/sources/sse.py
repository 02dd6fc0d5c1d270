"""Server-sent events: the event stream of the WHATWG HTML standard, section 9.2, out of arbitrary chunks."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from callmon.sources.lines import Text

_END = re.compile("\r\n|\r|\n")


class EventStream:
    """Parses an event stream; data beyond ``limit`` characters makes the event one that says so.

    ``last_id`` is the last event ID to resume from; ``retry_s`` the wait the far end asks for, or None.
    """

    def __init__(self, limit: int, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry_s: float | None = None
        self._limit = limit
        self._longest = limit + len("data: ")
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line: list[str] = []
        self._length = 0
        self._after_return = False
        self._number = 0
        self._id = last_id
        self._clear()

    def _clear(self) -> None:
        self._data: list[str] = []
        self._size = 0
        self._too_long = False
        self._kind = ""

    def feed(self, data: bytes) -> Iterator[Text]:
        """Return the events that ``data`` completes; an event cut off by the end of the stream is none."""
        text = self._decoder.decode(data)
        if self._after_return and text:  # the other half of a CRLF that was cut in two
            self._after_return = False
            text = text.removeprefix("\n")
        if not text:
            return
        self._after_return = text.endswith("\r")
        start = 0
        for end in _END.finditer(text):
            self._keep(text[start : end.start()])
            yield from self._take()
            start = end.end()
        self._keep(text[start:])

    def _keep(self, part: str) -> None:
        room = self._longest - self._length
        self._length += len(part)
        if part and room > 0:
            self._line.append(part[:room])

    def _take(self) -> Iterator[Text]:
        line, long = "".join(self._line), self._length > self._longest
        self._line.clear()
        self._length = 0
        if not line:
            yield from self._dispatch()
            return
        name, _, value = line.partition(":")
        if long:
            self._too_long = self._too_long or name == "data"
        elif name:
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "data":
            self._size += len(value) + 1
            if self._size > self._limit + 1:
                self._too_long = True
                self._data.clear()
            if not self._too_long:
                self._data.append(value)
        elif name == "event":
            self._kind = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_s = int(value[:12]) / 1000

    def _dispatch(self) -> Iterator[Text]:
        self.last_id = self._id
        data, too_long, kind = self._data, self._too_long, self._kind or "message"
        self._clear()
        if not data and not too_long:
            return
        self._number += 1
        reason = f"longer than {self._limit} characters" if too_long else None
        yield Text(f"message {self._number}", "\n".join(data), reason, self.last_id, kind)
