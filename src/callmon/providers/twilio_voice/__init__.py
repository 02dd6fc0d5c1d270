"""Twilio Voice: Insights of calls as its API tells them later, and the Voice SDK's samples as they happen."""

from callmon.providers.twilio_voice.asking import Settings
from callmon.providers.twilio_voice.twilio_voice import TwilioVoice

__all__ = ["Settings", "TwilioVoice"]
