"""One dialect each: what a provider's messages mean, and nothing about sockets."""

from __future__ import annotations

from callmon.providers.callmon import Callmon
from callmon.providers.provider import Provider
from callmon.providers.telnyx import Telnyx
from callmon.providers.webrtc import WebRTC

PROVIDERS: tuple[type[Provider], ...] = (WebRTC, Telnyx, Callmon)
"""All providers; a new one is a line here."""


def every_provider() -> list[Provider]:
    """Return a new reader of every dialect; readers keep what a dialect's differences refer to."""
    return [provider() for provider in PROVIDERS]
