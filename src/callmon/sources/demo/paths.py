"""ICE as a browser reports it: candidates that were gathered, the pair that won, and those that did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from callmon.sources.demo.browser import Dresser, Entry
from callmon.sources.demo.cast import address, hexes, port

TURN_URLS = {
    "udp": "turn:turn.example.net:3478?transport=udp",
    "tcp": "turn:turn.example.net:3478?transport=tcp",
    "tls": "turns:turn.example.net:443?transport=tcp",
}
"""The TURN servers of this world, by how a client gets to them."""

STUN_URL = "stun:stun.example.net:3478"

_PRIORITY = {"host": 2122260223, "tcp": 1518280447, "srflx": 1686052607, "relay": 41885439}


@dataclass(slots=True)
class Pair:
    """A candidate pair: the two entries it joins, and its id."""

    id: str
    local: Entry
    remote: Entry


@dataclass(slots=True)
class Gathered:
    """All candidates of one leg; ``pairs`` in the order in which they get selected, ``losers`` never are."""

    fragment: str
    local: list[Entry] = field(default_factory=list)
    remote: list[Entry] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    losers: list[Pair] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return the local candidates as the lines that a page signals."""
        return [_line(entry, self.fragment) for entry in self.local]


def gather(rng: Random, dresser: Dresser, way: str, network: str = "ethernet") -> Gathered:
    """Return what a leg gathers whose media goes this ``way``.

    ``direct`` is a host candidate towards a public server, ``reflexive`` one through a NAT, ``udp``, ``tcp``
    and ``tls`` a relay reached so, ``moving`` starts on Wi-Fi and goes on over a mobile network, ``closed``
    gathers and never gets through, ``nothing`` gathers nothing.
    """
    found = Gathered(dresser.fragment())
    if way == "nothing":
        return found
    host = _candidate(rng, dresser, "local", "host", address(rng, 0), port(rng), network)
    tcp = _candidate(rng, dresser, "local", "host", host["address"], 9, network, protocol="tcp")
    reflexive = _candidate(rng, dresser, "local", "srflx", address(rng, 2), port(rng), network)
    found.local = [host, tcp] if way == "closed" else [host, tcp, reflexive]
    found.remote = [_candidate(rng, dresser, "remote", "host", address(rng, 1), port(rng))]
    if dresser.browser.family == "safari":
        host["address"] = tcp["address"] = ""
    far = found.remote[0]
    if way in TURN_URLS:
        relay = _candidate(rng, dresser, "local", "relay", address(rng, 1), port(rng), network, hop=way)
        found.local.append(relay)
        found.losers = [_pair(dresser, host, far)]
        found.pairs = [_pair(dresser, relay, far)]
    elif way == "moving":
        mobile = _candidate(rng, dresser, "local", "host", address(rng, 2), port(rng), "cellular")
        found.local.append(mobile)
        found.pairs = [_pair(dresser, host, far), _pair(dresser, mobile, far)]
    elif way == "closed":
        found.losers = [_pair(dresser, host, far)]
    else:
        first = reflexive if way == "reflexive" else host
        found.pairs = [_pair(dresser, first, far)]
    return found


def regather(rng: Random, dresser: Dresser, found: Gathered, network: str = "ethernet") -> None:
    """Add what an ICE restart gathers: a new port on the same host, and a new pair."""
    host = _candidate(rng, dresser, "local", "host", found.local[0]["address"], port(rng), network)
    found.local.append(host)
    found.pairs.append(_pair(dresser, host, found.remote[0]))


def _candidate(
    rng: Random, dresser: Dresser, side: str, kind: str, ip: str, number: int, network: str | None = None,
    protocol: str = "udp", hop: str | None = None,
) -> Entry:  # fmt: skip
    entry: Entry = {
        "id": dresser.id(f"I{hexes(rng)}"), "timestamp": 0, "type": f"{side}-candidate", "address": ip,
        "candidateType": kind, "foundation": str(rng.randrange(10**8, 4 * 10**9)), "ip": ip,
        "isRemote": side == "remote", "port": number,
        "priority": _PRIORITY["tcp" if protocol == "tcp" else kind], "protocol": protocol,
        "transportId": "", "usernameFragment": dresser.fragment(),
    }  # fmt: skip
    if side == "local":
        entry["networkType"] = network
    if protocol == "tcp":
        entry["tcpType"] = "active"
    if kind == "srflx":
        entry |= {"url": STUN_URL, "relatedAddress": "0.0.0.0", "relatedPort": 0}
    if hop is not None:
        entry |= {"url": TURN_URLS[hop], "relayProtocol": hop}
    return entry


def _pair(dresser: Dresser, local: Entry, remote: Entry) -> Pair:
    return Pair(dresser.id(f"CP{local['id'][1:]}_{remote['id'][1:]}"), local, remote)


def _line(entry: Entry, fragment: str) -> str:
    tcp = " tcptype active" if entry["protocol"] == "tcp" else ""
    related = " raddr 0.0.0.0 rport 0" if entry["candidateType"] in ("srflx", "relay") else ""
    first = f"candidate:{entry['foundation']} 1 {entry['protocol']} {entry['priority']}"
    where = f"{entry['address'] or 'x.local'} {entry['port']} typ {entry['candidateType']}{related}{tcp}"
    return f"{first} {where} generation 0 ufrag {fragment} network-id 1"
