"""A made-up provider with every habit of the real ones: a list in pages, details, and details not ready yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from callmon.model.events import Event, Joined, Opened, Sampled
from callmon.model.frames import Fetch, Frame, Rejected, Route
from callmon.providers.provider import Limits, Watched
from tests.contract.fake import Asked, Fake

EVERY_S = 0.25
TOKEN = "s3cr3t-t0ken"
T0 = 1_800_000_000.0


@dataclass(frozen=True, slots=True)
class TinySettings:
    """What the made-up provider can be told."""

    every_s: float = field(
        default=EVERY_S, metadata={"description": "Seconds between two looks at the list."}
    )
    regions: tuple[str, ...] = field(default=(), metadata={"description": "Regions to ask about."})
    depth: Literal["all", "new"] = field(default="all", metadata={"description": "Which calls to list."})


class Tiny:
    """The reader: ``list`` frames name calls and the next page, ``detail`` frames hold their samples."""

    name: ClassVar[str] = "tiny"
    routes: ClassVar[tuple[Route, ...]] = ()
    BASE_URL: ClassVar[str] = "https://api.tiny.example/v1"
    LIMITS: ClassVar[Limits] = Limits(10.0, 10_000)
    AUTH: ClassVar[Literal["basic", "bearer"]] = "bearer"
    FORBIDDEN: ClassVar[frozenset[str]] = frozenset({"17000"})
    Settings: ClassVar[type[TinySettings]] = TinySettings

    def __init__(self, settings: TinySettings | None = None) -> None:
        self.settings = settings or TinySettings()

    def poll(self, now: float, watched: Watched) -> Iterator[Fetch]:
        every_s = self.settings.every_s
        for call in watched.asked:
            yield self._detail(call)
        if not watched.asked:
            yield Fetch("calls", "list", query=(("size", "2"),), after=now // every_s * every_s, weight=-1)

    def _detail(self, call: str, after: float = 0.0) -> Fetch:
        return Fetch(f"calls/{call}", "detail", {"call": call}, after=after)

    def read(self, frame: Frame) -> Iterator[Event | Fetch | Rejected]:
        body, call = frame.body, frame.about.get("call", "")
        if frame.about.get("status") == "404":
            yield self._detail(call, after=frame.at + 0.1)
        elif not isinstance(body, dict) or "error" in body:
            yield Rejected(frame.source, f"it says {body['error'] if isinstance(body, dict) else body}")
        elif frame.tag == "list":
            for one in body["calls"]:
                yield self._detail(one)
            if body.get("next"):
                yield Fetch(body["next"], "list", after=frame.at, weight=-1)
        else:
            yield Opened(call, frame.at, self.name)
            yield Joined(call, frame.at, "edge", "edge")
            for at, rtt in body["samples"]:
                yield Sampled(call, at, "edge", None, at, {"rtt_ms": rtt})


def calls(*ids: str, next: str | None = None) -> dict[str, Any]:
    return {"calls": list(ids), "next": next}


def detail(asked: Asked) -> dict[str, Any]:
    return {"samples": [[T0 + second, 80.0] for second in range(3)]}


def tiny_api(fake: Fake, *ids: str) -> None:
    """Answer as the made-up vendor does: two pages of calls, each call with its samples."""
    fake.on("/calls/{id}", detail, allows=set())
    half = (len(ids) + 1) // 2
    fake.pages(
        "/calls",
        [
            lambda asked: calls(*ids[:half], next=f"{fake.url}/calls?size=2&cursor=a%2Bb%3D%3D"),
            calls(*ids[half:]),
        ],
        lambda asked: (
            0 if asked.get("cursor") is None else 1 if asked.raw_path.endswith("a%2Bb%3D%3D") else None
        ),
        allows={"size", "cursor"},
        needs={"size"},
    )
