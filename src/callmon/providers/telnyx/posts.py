"""Call reports: the parts in which the SDK posts them, each read once and in the order of the call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from callmon.model.events import Closed, Event, Joined, Noted, Opened, Reported
from callmon.model.frames import Json
from callmon.model.text import printable
from callmon.providers.telnyx.rows import Row, events, rows_of
from callmon.providers.telnyx.shapes import moment, part
from callmon.providers.telnyx.told import Calls, Place, PostKey, Told
from callmon.w3c.report import Entry, num, text

OVER = frozenset({"hangup", "destroy", "purge", "done"})
"""States of a call of the SDK after which there is no call."""

HOLD_S = 10.0
"""A part whose predecessor is missing waits so long for it; the SDK gives up retrying a post sooner."""

AGREE_S = 5.0
"""Clocks that differ by less than this are taken to agree."""

SECONDS_MS = 0.05
"""Jitter that stays below this many milliseconds was probably written in seconds."""

FLUSH_S = 180.0
"""How often the SDK posts a part where it does not say."""

MAX_LINES = 40
"""How many lines of a log are shown of one part of a report."""

_MAX_HELD = 8
_HARMLESS = frozenset({"buffer-limit", "manual"})
_LOUD = ("error", "warn")


@dataclass(frozen=True, slots=True)
class Post:
    """One part of a report as the SDK posted it; ``received`` is when, on a clock that is right (None: unknown)."""

    call: str
    segment: int | None
    rows: list[Row]
    summary: Entry
    body: Entry
    received: float | None

    @property
    def key(self) -> PostKey:
        """What tells a retry: the same segment that begins at the same time."""
        return self.segment, self.rows[0].start if self.rows else moment(self.summary.get("endTimestamp"))

    @property
    def first(self) -> float:
        """When it begins, on the sender's clock."""
        return self.rows[0].start if self.rows else moment(self.summary.get("endTimestamp")) or 0.0

    @property
    def state(self) -> str:
        """The state of the call as it was posted."""
        return (text(self.summary, "state") or "").lower()

    @property
    def final(self) -> bool:
        """Whether it is the last one: only those on the way have a flushReason; the end time says nothing."""
        return part(self.body, "flushReason") is None or self.state in OVER


def is_post(body: Json) -> bool:
    """Whether this is a part of a report; ``call_id`` stands for the summary in what is stored without one."""
    if not isinstance(body, dict) or "stats" not in body and "logs" not in body and "segment" not in body:
        return False
    return isinstance(body.get("summary"), dict) or isinstance(body.get("call_id"), str)


def post_of(body: Entry, call: str | None, received: float | None) -> Post | None:
    """Return a part of a report, or None where no call is named; ``call`` is what the request said of it."""
    summary = part(body, "summary") or {}
    name = text(summary, "callId") or text(body, "call_id") or call
    if name is None:
        return None
    number = num(body, "segment")
    segment = int(number) if number is not None and 0 <= number < 1e6 else None
    rows = rows_of(body.get("stats"), moment(summary.get("endTimestamp")))
    stored = moment(body.get("stored_at")) or moment(body.get("created_at"))
    return Post(name, segment, rows, summary, body, stored if stored is not None else received)


class Posts:
    """Parts of reports that came before the one that they follow, and wait for it."""

    def __init__(self, calls: Calls) -> None:
        """Start with nothing that waits."""
        self._calls = calls
        self._held: dict[str, list[tuple[float, Post]]] = {}

    def take(self, post: Post, at: float) -> list[Post]:
        """Return what is to be read now that a part came ``at``: nothing for one that came before.

        Only where an earlier part was seen can one be missing; whoever begins to listen in the middle of a call
        reads on from there.
        """
        told = self._calls[post.call]
        if not told.is_new_post(post.key):
            return []
        early = post.segment is not None and told.segment > 0 and post.segment > told.segment
        if early:
            held = self._held.setdefault(post.call, [])
            held.append((at, post))
            return self._let_go(post.call) if len(held) > _MAX_HELD else []
        return [post, *self._following(post.call, told, post)]

    def whole(self, posts: list[Post]) -> tuple[list[Post], bool]:
        """Return what is to be read of all parts of a call, and whether it begins anew with the first of them.

        It does when there is one among them that belongs before what was read; frames of a call cannot be told
        again, so what comes late then is left out.
        """
        told = self._calls[posts[0].call]
        posts = sorted(posts, key=lambda post: post.first)
        new = [post for post in posts if told.is_new_post(post.key)]
        anew = not told.live and any(post.rows and post.first < told.later_until for post in new)
        if anew:
            told.forget()
            keys: dict[PostKey, Post] = {}
            for post in posts:
                keys.setdefault(post.key, post)
            new = list(keys.values())
        for post in new:
            self._count(told, post)
        return new, anew

    def overdue(self, now: float) -> list[Post]:
        """Return what has waited for long enough."""
        late = [call for call, held in self._held.items() if now - held[0][0] >= HOLD_S]
        return [post for call in late for post in self._let_go(call)]

    def _following(self, call: str, told: Told, post: Post) -> Iterator[Post]:
        """Return the parts that waited for this one, in their order."""
        self._count(told, post)
        held = self._held.get(call)
        while held:
            following = next((one for one in held if one[1].segment == told.segment), None)
            if following is None:
                return
            held.remove(following)
            self._count(told, following[1])
            yield following[1]
        self._held.pop(call, None)

    def _let_go(self, call: str) -> list[Post]:
        posts = sorted((post for _, post in self._held.pop(call, [])), key=lambda post: post.first)
        for post in posts:
            self._count(self._calls[call], post)
        return posts

    @staticmethod
    def _count(told: Told, post: Post) -> None:
        """Expect the next part; after the last one another connection of the same call begins at 0 again."""
        told.segment = 0 if post.final else max(told.segment, (post.segment or 0) + 1)


def read(post: Post, told: Told, provider: str, at: float) -> Iterator[Event]:
    """Return what a part of a report means, which came ``at`` (epoch seconds)."""
    place = Place(post.call, told.leg, at, _offset(post))
    began, ended = (moment(post.summary.get(key)) for key in ("startTimestamp", "endTimestamp"))
    first = began if began is not None else post.first or at
    label = None if told.labelled else _other_end(post.summary)
    every_s = None if told.live or post.final else _flush_s(post)
    yield Opened(post.call, place.when(first), provider, None, label, every_s)
    yield Joined(post.call, place.when(first), place.leg, "peer", None, _attributes(post))
    zeros, named, late = _writes_zeros(post.body), dict[str, str | None](), 0
    for row in post.rows:
        late += not told.live and row.end <= told.later_until
        yield from events(row, place, told, zeros, named)
    if late:
        words = f"{late} rows of the report came after later ones and are not in the history"
        yield Noted(post.call, at, place.leg, "vendor", words, "late-rows")
    yield from _doubts(post, place)
    yield from _lines(post, place)
    if post.final and post.state != "recovering":
        yield Reported(post.call, at, place.leg, status="final")
    end = place.when(ended) if ended is not None else place.when(post.rows[-1].end) if post.rows else at
    yield from _end(post, place, end)
    told.over = told.over or (post.final and post.state != "recovering")


def _end(post: Post, place: Place, end: float) -> Iterator[Event]:
    flush = part(post.body, "flushReason") or {}
    why = text(flush, "type")
    if post.final and post.state == "recovering":
        yield Noted(post.call, end, place.leg, "vendor", "the SDK lets its connection go, to attach again")
    elif post.final:
        yield Closed(post.call, end)
    elif why is not None and why not in _HARMLESS:
        closed = part(flush, "socketClose") or {}
        code = num(closed, "code")
        words = [
            f"{code:.0f}" if code is not None else None,
            text(closed, "codeName"),
            text(closed, "reason"),
        ]
        more = " ".join(word for word in words if word is not None)
        yield Noted(post.call, end, place.leg, "vendor", f"report sent early: {why} {more}".rstrip(), why)


def _offset(post: Post) -> float:
    """Return by how much the sender's clock is to be set back: a report of the future was written by a wrong one.

    One of the past may have been sent late, or sent again, so that its own times stand.
    """
    sent = moment(post.summary.get("endTimestamp"))
    if sent is None or post.received is None or sent - post.received < AGREE_S:
        return 0.0
    return post.received - sent


def _flush_s(post: Post) -> float:
    """Return how often the SDK posts a part, in seconds."""
    told = num(part(part(post.summary, "clientSummary") or {}, "callReports"), "flushIntervalMs")
    return told / 1000.0 if told is not None and 1000.0 <= told <= 3.6e6 else FLUSH_S


def _other_end(summary: Entry) -> str | None:
    inbound = text(summary, "direction") == "inbound"
    return text(summary, "callerNumber" if inbound else "destinationNumber")


def _attributes(post: Post) -> dict[str, str]:
    version = text(post.summary, "sdkVersion") or text(post.body, "version")
    region = text(part(post.body, "voice_sdk_id_decoded"), "region")
    connection = part(part(post.summary, "clientSummary") or {}, "connection")
    told = {
        "direction": text(post.summary, "direction"),
        "region": region or text(connection, "region"),
        "agent": text(post.body, "user_agent"),
        "telnyx_session": text(post.summary, "telnyxSessionId") or text(post.body, "telnyx_session_id"),
        "telnyx_leg": text(post.summary, "telnyxLegId") or text(post.body, "telnyx_leg_id"),
    }
    sdk = "Telnyx Android SDK" if _writes_zeros(post.body) else "Telnyx WebRTC SDK"
    named = {"sdk": f"{sdk} {version}" if version is not None else sdk}
    return named | {key: value for key, value in told.items() if value is not None}


def _writes_zeros(body: Entry) -> bool:
    """Whether the sender writes 0 for what it does not know: the Android SDK, which alone has this member."""
    return isinstance(body.get("android_extra"), dict | list | str)


def _doubts(post: Post, place: Place) -> Iterator[Reported]:
    """Say so where jitter is too small for milliseconds; it is shown as it came all the same."""
    received = [part(part(row.body, "audio") or {}, "inbound") for row in post.rows]
    jitters = [value for entry in received if (value := num(entry, "jitterAvg"))]
    if jitters and max(jitters) < SECONDS_MS:
        words = f"the report's jitter never exceeds {max(jitters):g} ms: it may have been written in seconds"
        yield Reported(post.call, place.at, place.leg, {"note": words})


def _lines(post: Post, place: Place) -> Iterator[Noted]:
    """Return the loudest lines of the log, in their order; what is for debugging the SDK is left out."""
    logs = post.body.get("logs")
    logs = logs.get("entries") if isinstance(logs, dict) else logs
    entries = [entry for entry in logs if isinstance(entry, dict)] if isinstance(logs, list) else []
    said = [(_loudness(entry), number) for number, entry in enumerate(entries)]
    chosen = sorted(number for loudness, number in sorted(one for one in said if one[0] < 3)[:MAX_LINES])
    for number in chosen:
        entry = entries[number]
        message, clock = text(entry, "message"), moment(entry.get("timestamp"))
        if message is not None:
            at = place.when(clock) if clock is not None else place.at
            level = (text(entry, "level") or "info").lower()
            shown = message if level not in _LOUD else f"{level}: {message}"
            yield Noted(post.call, at, place.leg, "vendor", printable(shown), f"log-{level}")
    if len(said) > len(chosen) and any(loudness < 3 for loudness, _ in said[MAX_LINES:]):
        rest = sum(loudness < 3 for loudness, _ in said) - len(chosen)
        yield Noted(
            post.call, place.at, place.leg, "vendor", f"{rest} more lines of the SDK's log", "log-more"
        )


def _loudness(entry: Entry) -> int:
    level = (text(entry, "level") or "info").lower()
    return _LOUD.index(level) if level in _LOUD else 3 if level == "debug" else 2
