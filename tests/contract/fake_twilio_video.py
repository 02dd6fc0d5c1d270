"""Twilio's Video Insights as far as rooms and participants go: pages by opaque tokens, filters, errors of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.contract.fake import Asked, Fake, Json, Reply, basic

SID, SECRET = "SK0123456789abcdef0123456789abcdef", "s3cr3t-t0ken"
AUTH = basic(SID, SECRET)

FILTERS = {"RoomType", "Codec", "RoomName", "CreatedAfter", "CreatedBefore", "PageSize", "Page", "PageToken"}
PAGING = {"PageSize", "Page", "PageToken"}

_GOLDEN = Path(__file__).parent.parent / "providers" / "twilio_video" / "golden"


def _sample(name: str) -> Any:
    return json.loads((_GOLDEN / f"{name}.json").read_text("utf-8"))["body"]


def sid(kind: str, number: int) -> str:
    """The SID of a made-up room (RM) or participant (PA)."""
    return f"{kind}{number:032x}"


def room(number: int, **said: Json) -> dict[str, Json]:
    """A room in progress, as the vendor's example has it, with what is said of it in place."""
    return {**_sample("room"), "room_sid": sid("RM", number), "room_name": f"room-{number}", **said}


def participant(number: int, of: int, **said: Json) -> dict[str, Json]:
    """A participant who is there."""
    row = _sample("participants")["participants"][0]
    names = {"participant_sid": sid("PA", number), "participant_identity": f"person-{number}"}
    return {**row, **names, "room_sid": sid("RM", of), **said}


def not_found(asked: Asked) -> Reply:
    """What the vendor says of what is not there, or not there yet."""
    return Reply({"code": 20404, "message": f"The requested resource {asked.path} was not found",
                  "more_info": "https://www.twilio.com/docs/errors/20404", "status": 404}, 404)  # fmt: skip


class Insights:
    """Rooms by SID with their participants; pages hold ``size`` rows whatever is asked for."""

    def __init__(self, fake: Fake, size: int = 2) -> None:
        self.fake = fake
        self.size = size
        self.rooms: dict[str, dict[str, Json]] = {}
        self.people: dict[str, list[dict[str, Json]]] = {}
        fake.on("/v1/Video/Rooms", self._list, allows=FILTERS, needs={"PageSize"})
        fake.on("/v1/Video/Rooms/{room}", self._room, allows=set())
        fake.on("/v1/Video/Rooms/{room}/Participants", self._participants, allows=PAGING, needs={"PageSize"})

    @property
    def base_url(self) -> str:
        """What stands for https://insights.twilio.com/v1."""
        return f"{self.fake.url}/v1"

    def put(self, row: dict[str, Json], *people: dict[str, Json]) -> None:
        """Hold a room, and who is or was in it."""
        self.rooms[row["room_sid"]] = row
        if people:
            self.people[row["room_sid"]] = list(people)

    def _list(self, asked: Asked) -> Json:
        types = {value for key, value in asked.query if key == "RoomType"}
        name = asked.get("RoomName")
        rows = [one for one in self.rooms.values() if not types or one["room_type"] in types]
        return self._page(asked, "rooms", [one for one in rows if name in (None, one["room_name"])])

    def _room(self, asked: Asked) -> Json:
        return self.rooms.get(asked.match["room"]) or not_found(asked)

    def _participants(self, asked: Asked) -> Json:
        if asked.match["room"] not in self.rooms:
            return not_found(asked)
        return self._page(asked, "participants", self.people.get(asked.match["room"], []))

    def _page(self, asked: Asked, key: str, rows: list[dict[str, Json]]) -> Json:
        """One page; the address of the next one has a token that nobody can make up."""
        number = int(asked.get("Page") or 0)
        if number and not asked.raw_path.endswith(f"&PageToken={self._token(number)}"):
            return self.fake.violate(asked, "a page token that was never offered")
        start = number * self.size
        base = f"{self.base_url}{asked.path.removeprefix('/v1')}?PageSize={self.size}"
        following = f"{base}&Page={number + 1}&PageToken={self._token(number + 1)}"
        meta = {"page": number, "page_size": self.size, "first_page_url": f"{base}&Page=0", "previous_page_url": None,
                "next_page_url": following if start + self.size < len(rows) else None, "key": key,
                "url": f"{base}&Page={number}"}  # fmt: skip
        return {"meta": meta, key: rows[start : start + self.size]}

    def _token(self, number: int) -> str:
        return f"PT{number * self.size}%2Fq%3D%3D"
