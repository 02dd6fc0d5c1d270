"""Telnyx as a fake: the stored call reports, and the report service that the documentation shows."""

from __future__ import annotations

from typing import Any

from tests.contract.fake import Asked, Fake, Json, Reply, bearer

KEY = "KEY0199AABBCC_secret"
"""The key that the API accepts."""

LIST = "/v2/voice_sdk_call_reports"
USER = "a1b2c3d4-0000-4000-8000-000000000001"
SORTS = ("asc", "desc", "created_at", "-created_at")


def error(status: int, code: str, title: str, headers: dict[str, str] | None = None) -> Reply:
    """An error as the API words it: the code is a text."""
    return Reply({"errors": [{"code": code, "title": title, "detail": title.lower()}]}, status, headers or {})


NOT_FOUND = error(404, "10005", "Resource not found")
UNAUTHORISED = error(401, "10009", "Authentication failed")


def too_many(retry_after: str | None = None) -> Reply:
    """429 as the API words it, with the limits that it tells in headers."""
    headers = {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return error(429, "10011", "Too many requests", headers)


def stored(body: dict[str, Json], at: str, **more: Json) -> dict[str, Json]:
    """A part of a report as the API returns it: in an envelope in snake_case, its inside as it was posted."""
    return {
        "call_id": body["summary"]["callId"],
        "call_report_id": "crid-user-scoped-opaque",
        "user_id": USER,
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140",
        "voice_sdk_id_decoded": {"region": "us-east-1"},
        "telnyx_leg_id": body["summary"].get("telnyxLegId"),
        "stored_at": at,
        **body,
        **more,
    }


class Reports:
    """What is stored, in the order in which it came; the list is newest first, and a call is a bare array."""

    def __init__(self, fake: Fake, *posts: dict[str, Json]) -> None:
        self.fake = fake
        self.posts = list(posts)
        self.missing: Any = NOT_FOUND
        """What is answered for a call without a report: which of the two the vendor does is not known."""
        fake.on(
            LIST,
            self._list,
            allows={"page[number]", "page[size]", "sort"},
            needs={"page[number]", "page[size]"},
        )
        fake.on(LIST + "/{call}", self._call, allows=set())

    def _list(self, asked: Asked) -> Json:
        number, size = asked.get("page[number]", ""), asked.get("page[size]", "")
        if not (number or "").isdecimal() or not (size or "").isdecimal() or not 1 <= int(size or 0) <= 250:
            return self.fake.violate(asked, f"page[number]={number} page[size]={size}")
        if asked.get("sort", "desc") not in SORTS:
            return self.fake.violate(asked, f"sort={asked.get('sort')}")
        newest = sorted(self.posts, key=lambda post: post["stored_at"], reverse=True)
        if asked.get("sort") in ("asc", "created_at"):
            newest.reverse()
        page, each = int(number or 1), int(size or 20)
        pages = max(1, -(-len(newest) // each))
        if not 1 <= page <= pages:
            return self.fake.violate(asked, f"page {page} of {pages}")
        part = [{**post, "stats": []} for post in newest[(page - 1) * each : page * each]]
        meta = {"page_number": page, "page_size": each, "total_pages": pages, "total_results": len(newest)}
        return {"data": part, "meta": meta}

    def _call(self, asked: Asked) -> Json:
        found = [post for post in self.posts if post["call_id"] == asked.match["call"]]
        return found or self.missing


def telnyx(**more: Any) -> Fake:
    """A fake that wants the key."""
    return Fake(bearer(KEY), **more)


class Service:
    """The report service of the documentation: calls of one user, no credential, ICE data apart where wanted."""

    def __init__(self, fake: Fake, apart: bool = False) -> None:
        self.calls: dict[str, dict[str, Json]] = {}
        self._apart = apart
        fake.on("/api/v1/calls/{user}/{call}", self._call, allows=set())
        fake.on("/api/v1/calls/{user}/{call}/ice", self._ice, allows=set())

    def _call(self, asked: Asked) -> Json:
        data = self.calls.get(asked.match["call"])
        if data is None or asked.match["user"] != USER:
            return Reply({"error": "not found"}, 404)
        return {"data": {**data, "ice_data": None} if self._apart else data}

    def _ice(self, asked: Asked) -> Json:
        return {"data": self.calls[asked.match["call"]]["ice_data"]}
