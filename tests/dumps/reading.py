"""Reading documents as opening a file does: form, frames, what they mean, and time that passes between them."""

from __future__ import annotations

import copy
import gzip
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from callmon.dumps.documents import DOCUMENTS
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.daily import Daily
from callmon.providers.provider import Provider
from callmon.providers.telnyx import Telnyx
from callmon.providers.twilio_video import TwilioVideo
from callmon.providers.twilio_voice import TwilioVoice
from callmon.providers.webrtc import WebRTC
from callmon.query.document import document

INTERNALS = Path(__file__).parent.parent / "recordings" / "internals"
SCENARIOS = sorted(path.name.removesuffix(".json.gz") for path in INTERNALS.glob("*.json.gz"))
MOST_TICKS = 600


@dataclass
class Read:
    """What came of a document."""

    form: str | None
    frames: list[Frame] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)

    @property
    def calls(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.document["calls"]
        return found

    @property
    def call(self) -> dict[str, Any]:
        (found,) = self.calls
        return found


def read(value: Any, name: str = "file") -> Read:
    """Read a document to its end; what a provider rejects counts too."""
    form = next((form for form in DOCUMENTS if form.fits(value)), None)
    if form is None:
        return Read(None)
    found = Read(form.name)
    for item in form.frames(value, name):
        if isinstance(item, Frame):
            found.frames.append(item)
        else:
            found.rejected.append(item)
    return fold(found)


def fold(found: Read) -> Read:
    """Play the frames of a document."""
    engine = Engine(RULE_SETS["telnyx"])
    readers: dict[str, Provider] = {
        one.name: one for one in (WebRTC(), Telnyx(), TwilioVoice(), TwilioVideo(), Daily())
    }
    before: float | None = None
    for frame in found.frames:
        assert before is None or frame.at >= before, "frames are in the order of time"
        if before is not None:
            for tick in range(1, min(MOST_TICKS, int(frame.at - before))):
                engine.tick(before + tick)
        before = frame.at
        items = list(readers[frame.provider].read(frame))
        found.rejected += [item for item in items if isinstance(item, Rejected)]
        engine.fold([item for item in items if not isinstance(item, Rejected | Fetch)], frame.at)
    found.document = document(engine.calls.values(), (), "telnyx", before or 0.0)
    return found


@cache
def _dump(scenario: str) -> Any:
    with gzip.open(INTERNALS / f"{scenario}.json.gz") as file:
        return json.load(file)


def dump(scenario: str) -> dict[str, Any]:
    """A webrtc-internals dump of ours, to do with as one likes."""
    found: dict[str, Any] = copy.deepcopy(_dump(scenario))
    return found


@cache
def opened(scenario: str) -> Read:
    """A webrtc-internals dump of ours, read."""
    return read(_dump(scenario), scenario)


def brief(call: dict[str, Any]) -> tuple[Any, ...]:
    """What somebody wants to know first of a call."""
    ice = call["ice"] or {"verdict": None, "findings": []}
    return (
        call["state"],
        ice["verdict"],
        sorted(issue["code"] for issue in call["issues"]),
        sorted(finding["code"] for finding in ice["findings"]),
    )
