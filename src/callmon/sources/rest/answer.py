"""What an API answered: read within bounds, and judged by status before anybody looks inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from callmon.model.frames import Json
from callmon.model.text import printable
from callmon.sources.failures import BROKE
from callmon.sources.lines import decode
from callmon.sources.source import Lost

if TYPE_CHECKING:
    from aiohttp import ClientResponse

LONGEST = 33_554_432
"""Bytes of an answer at most, unpacked."""

LONGEST_WAIT_S = 86_400.0
"""An API that asks for more patience is asked again after a day."""

TOLD = frozenset({200, 404, 410})
"""Statuses whose body the provider reads; 404 and 410 may mean that something is not there yet, or no longer."""


class Failed(Exception):
    """One request that went wrong while the API as a whole may be well; ``again`` when another try may help."""

    def __init__(self, reason: str, again: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class Denied(Exception):
    """The credential is not accepted."""


class Moved(Exception):
    """The answer is a redirect to ``location``."""

    def __init__(self, location: str) -> None:
        super().__init__("moved")
        self.location = location


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body as it came, and what the head said of it."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str]

    def json(self) -> Json:
        """Return the decoded body; Failed where it is not JSON."""
        try:
            return decode(self.body)
        except ValueError as error:
            what = "" if "json" in self.content_type else f"{printable(self.content_type, 60)}, "
            raise Failed(f"answered {self.status} with {what}{error}") from None

    def words(self) -> str:
        """Return what the vendor says in the body of an error, in brackets; nothing where it says nothing."""
        try:
            found = _words(decode(self.body))
        except ValueError:
            found = None
        return f" ({printable(found)})" if found else ""

    def codes(self) -> set[str]:
        """Return the vendor's own codes in the body of an error."""
        try:
            body = decode(self.body)
        except ValueError:
            return set()
        if not isinstance(body, dict):
            return set()
        errors = body.get("errors")
        parts = [body, *(errors if isinstance(errors, list) else [])]
        return {str(part["code"]) for part in parts if isinstance(part, dict) and "code" in part}

    def check(self, now: float, forbidden: frozenset[str]) -> None:
        """Return where the provider shall read it; else raise Denied, Moved, Lost or Failed.

        ``forbidden`` are codes with which a 403 concerns one request and not the credential.
        """
        status = self.status
        if status in TOLD:
            return
        if 200 < status < 300:
            raise Failed(f"answered {status}, which brings nothing", again=False)
        if status in (301, 302, 303, 307, 308) and "Location" in self.headers:
            raise Moved(self.headers["Location"])
        if status == 403 and self.codes() & forbidden:
            raise Failed(f"answered {status}{self.words()}", again=False)
        if status in (401, 403):
            raise Denied
        wait_s = retry_after_s(self.headers, now)
        if status == 429 or (wait_s is not None and status >= 500):
            raise Lost(f"answered {status}{self.words()}", wait_s=wait_s)
        raise Failed(f"answered {status}{self.words()}", again=status >= 500 or status in (408, 409, 425))


async def read(response: ClientResponse) -> Answer:
    """Read an answer to its end; Failed where that does not come, or comes too late."""
    from aiohttp import ClientPayloadError

    body = bytearray()
    try:
        async for data in response.content.iter_any():
            body += data
            if len(body) > LONGEST:
                raise Failed(f"answered more than {LONGEST} bytes", again=False)
    except ClientPayloadError:
        raise Failed(BROKE) from None
    return Answer(response.status, bytes(body), response.content_type, response.headers)


def says_error(body: Json) -> bool:
    """Return whether a body has the shape of an error, which one with the status 200 may have too."""
    if not isinstance(body, dict):
        return False
    return bool(body.get("error") or body.get("errors")) or body.keys() >= {"code", "message"}


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return how long an API wants to be left alone: it gives seconds, or a date by its own clock."""
    text = headers.get("Retry-After", "").strip()
    if text.replace(".", "", 1).isdecimal():
        return min(LONGEST_WAIT_S, float(text))
    at = _date(text)
    if at is None:
        return None
    theirs = _date(headers.get("Date", ""))
    return min(LONGEST_WAIT_S, max(0.0, at - (now if theirs is None else theirs)))


def ahead_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return how far the clock of an API is ahead of ours, None where it does not say."""
    theirs = _date(headers.get("Date", ""))
    return None if theirs is None else theirs - now


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _words(body: Json) -> str | None:
    """Return the sentence in an error body, wherever vendors put it."""
    if isinstance(body, str):
        return body
    if isinstance(body, list) and body:
        return _words(body[0])
    if not isinstance(body, dict):
        return None
    for key in ("message", "detail", "info", "error", "title", "errors", "reason"):
        found = _words(body.get(key))
        if found:
            return found
    return None


SKEW_S = 5.0
"""A clock that is further away from ours is told of."""


def skew(answer: Answer, now: float) -> str:
    """Return what to say of the API's clock, nothing where it goes as ours does."""
    ahead = ahead_s(answer.headers, now)
    if ahead is None or abs(ahead) <= SKEW_S:
        return ""
    return f"its clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} ours"


def json_or_none(answer: Answer) -> Json:
    """Return the body of an answer that need not have one."""
    try:
        return answer.json()
    except Failed:
        return None
