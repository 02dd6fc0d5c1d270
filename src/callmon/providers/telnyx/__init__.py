"""Telnyx WebRTC SDKs: what their pages and apps can forward of a call while it lasts."""

from callmon.providers.telnyx.telnyx import Telnyx

__all__ = ["Telnyx"]
