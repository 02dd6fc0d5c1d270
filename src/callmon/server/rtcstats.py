"""The WebSocket of rtcstats clients: ``rtcstats#5.0`` (rtcstats-js) and ``2.0`` (npm rtcstats).

Clients are pointed at ``ws://HOST/rtcstats``; what they add to the path is their page's. The call is
``?call=``, else the conference that the client names, else each peer connection is a call of its own. As the
``2.0`` client appends its page's path to the address, parameters go as
``/rtcstats?call=ID&token=SECRET&page=``.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Sequence

from aiohttp import web

from callmon.model.frames import Frame, Route
from callmon.server.bodies import TooLarge, Unreadable, parse
from callmon.server.ingest import SOURCE, Count, Door, about_of, as_bytes, too_large


class RtcStats:
    """The endpoint of one provider for rows of rtcstats: one path, the subprotocols of its routes."""

    def __init__(self, door: Door, provider: str, routes: Sequence[Route]) -> None:
        """Make each row a frame of ``provider``; about["protocol"] is the version, such as 5.0."""
        self._door = door
        self._provider = provider
        self._tags = {route.protocol: route.tag for route in routes if route.protocol}

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Upgrade to a WebSocket of a subprotocol that we speak."""
        spoken = ", ".join(self._tags)
        offered = [name.strip() for name in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if request.headers.get("Upgrade", "").lower() != "websocket":
            reason = f"connect here over a WebSocket with the subprotocol {spoken}"
            return web.json_response({"error": reason}, status=426)
        if not self._tags.keys() & set(offered):
            reason = f"none of the subprotocols {offered} is known here: use {spoken}"
            self._door.refuse(reason, Count())
            return web.json_response({"error": reason}, status=400)
        return await self._rows(request)

    async def _rows(self, request: web.Request) -> web.WebSocketResponse:
        door, bucket = self._door, self._door.buckets.bucket()
        socket = door.socket(tuple(self._tags))
        about = _about(request)
        async with door.opened(request, socket):
            protocol = socket.ws_protocol or ""
            about["protocol"] = protocol.rpartition("#")[2]
            async for message in socket:
                if not door.is_data(message):
                    break
                # A row refers to those before it, so none may be dropped: a fast client is read slowly.
                while wait := bucket.wait():
                    await asyncio.sleep(wait)
                bucket.spend(1)
                try:
                    row = parse(as_bytes(message.data, door.limits), door.limits.max_depth)
                except TooLarge:
                    door.refuse(too_large(door.limits), Count())
                    continue
                except Unreadable as error:
                    door.refuse(str(error), Count())
                    continue
                frame = Frame(self._provider, door.clock(), self._tags[protocol], row, about, SOURCE)
                door.take(frame, "", Count())
        return socket


def _about(request: web.Request) -> dict[str, str]:
    """Return ids from query and headers, else from the client's own token, and the path of its page."""
    about = {**_claims(request.query.get("rtcstats-token", "")), **about_of(request, secrets.token_hex(4))}
    about.pop("now", None)
    if agent := request.headers.get("User-Agent"):
        about["agent"] = agent[:300]
    path = request.match_info.get("page") or request.query.get("page", "")
    if path.strip("/"):
        about["path"] = path[:200]
        about.setdefault("label", path[:200])
    return about


def _claims(token: str) -> dict[str, str]:
    """Return what the client's JWT says: words, not proof, for its signature is not ours to check."""
    try:
        middle = token.split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["rtcStats"]
        named = {
            "call": said.get("conference") or said.get("session"),
            "room": said.get("conference"),
            "label": said.get("user"),
        }
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        return {}
    return {key: word[:200] for key, word in named.items() if isinstance(word, str) and word}
