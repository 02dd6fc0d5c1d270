"""What is asked of the vendor's report services: which reports there are, and those of single calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from callmon.model.frames import Fetch, Json
from callmon.providers.provider import Watched
from callmon.providers.telnyx.shapes import moment, part
from callmon.providers.telnyx.told import MAX_CALLS, Calls
from callmon.w3c.report import Entry, num, text

LIST = "/v2/voice_sdk_call_reports"
"""Where all stored parts of reports are listed, newest first, and below it those of a call."""

SERVICE = "/api/v1/calls"
"""Where the report service that the documentation shows has its calls, by user."""

LONGEST_WAIT_S = 3600.0
MOST_TRIES = 12
_SHORTEST_S = 5.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What of the stored reports is read."""

    calls: tuple[str, ...] = field(
        default=(), metadata={"description": "Ids of calls whose reports are read however old they are."}
    )
    look_back_s: float = field(
        default=3600.0, metadata={"description": "Seconds that the list of reports is read back."}
    )
    every_s: float = field(default=60.0, metadata={"description": "Seconds between two looks at the list."})
    page_size: int = field(default=50, metadata={"description": "Reports of a page."})
    user: str = field(
        default="",
        metadata={
            "description": "User whose calls a report service at base_url has, under /api/v1/calls; "
            "it has no list and is asked for calls that are named or live."
        },
    )


class Asking:
    """What is still wanted, and when; ``calls`` says which are over."""

    def __init__(self, settings: Settings, calls: Calls) -> None:
        """Ask as ``settings`` say."""
        self._settings = settings
        self._every_s = max(_SHORTEST_S, settings.every_s)
        self._calls = calls
        self._due: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._newest: dict[str, float] = {}
        self._met: dict[str, None] = {}
        self._caught_up = False

    def poll(self, now: float, watched: Watched) -> Iterator[Fetch]:
        """Return what is wanted now: the newest page of the list, and the calls that were asked for by name."""
        wanted = dict.fromkeys((*watched.asked, *self._settings.calls))
        if self._settings.user:
            self._met |= dict.fromkeys(sorted(watched.live))
            while len(self._met) > MAX_CALLS:
                del self._met[next(iter(self._met))]
            wanted |= self._met
        elif not watched.asked:
            yield self._page(1, now // self._every_s * self._every_s)
        for call in wanted:
            if not self._calls.is_over(call) and self._tries.get(call, 0) < MOST_TRIES:
                yield self._call(call, self._due.get(call, 0.0))

    def listed(self, data: list[Json], body: Entry, at: float) -> Iterator[Fetch]:
        """Return what follows from a page of the list: the calls that have something new, and the next page."""
        items = [item for item in data if isinstance(item, dict)]
        times = [(item, _stored(item)) for item in items]
        since = at - self._settings.look_back_s
        newest: dict[str, float] = {}
        for item, stored in times:
            call = text(item, "call_id") or text(part(item, "summary"), "callId")
            if call is not None and stored is not None and stored >= since:
                newest[call] = max(stored, newest.get(call, 0.0))
        new = {call: stored for call, stored in newest.items() if stored > self._newest.get(call, 0.0)}
        for call, stored in new.items():
            self._newest[call] = stored
            # A call that waits already is read with everything that it has got since.
            yield self._call(call, at, call)
        # What is older is not looked at again: see above.
        self._newest = {call: stored for call, stored in self._newest.items() if stored >= since}
        reached = any(stored is not None and stored < since for _, stored in times)
        following = self._next(part(body, "meta"), len(items))
        if reached or following is None:
            self._caught_up = True
        elif new or not self._caught_up:
            yield self._page(following, at)

    def _next(self, meta: Entry | None, count: int) -> int | None:
        """Return the number of the page after this one, None where this is the last."""
        page, pages = num(meta, "page_number"), num(meta, "total_pages")
        if page is None or not 1 <= page < 1e6 or not count:
            return None
        more = page < pages if pages is not None else count >= self._settings.page_size
        return int(page) + 1 if more else None

    def read(self, call: str, at: float, there: bool) -> None:
        """Take note that the report of a call was read; where it is not ``there`` yet it is asked for more slowly."""
        if self._calls.is_over(call):
            self._tries.pop(call, None)
            self._due.pop(call, None)
            return
        tries = self._tries[call] = 0 if there else self._tries.get(call, 0) + 1
        self._due[call] = at + min(LONGEST_WAIT_S, self._every_s * 2.0 ** max(0, tries - 1))
        for kept in (self._tries, self._due):
            if len(kept) > MAX_CALLS:
                del kept[next(iter(kept))]

    def ice(self, call: str, at: float) -> Fetch | None:
        """Return the request for the connectivity of a call, which that service may give apart."""
        if not self._settings.user:
            return None
        path = f"{SERVICE}/{quote(self._settings.user, safe='')}/{quote(call, safe='')}/ice"
        return Fetch(path, "ice", {"call": call}, after=at)

    def _page(self, number: int, after: float) -> Fetch:
        query = (
            ("page[number]", str(number)),
            ("page[size]", str(self._settings.page_size)),
            ("sort", "-created_at"),
        )
        return Fetch(LIST, "reports", {}, query, after)

    def _call(self, call: str, after: float, key: str | None = None) -> Fetch:
        name = quote(call, safe="")
        user = quote(self._settings.user, safe="")
        path = f"{SERVICE}/{user}/{name}" if user else f"{LIST}/{name}"
        return Fetch(path, "call", {"call": call}, after=after, key=key, weight=1)


def items_of(body: Json) -> list[Json] | None:
    """Return what a page of a list holds, None where this is no page."""
    data = body.get("data") if isinstance(body, dict) else None
    return data if isinstance(data, list) else None


def failure(body: Json) -> str | None:
    """Return what an error body says in one line, None where it is none."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list) or not errors:
        return None
    first = errors[0] if isinstance(errors[0], dict) else {}
    said: Iterable[str | None] = (text(first, "code"), text(first, "title"), text(first, "detail"))
    return " ".join(word for word in said if word is not None) or "an error without words"


def _stored(item: Entry) -> float | None:
    found = (moment(item.get(key)) for key in ("stored_at", "created_at"))
    known = [at for at in found if at is not None]
    return known[0] if known else moment((part(item, "summary") or {}).get("endTimestamp"))
