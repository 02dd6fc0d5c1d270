"""Telnyx: what its WebRTC SDKs tell of a call while it lasts, and what its services have stored of it afterwards."""

from callmon.providers.telnyx.telnyx import Telnyx

__all__ = ["Telnyx"]
