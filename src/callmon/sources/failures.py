"""Failures of a connection in words of ours: those of aiohttp may hold an address with a secret in it."""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

from callmon.sources.source import Lost

if TYPE_CHECKING:
    from aiohttp import ClientError

BROKE = "the connection broke"
"""What is said of a connection that ended in the middle."""


def lost_by(error: ClientError | OSError, place: str) -> Lost:
    """Return the loss that a failure on the way to ``place`` makes."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return Lost(f"the certificate of {place} is not for this host", "unreachable")
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Lost(f"{place}: {_tls_reason(error.os_error)}", "unreachable")
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = "no such host" if isinstance(error, aiohttp.ClientConnectorDNSError) else _reason(error)
        return Lost(f"{place} cannot be reached: {reason}", "unreachable")
    if isinstance(error, aiohttp.InvalidURL):
        return Lost(f"{place} is no address", "unreachable")
    return Lost(BROKE)


def _tls_reason(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return "TLS could not be agreed on: is it http instead of https?"


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else type(error).__name__
