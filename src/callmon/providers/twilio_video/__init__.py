"""Twilio Video: rooms and participants as the Insights API lists them, and what the SDK's pages forward."""

from callmon.providers.twilio_video.twilio_video import TwilioVideo

__all__ = ["TwilioVideo"]
