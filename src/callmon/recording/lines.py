"""The lines of a recording: what stands first, and then what happened, in its order, each as one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.model.codec import LATEST
from callmon.model.frames import Frame, Json, Rejected
from callmon.model.health import SourceHealth
from callmon.model.shapes import ShapeError, shape_of

FORMAT = "recording/1"
"""The format; it changes when an older reader would misread a newer writer."""

BEGINNING = b'{"callmon":"recording/'
"""What every recording begins with."""

TOLD = tuple(
    one.name
    for one in fields(SourceHealth)
    if one.name not in ("name", "frames", "rejected", "first_reason", "last_frame_at", "newest_at")
)
"""What of the health of a source is not worked out from its frames."""

_RULES = shape_of(RuleSet)
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True)
class Asked:
    """A source that has a reader of its own, made with ``settings``: the API of a provider."""

    name: str
    dialect: str
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself.

    ``id`` is the same in all ``part`` files of one recording, which count from 1. ``sources`` are names with
    dialects, without addresses; ``asked`` are those with a reader of their own. ``window_s``, ``max_calls``
    and ``keep_ended_s`` are how the engine was made, ``rules`` whose limits judged.
    """

    version: str
    at: float
    id: str
    part: int = 1
    sources: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    rules: RuleSet = RULE_SETS["telnyx"]
    window_s: float = 30.0
    max_calls: int = 20_000
    keep_ended_s: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """The engine was told that time passed."""

    at: float


@dataclass(frozen=True, slots=True)
class Told:
    """A source said how it does: values by the names of ``SourceHealth``."""

    source: str
    values: Mapping[str, Json]


Item = Header | Frame | Tick | Told | Rejected
"""What a line may say."""

_HEADER = shape_of(Header)
_NUMBERS = ("dropped", "gaps", "queued", "quota_used", "quota_left")


def header_document(header: Header) -> dict[str, Json]:
    """Return what stands in the first line."""
    return {"callmon": FORMAT, **_HEADER.write(header)}


def frame_document(frame: Frame, held: bool = False) -> dict[str, Json]:
    """Return a frame as a JSON object; ``held`` says that it stands for what came before the file begins."""
    return {
        "at": frame.at,
        "provider": frame.provider,
        "tag": frame.tag,
        **({"source": frame.source} if frame.source else {}),
        **({"about": dict(frame.about)} if frame.about else {}),
        **({"held": True} if held else {}),
        "body": frame.body,
    }


def tick_line(at: float) -> str:
    """Return the line of a tick."""
    return f'{{"tick":{at!r}}}'


def told_line(source: str, values: Mapping[str, Json]) -> str:
    """Return the line of what a source said of itself."""
    return _encode({"health": source, **values})


def lost_line(frames: int, reason: str) -> str:
    """Return the line that says that frames are missing here."""
    return _encode({"lost": frames, "reason": reason})


def line_of(document: Json) -> str:
    """Return a document as one line; RecursionError where it is nested too deeply."""
    return _encode(document)


def read(text: bytes | str, where: str, skip_held: bool = False) -> Item | None:
    """Return what a line says, None where it is of a kind that a newer callmon may know."""
    try:
        line = json.loads(text)
    except UnicodeDecodeError:
        return Rejected("", f"{where}: it is not UTF-8")
    except (ValueError, RecursionError):
        return Rejected("", f"{where}: it is no JSON, or cut off")
    if not isinstance(line, dict):
        return Rejected("", f"{where}: no line of a recording")
    if "provider" in line:
        return None if skip_held and line.get("held") is True else _frame(line, where)
    if "tick" in line:
        at = _time(line["tick"])
        return Tick(at) if at is not None else Rejected("", f"{where}: a tick at no time")
    if isinstance(line.get("health"), str):
        return Told(
            line["health"], {name: line[name] for name in TOLD if name in line and _fits(name, line[name])}
        )
    if "lost" in line:
        return Rejected(
            "", f"{where}: {line['lost']!s:.20} frames are missing: {line.get('reason', '')!s:.120}"
        )
    return _header(line, where) if "callmon" in line else None


def _frame(line: Mapping[str, Json], where: str) -> Frame | Rejected:
    at, about, source = _time(line.get("at")), line.get("about", {}), line.get("source", "")
    provider, tag = line["provider"], line.get("tag")
    words: Sequence[Any] = (provider, tag, source)
    if at is None or not all(isinstance(word, str) for word in words) or not isinstance(about, dict):
        return Rejected("", f"{where}: a frame without time, provider or tag")
    if not all(type(word) is str for word in about.values()):
        about = {name: str(word) for name, word in about.items()}
    return Frame(provider, at, tag or "", line.get("body"), about, source)


def _header(line: Mapping[str, Json], where: str) -> Header | Rejected:
    if line["callmon"] != FORMAT:
        return Rejected(
            "", f"{where}: a recording of another format than {FORMAT}: is it from a newer callmon?"
        )
    try:
        found: Header = _HEADER.read(line)
    except ShapeError as error:
        return Rejected("", f"{where}: the header of the recording: {error}")
    return found


def _time(value: Json) -> float | None:
    good = type(value) in (int, float) and 0 <= value <= LATEST
    return float(value) if good else None


def _fits(name: str, value: Json) -> bool:
    """Return whether a value can be one of a source's health."""
    if name in ("state", "detail"):
        return isinstance(value, str)
    if name in _NUMBERS:
        return type(value) is int or (value is None and name.startswith("quota"))
    return value is None or _time(value) is not None


def settings_of(settings: Any) -> dict[str, Json]:
    """Return the settings of a reader as JSON."""
    found: dict[str, Json] = json.loads(json.dumps(asdict(settings)))
    return found
