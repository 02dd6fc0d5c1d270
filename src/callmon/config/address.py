"""Addresses in the file: which host is this machine, and what may not be written into one."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host is this machine without asking anybody: localhost or a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_base(url: str, allow_plain_http: bool) -> None:
    """Raise ValueError, in one line, for a base URL that is none or that would show a secret to the network."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise ValueError("base_url is no address: write it as https://host/path")
    if "@" in parts.netloc:
        raise ValueError("base_url holds a password: take it out and use the credential's settings")
    if parts.query or parts.fragment:
        raise ValueError("base_url has a query: it is the address under which all paths are")
    if parts.scheme == "http" and not is_loopback(host) and not allow_plain_http:
        raise ValueError("sends a secret in the clear: use https, or set allow_plain_http = true")
