"""What can be told by its look: addresses, hosts, phone numbers, ids, secrets."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from callmon.masking.words import TOP_LEVELS

_V4 = r"(?:\d{1,3}\.){3}(?:\d{1,3}|x)"
_V6 = r"(?:[0-9A-Fa-f]{0,4}:){2,7}(?:" + _V4 + r"|[0-9A-Fa-f]{1,4}|x)?(?::x)*(?:%\w+)?"
_HOST = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.){1,12}"

PATTERNS: tuple[tuple[str, str], ...] = (
    ("token", r"eyJ[\w-]{10,}(?:\.[\w-]+){1,2}"),
    (
        "candidate",
        r"candidate:[\w+/]{1,64} \d{1,5} (?:[Uu][Dd][Pp]|[Tt][Cc][Pp]|[Ss][Ss][Ll][Tt][Cc][Pp]) \d{1,20} \S+ \d{1,5}"
        r"(?: typ \w+(?: raddr \S+)?)?",
    ),
    ("url", r"(?<![A-Za-z])(?:https?|wss?|ftp|rtsp)://[^\s\"'<>\\]+"),
    ("server", r"(?<![A-Za-z])(?:turns?|stuns?):[^\s\"'<>\\,;)]+"),
    ("sip", r"(?<![A-Za-z])(?:sips?|xmpp|mailto):[^\s\"'<>\\,;)]+"),
    ("tel", r"(?<![A-Za-z])tel:\+?[\d().-]+"),
    ("mail", r"[\w.+%-]{1,128}@(?:\[[0-9A-Fa-f:.]+\]|[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})"),
    ("fingerprint", r"(?<!:)(?:[0-9A-Fa-f]{2}:){15,}[0-9A-Fa-f]{2}"),
    ("mac", r"(?<![0-9A-Fa-f:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])"),
    ("ip6", rf"(?<![\w:.]){_V6}(?![\w:])"),
    ("ip", rf"(?<![\w.]){_V4}(?!\w|\.\d)"),
    ("mdns", r"(?<![\w.-])[A-Za-z0-9_-]+\.local(?![\w-])"),
    ("uuid", r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    ("sid", r"(?<![A-Za-z0-9])[A-Z]{2}[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("hex", r"(?<![A-Za-z0-9])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}(?![A-Za-z0-9])"),
    ("phone", r"(?<![\w+])\+\d(?:[ ().-]{0,2}\d){5,14}(?!\d)"),
    ("phone2", r"(?<![\w.])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w.])"),
    (
        "ufrag",
        r"(?<=a=ice-ufrag:)\S+|(?<=a=ice-pwd:)\S+|(?<= ufrag )\S+|(?<=a=msid:)[^\r\n]+|(?<= cname:)\S+",
    ),
    ("host", rf"(?<![\w.-]){_HOST}(?:{'|'.join(TOP_LEVELS.split())})(?![\w-]|\.\w)"),
)
"""Name and regular expression of each, in the order in which they are tried where several begin."""

ARRAY = re.compile(r"[iqfd]:[A-Za-z0-9+/]*={0,2}")
"""A column of a history, as ``engine.snapshot`` writes it."""

_PRIVATE = ipaddress.ip_network("100.64.0.0/10")


@lru_cache(maxsize=4096)
def kind_of_address(text: str) -> str | None:
    """Return lan, ip, lan6, link6 or ip6; '' for one that says nothing, such as 0.0.0.0; None for no address."""
    bare = text.partition("%")[0].strip("[]")
    if bare.endswith("x"):  # as Chromium hides the last part of an address in an error
        return _of_hidden(bare)
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if address.is_unspecified or address.is_loopback or str(address) == "255.255.255.255":
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return "lan" if _is_private(address) else "ip"
    if address.ipv4_mapped is not None:
        return "ip6"
    if address.is_link_local:
        return "link6"
    return "lan6" if bare.lower().startswith(("fc", "fd")) else "ip6"


def _is_private(address: ipaddress.IPv4Address) -> bool:
    ranges = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
    return address in _PRIVATE or any(address in ipaddress.ip_network(one) for one in ranges)


def _of_hidden(text: str) -> str | None:
    if ":" in text:
        return "ip6"
    try:
        address = ipaddress.IPv4Address(text[:-1] + "0")
    except ValueError:
        return None
    return "lan" if _is_private(address) else "ip"


_VERSION = re.compile(r"(?<=/)(\d+)(?:\.\d+)+")
_PLATFORM = re.compile(r"\(([^()]*)\)")


def reduce_agent(text: str) -> str:
    """Return a User-Agent header with its browser, its version and its system, and nothing else."""

    def platform(found: re.Match[str]) -> str:
        return f"({'; '.join(part.strip() for part in found[1].split(';')[:2])})"

    whole = _PLATFORM.sub(platform, text, count=1)
    return _VERSION.sub(r"\1.0", whole)
