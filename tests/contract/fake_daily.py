"""Daily's REST API as far as presence, meetings and logs go: a map, a cursor, and an offset."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.contract.fake import Asked, Fake, Json, Reply, bearer

KEY = "s3cr3t-t0ken"
AUTH = bearer(KEY)

MEETINGS = {"room", "timeframe_start", "timeframe_end", "limit", "starting_after", "ending_before", "ongoing"}
LOGS = {"includeLogs", "includeMetrics", "mtgSessionId", "userSessionId", "logLevel", "order", "startTime",
        "endTime", "limit", "offset"}  # fmt: skip

_GOLDEN = Path(__file__).parent.parent / "providers" / "daily" / "golden"


def sample(name: str) -> Any:
    """The body of a golden frame."""
    return json.loads((_GOLDEN / f"{name}.json").read_text("utf-8"))["body"]


def uuid(kind: int, number: int) -> str:
    """A made-up id."""
    return f"{kind:08x}-0047-4b27-86c1-{number:012x}"


def meeting(number: int, start: float, ongoing: bool = True, **said: Json) -> dict[str, Json]:
    """A meeting of one person in a room of its own."""
    row = {**sample("meetings")["data"][0], **said}
    person = {**row["participants"][0], "participant_id": uuid(2, number), "join_time": int(start),
              "duration": row["duration"]}  # fmt: skip
    return {**row, "id": uuid(1, number), "room": f"room-{number}", "start_time": int(start), "ongoing": ongoing,
            "participants": [person]}  # fmt: skip


def present(number: int, start: float) -> dict[str, Json]:
    """The person of a meeting, who is there since ``start``."""
    row = {**sample("presence")["standup"][0], "room": f"room-{number}", "id": uuid(2, number)}
    return {**row, "mtgSessionId": uuid(1, number), "joinTime": iso(int(start))}


def iso(at: float) -> str:
    """A time as presence and logs write it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def measurement(number: int, at_iso: str) -> dict[str, Json]:
    """A row of metrics of that person."""
    row: dict[str, Json] = sample("logs")["metrics"][0]
    names = {"mtgSessionId": uuid(1, number), "userSessionId": uuid(2, number), "roomName": f"room-{number}"}
    return {**row, **names, "clientTime": at_iso, "time": at_iso}


class Rest:
    """Meetings, presence and logs; a list holds at most ``limit`` rows, as asked, and never more than ``most``."""

    def __init__(self, fake: Fake, most: int = 100) -> None:
        self.fake = fake
        self.most = most
        self.meetings: list[dict[str, Json]] = []
        self.presence: dict[str, list[dict[str, Json]]] = {}
        self.logs: dict[str, list[dict[str, Json]]] = {}
        self.metrics: dict[str, list[dict[str, Json]]] = {}
        fake.on("/v1/presence", lambda asked: self.presence, allows=set())
        fake.on("/v1/meetings", self._meetings, allows=MEETINGS)
        fake.on("/v1/meetings/{id}", self._meeting, allows=set())
        fake.on("/v1/logs", self._logs, allows=LOGS)

    @property
    def base_url(self) -> str:
        """What stands for https://api.daily.co/v1."""
        return f"{self.fake.url}/v1"

    def hold(self, number: int, start: float) -> None:
        """Have a meeting that goes on, with its person."""
        self.meetings.append(meeting(number, start))
        self.presence[f"room-{number}"] = [present(number, start)]

    def _meetings(self, asked: Asked) -> Json:
        after = asked.get("starting_after")
        ids = [one["id"] for one in self.meetings]
        if after is not None and after not in ids:
            return self.fake.violate(asked, "a cursor that is no meeting")
        start = ids.index(after) + 1 if after is not None else 0
        rows = [one for one in self.meetings if asked.get("room") in (None, one["room"])]
        limit = min(self.most, int(asked.get("limit") or 100))
        return {"total_count": len(rows), "data": rows[start : start + limit]}

    def _meeting(self, asked: Asked) -> Json:
        found = next((one for one in self.meetings if one["id"] == asked.match["id"]), None)
        return found or Reply({"error": "not-found"}, 404)

    def _logs(self, asked: Asked) -> Json:
        """Rows of one meeting or person, the newest first unless asked otherwise; only logs unless asked for more."""
        id = asked.get("mtgSessionId") or asked.get("userSessionId")
        if id is None:
            info = "mtgSessionId or userSessionId is required"
            return self.fake.violate(asked, info)
        if any(len(asked.get(key) or "0" * 13) != 13 for key in ("startTime", "endTime")):
            return self.fake.violate(asked, "times are epoch milliseconds")
        offset, limit = int(asked.get("offset") or 0), min(self.most, int(asked.get("limit") or 20))
        backwards = asked.get("order", "DESC") == "DESC"

        def page(rows: list[dict[str, Json]]) -> list[dict[str, Json]]:
            ordered = sorted(rows, key=lambda row: row["time"], reverse=backwards)
            return ordered[offset : offset + limit]

        wants_metrics = asked.get("includeMetrics") in ("1", "true")
        return {
            "logs": page(self.logs.get(id, [])) if asked.get("includeLogs", "1") in ("1", "true") else [],
            "metrics": page(self.metrics.get(id, [])) if wants_metrics else [],
        }
