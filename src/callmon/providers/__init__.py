"""One dialect each: what a provider's messages mean, and nothing about sockets."""

from __future__ import annotations

from typing import cast

from callmon.providers.callmon import Callmon
from callmon.providers.callstats import Callstats
from callmon.providers.daily import Daily
from callmon.providers.provider import Polled, Provider, is_polled
from callmon.providers.telnyx import Telnyx
from callmon.providers.twilio_video import TwilioVideo
from callmon.providers.twilio_voice import TwilioVoice
from callmon.providers.webrtc import WebRTC

PROVIDERS: tuple[type[Provider], ...] = (WebRTC, Telnyx, TwilioVoice, TwilioVideo, Daily, Callstats, Callmon)
"""All providers; a new one is a line here."""


def every_provider() -> list[Provider]:
    """Return a new reader of every dialect; readers keep what a dialect's differences refer to."""
    return [provider() for provider in PROVIDERS]


def polled_providers() -> dict[str, type[Polled]]:
    """Return the providers whose API is polled, by name."""
    return {one.name: cast(type[Polled], one) for one in PROVIDERS if is_polled(one)}
