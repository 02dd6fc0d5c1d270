"""The recordings, what is in them, and what callmon says of them."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC
from callmon.query.document import document
from callmon.sources.files import open_file

FOLDER = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz"))
HEALTHY = [
    f"{name}-{side}"
    for name in (
        "voice_opus_clean",
        "av_clean",
        "ff_av_clean",
        "simulcast_sfu",
        "relay_fallback",
        "relay_tcp_a",
    )
    for side in "ab"
]


def path_of(name: str) -> Path:
    """The file of a recording."""
    return FOLDER / f"{name}.jsonl.gz"


@cache
def rows(name: str) -> tuple[dict[str, Any], ...]:
    """The lines of a recording, as JSON reads them."""
    with gzip.open(path_of(name), "rt", encoding="utf-8") as file:
        return tuple(json.loads(line) for line in file)


@cache
def frames(name: str) -> tuple[Frame, ...]:
    """The frames that opening a recording gives."""
    found: list[Frame] = []
    open_file(str(path_of(name)), name, found.append)
    return tuple(found)


def replay(name: str, rules: str = "telnyx") -> Engine:
    """An engine that has seen a recording."""
    engine, reader = Engine(RULE_SETS[rules]), WebRTC()
    for frame in frames(name):
        items = list(reader.read(frame))
        assert not [item for item in items if isinstance(item, Rejected)]
        engine.fold([item for item in items if not isinstance(item, Rejected | Fetch)], frame.at)
    return engine


def said(name: str, rules: str = "telnyx") -> dict[str, Any]:
    """The document of a recording at its end."""
    engine = replay(name, rules)
    whole: dict[str, Any] = document(engine.calls.values(), (), rules, frames(name)[-1].at)
    return whole


@cache
def call(name: str) -> dict[str, Any]:
    """What is said of the one call of a recording."""
    (found,) = said(name)["calls"]
    assert isinstance(found, dict)
    return found
