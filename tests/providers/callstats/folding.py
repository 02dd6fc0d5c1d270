"""Frames of callstats clients, and what becomes of them as a monitor reads and folds them."""

from __future__ import annotations

from typing import Any, TypeVar

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.callstats import Callstats
from callmon.providers.callstats.envelope import epoch_s
from tests.providers.callstats.witnesses import BORN, Script, Swagger

E = TypeVar("E")


def frame(
    tag: str, body: Json, at: float, leg: str = "uc-31f", user: str = "agent-4", call: str = "room-7"
) -> Frame:
    return Frame("callstats", at, tag, body, {"app": "487", "call": call, "leg": leg, "user": user}, "test")


def of(kind: type[E], found: list[Any]) -> list[E]:
    return [one for one in found if isinstance(one, kind)]


def conference(client: Swagger, leg: str = "uc-31f", seconds: int = 90) -> list[Frame]:
    """All frames of one participant: joined, set up, statistics every 15 s with 1 packet in 25 lost, left."""
    said = [("join", client.join()), *client.story()]
    said += [client.stats(second, lost=2 * second) for second in range(15, seconds + 1, 15)]
    said += client.end(seconds + 5.0)
    return [
        frame(tag, body, epoch_s(body["timestamp"]) + 0.1, leg, client.user)  # type: ignore[operator]
        for tag, body in said
    ]


def fold(frames: list[Frame], rules: RuleSet = RULE_SETS["telnyx"]) -> tuple[Engine, list[str]]:
    """Read and fold frames as a monitor does, letting each second pass."""
    engine, reader, reasons = Engine(rules), Callstats(), []
    ticked = BORN
    for one in frames:
        while ticked < one.at:
            engine.tick(ticked)
            ticked += 1.0
        found = list(reader.read(one))
        reasons += [item.reason for item in of(Rejected, found)]
        engine.fold([item for item in found if not isinstance(item, Fetch | Rejected)], one.at)
    return engine, reasons


def told(call: Call) -> dict[str, Any]:
    """All that is known of a call, but for how often it was told."""
    state = snapshot.dump(call)
    for key in ("frames", "version"):
        state.pop(key, None)
    return state


def fabric(kind: str, second: float, tag: str = "events/ice/status", **more: Json) -> Frame:
    body = Script().of_fabric(second, eventType=kind, **more)
    return frame(tag, body, BORN + second + 0.1)
