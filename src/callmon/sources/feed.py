"""What callmon subscribes to: an address, a dialect, and what to show at the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from callmon.config.address import is_loopback
from callmon.config.settings import SCHEMES

EVENTS_PATH = "/v1/events"
"""Where a callmon offers its own feed."""

SINCE = "{since}"
"""Stands in an address for the time of the last message, in epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: ``url`` is ws, wss, http or https, the path of a Unix socket, or ``-`` for stdin.

    ``dialect`` names the provider that reads it, ``tag`` the kind of message. ``token`` and ``headers`` are
    secrets: sent and never shown. ValueError where they would be sent in the clear to another machine.
    """

    name: str
    url: str
    dialect: str
    token: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_plain_http: bool = False
    tag: str = "message"

    def __post_init__(self) -> None:
        """Refuse an address that is none, and one that would show a secret to the network."""
        if not self.is_web:
            return
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in SCHEMES:
            raise ValueError(f"{self.name}: the address is none: write it as http://host:port/path")
        if "@" in parts.netloc:
            raise ValueError(f"{self.name}: the address holds a password: use token or headers instead")
        plain = parts.scheme in ("ws", "http")
        if plain and self.secrets and not is_loopback(host) and not self.allow_plain_http:
            raise ValueError(
                f"{self.name}: a secret would be sent in the clear: use {parts.scheme}s, or allow plain http"
            )

    @property
    def is_web(self) -> bool:
        """Whether it is spoken to over HTTP or WebSocket."""
        return "://" in self.url

    @property
    def is_websocket(self) -> bool:
        """Whether it is a WebSocket."""
        return self.url.startswith(("ws://", "wss://"))

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that must never be shown."""
        given = (*self.headers.values(), self.token or "")
        return tuple(secret for secret in given if secret)

    @property
    def credential(self) -> str:
        """What we show at the door, in words and without its value."""
        names = [f"header {name}" for name in self.headers]
        if self.token:
            names.insert(0, "token")
        return " and ".join(f"the {name}" for name in names)

    def address(self, since: float) -> str:
        """Return the address to ask: a callmon's feed has its own path, and ``{since}`` is filled in."""
        url = self.url.replace(SINCE, str(int(since * 1000)))
        if self.dialect == "callmon" and self.is_web:
            parts = urlsplit(url)
            if parts.path in ("", "/"):
                url = urlunsplit(parts._replace(path=EVENTS_PATH))
        return url

    @property
    def place(self) -> str:
        """The address as it may be shown: without its query, which may hold a secret."""
        if not self.is_web:
            return "stdin" if self.url == "-" else self.url
        return self.conceal(urlunsplit(urlsplit(self.address(0))._replace(query="", fragment="")))

    def request_headers(self) -> dict[str, str]:
        """Return the headers that say who we are."""
        given = dict(self.headers)
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        return given

    def conceal(self, text: str) -> str:
        """Return a text of foreign origin with no secret of ours in it."""
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return text
