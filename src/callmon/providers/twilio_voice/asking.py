"""What is asked of Twilio's Insights, and when: lists of calls, and of each call its metrics, events and summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from callmon.model.frames import Fetch, Json
from callmon.providers.provider import Watched
from callmon.providers.twilio_voice.record import Record
from callmon.providers.twilio_voice.words import EDGES, EDGES_OF, SID, part
from callmon.w3c.report import Entry, text

SUMMARIES, METRICS, EVENTS, SUMMARY = "summaries", "metrics", "events", "summary"
"""Tags of what is asked."""

FILTERS = frozenset(
    ("From", "To", "FromCarrier", "ToCarrier", "FromCountryCode", "ToCountryCode", "VerifiedCaller", "HasTag")
    + (
        "StartTime",
        "EndTime",
        "CallType",
        "CallState",
        "Direction",
        "ProcessingState",
        "SortBy",
        "Subaccount",
    )
    + ("AbnormalSession", "AnsweredBy", "AnsweredByAnnotation", "ConnectivityIssueAnnotation")
    + ("QualityIssueAnnotation", "SpamAnnotation", "CallScoreAnnotation", "BrandedEnabled")
    + ("BrandedBundleSid", "BrandedLogo", "BrandedType", "BrandedUseCase", "BrandedCallReason")
    + ("VoiceIntegrityEnabled", "VoiceIntegrityBundleSid", "VoiceIntegrityUseCase")
    + ("BusinessProfileIdentity", "BusinessProfileIndustry", "BusinessProfileBundleSid")
    + ("BusinessProfileType",)
)
"""By what the list of calls may be narrowed down, as the API calls it."""

AFTER_END_S = (0.0, 30.0, 90.0, 300.0, 600.0, 1800.0)
"""When rows are asked for after the end of a call: they are there within 90 s, and some come late."""

SUMMARY_AFTER_END_S = (0.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 2700.0, 3600.0)
"""When the summary is asked for after the end: it is there in part within 10 minutes, whole within 30."""

_AFTER_S = sorted({*AFTER_END_S, *SUMMARY_AFTER_END_S})

NOT_YET_S = (30.0, 60.0, 120.0, 300.0, 600.0)
"""How long after a 404 the next try is made, the first time and so on; then the last of these again."""

PATIENCE_S = 14_400.0
"""A call of which Twilio says for so long that there is none is asked about no more."""

LONGEST_URL = 4000
MAX_PAGES = 2000
"""More pages than this of one list are a circle."""

LOOK_S = 30.0
"""A call of which nothing was heard, and of which nothing is due, is not gone through more often than this."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which calls are watched and how often they are looked at; the credential is not part of it."""

    calls: tuple[str, ...] = field(
        default=(), metadata={"description": "Call SIDs to watch; without any, the list of calls is read."}
    )
    discover: bool | None = field(
        default=None, metadata={"description": "Read the list of calls (default: when no calls are named)."}
    )
    filters: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "description": "Filters of the list by their names in the API, such as CallType = 'client'."
        },
    )
    since: str = field(
        default="4h", metadata={"description": "How far back the list goes, such as 30m or 3d."}
    )
    edges: tuple[str, ...] = field(
        default=(), metadata={"description": "Edges to read (default: all that calls of the type have)."}
    )
    direction: str = field(
        default="", metadata={"description": "Read rows of one direction only: inbound, outbound or both."}
    )
    page_size: int = field(default=1000, metadata={"description": "Rows of a page, 1 to 1000."})
    list_every_s: float = field(
        default=60.0, metadata={"description": "Seconds between two looks at the list."}
    )
    every_s: float = field(
        default=30.0,
        metadata={"description": "Seconds between two looks at a call that lasts and is on screen."},
    )
    idle_every_s: float = field(
        default=120.0, metadata={"description": "Seconds between two looks at any other call that lasts."}
    )

    def __post_init__(self) -> None:
        """Refuse what the API would refuse: ValueError says what."""
        for sid in self.calls:
            if not SID.fullmatch(sid):
                raise ValueError(f"calls: {sid[:40]!r} is no call SID: CA and 32 hexadecimal digits")
        for name in self.filters:
            if name not in FILTERS:
                raise ValueError(f"filters: {name[:40]!r} is none of {', '.join(sorted(FILTERS))}")
        for edge in self.edges:
            if edge not in EDGES:
                raise ValueError(f"edges: {edge[:40]!r} is none of {', '.join(EDGES)}")
        if self.direction not in ("", "inbound", "outbound", "both"):
            raise ValueError("direction: write inbound, outbound or both")
        if not 1 <= self.page_size <= 1000:
            raise ValueError("page_size: write a number from 1 to 1000")
        if min(self.list_every_s, self.every_s, self.idle_every_s) < 1:
            raise ValueError("list_every_s, every_s, idle_every_s: write 1 second or more")

    @property
    def lists(self) -> bool:
        """Whether the list of calls is read."""
        return not self.calls if self.discover is None else self.discover


@dataclass(slots=True)
class Course:
    """How far the asking about one call has got.

    ``resume`` holds, by resource and edge, the page to begin with next time, the last that was read, with its
    number; ``missing`` how often there was nothing, and ``not_before`` when it is asked for again. ``default``
    is the edge that Twilio named by itself. Until ``quiet_until`` nothing becomes due unless something is heard,
    or ``looked`` changes: whether somebody looks at the call.
    """

    first_asked_at: float
    listed_at: float | None = None
    read_after: dict[str, float] = field(default_factory=dict)
    resume: dict[str, tuple[str, int]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    not_before: dict[str, float] = field(default_factory=dict)
    default: str | None = None
    over: bool = False
    quiet_until: float = 0.0
    looked: bool = False

    def is_quiet(self, now: float, looked: bool) -> bool:
        """Whether what is to be asked is what was to be asked before."""
        return looked == self.looked and now < self.quiet_until <= now + LOOK_S


def of_list(settings: Settings, now: float) -> Fetch:
    """Return the request for the list of calls."""
    slot = now // settings.list_every_s * settings.list_every_s
    given = {"StartTime": settings.since, "ProcessingState": "all"} | dict(settings.filters)
    query = (*sorted(given.items()), ("PageSize", str(settings.page_size)))
    return Fetch("Voice/Summaries", SUMMARIES, {}, query, slot, SUMMARIES, 50)


def of_call(
    settings: Settings, record: Record, course: Course, now: float, watched: Watched
) -> Iterator[Fetch]:
    """Return the requests about one call that are due; said again they are the same."""
    ended = record.ended_at
    if course.over:
        return
    every = settings.every_s if record.call in watched.first else settings.idle_every_s
    slot = _slot(AFTER_END_S, ended, now, every, course)
    for edge in edges(settings, record, course):
        yield _rows(settings, record.call, course, METRICS, edge, slot)
    yield _rows(settings, record.call, course, EVENTS, "", slot)
    if True not in record.facts and not _is_listed(settings, course, now):
        slot = _slot(SUMMARY_AFTER_END_S, ended, now, every, course)
        yield _summary(record.call, max(slot, course.not_before.get(f"{SUMMARY}/", 0.0)))


def be_quiet(settings: Settings, record: Record, course: Course, now: float, looked: bool) -> None:
    """Let a call rest until the next thing about it is due."""
    ended, every = record.ended_at, settings.every_s if looked else settings.idle_every_s
    if ended is None or ended > now:
        coming = (now // every + 1) * every
    else:
        coming = min((ended + s for s in _AFTER_S if ended + s > now), default=now + LOOK_S)
    course.looked, course.quiet_until = looked, min(coming, now + LOOK_S)


def edges(settings: Settings, record: Record, course: Course) -> tuple[str, ...]:
    """Return the edges to ask about: '' is the one that Twilio names when it is not told which."""
    if settings.edges:
        return settings.edges
    found = _edges(record)
    return tuple("" if edge == course.default else edge for edge in found)


def _edges(record: Record) -> tuple[str, ...]:
    best = record.best
    seen = record.edges | set(best.edges if best is not None else ())
    usual = EDGES_OF.get(best.call_type or "", ()) if best is not None else ()
    return tuple(edge for edge in EDGES if edge in seen or edge in usual) or ("",)


def is_done(record: Record, course: Course, settings: Settings) -> bool:
    """Whether there is nothing more to come: the summary is complete and everything was read after it was due."""
    ended = record.ended_at
    if ended is None or True not in record.facts:
        return False
    names = [f"{METRICS}/{edge}" for edge in edges(settings, record, course)] + [f"{EVENTS}/"]
    return all(course.read_after.get(name, 0.0) >= ended + 90.0 for name in names)


def _slot(after_s: tuple[float, ...], ended: float | None, now: float, every: float, course: Course) -> float:
    """Return from when on something is to be asked: the last time that has come."""
    if ended is None or ended > now:
        return max(course.first_asked_at, now // every * every)
    return max((ended + s for s in after_s if ended + s <= now), default=ended)


def _is_listed(settings: Settings, course: Course, now: float) -> bool:
    """Whether the list, which holds the same summaries, still tells of the call."""
    return course.listed_at is not None and now - course.listed_at < 2.5 * settings.list_every_s


def _rows(settings: Settings, call: str, course: Course, tag: str, edge: str, slot: float) -> Fetch:
    """Return the request for the rows of one edge: its first page, or the last one that was read."""
    about = {"call": call, "edge": edge}
    name = f"{tag}/{edge}"
    weight = 20 if tag == METRICS else 30
    slot = max(slot, course.not_before.get(name, 0.0))
    if name in course.resume:
        url, page = course.resume[name]
        return Fetch(url, tag, about | {"page": str(page), "url": url}, (), slot, f"{call}/{name}", weight)
    query = [("PageSize", str(settings.page_size))]
    if tag == METRICS and settings.direction:
        query.insert(0, ("Direction", settings.direction))
    if tag == METRICS and edge:
        query.insert(0, ("Edge", edge))
    path = f"Voice/{call}/{'Metrics' if tag == METRICS else 'Events'}"
    return Fetch(path, tag, about, tuple(query), slot, f"{call}/{name}", weight)


def next_page(meta: Json, tag: str, about: Mapping[str, str], at: float) -> Fetch | None:
    """Return the request for the page after this one, at the address that Twilio gives, or None at the last."""
    url = meta.get("next_page_url") if isinstance(meta, dict) else None
    page = page_of(about) + 1
    if not isinstance(url, str) or not 0 < len(url) <= LONGEST_URL or not url.isprintable():
        return None
    if url == about.get("url") or page > MAX_PAGES:
        return None
    told = {key: value for key, value in about.items() if key in ("call", "edge")}
    return Fetch(url, tag, told | {"page": str(page), "url": url}, (), at, url, 15)


def page_of(about: Mapping[str, str]) -> int:
    """Return which page an answer is, 0 for the first."""
    told = about.get("page", "0")
    return int(told) if told.isdecimal() and len(told) < 9 else 0


def not_yet(
    settings: Settings, call: str, course: Course, tag: str, about: Mapping[str, str], at: float
) -> Fetch:
    """Return the next try at something of which Twilio says that it is not there.

    A further page that is not there any more is one whose token has expired: reading begins anew.
    """
    edge = about.get("edge", "")
    name = f"{tag}/{edge}"
    if course.resume.pop(name, None) is not None or page_of(about):
        return _rows(settings, call, course, tag, edge, at)
    tries = course.missing[name] = course.missing.get(name, 0) + 1
    after = course.not_before[name] = at + NOT_YET_S[min(tries, len(NOT_YET_S)) - 1]
    return _summary(call, after) if tag == SUMMARY else _rows(settings, call, course, tag, edge, after)


def _summary(call: str, slot: float) -> Fetch:
    query = (("ProcessingState", "all"),)
    return Fetch(f"Voice/{call}/Summary", SUMMARY, {"call": call}, query, slot, f"{call}/{SUMMARY}", 10)


def listed(body: Entry, key: str) -> Iterable[Json] | None:
    """Return the records of a page, which are under the key that its ``meta`` names, or None."""
    name = text(part(body, "meta"), "key") or key
    found = body.get(name)
    if not isinstance(found, list):
        found = body.get(key)
    return found if isinstance(found, list) else None
