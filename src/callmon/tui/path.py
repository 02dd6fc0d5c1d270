"""What is known of the connectivity of a leg as lines: transport, path, findings, candidates."""

from __future__ import annotations

from callmon.engine.call import Call, Leg
from callmon.engine.ice import Diagnosis
from callmon.model.ice import Candidate, IceFacts
from callmon.query import format as fmt
from callmon.query.report import endpoint, evidence
from callmon.tui.dossier import sign
from callmon.tui.line import Line, fit, join
from callmon.tui.times import Times

NAME_WIDTH = 12

TLS_VERSIONS = {
    "FEFF": "DTLS 1.0",
    "FEFD": "DTLS 1.2",
    "FEFC": "DTLS 1.3",
    "0301": "TLS 1.0",
    "0302": "TLS 1.1",
    "0303": "TLS 1.2",
    "0304": "TLS 1.3",
}
"""RTCTransportStats.tlsVersion, the four hex digits on the wire, in words (RFC 6347, RFC 9147)."""

_GOOD = ("connected", "completed", "stable", "complete", "succeeded")
_BAD = ("failed", "disconnected", "closed")


def verdict(diagnosis: Diagnosis | None) -> list[Line]:
    """Return the verdict in words and what to do next."""
    shape, role = sign(diagnosis)
    if diagnosis is None:
        return [((f"{shape} unknown  ", role), ("The source says nothing about ICE.", "text"))]
    lines: list[Line] = [((f"{shape} {diagnosis.verdict}  ", role), (diagnosis.summary, "strong"))]
    if diagnosis.next_step:
        lines.append((("→ ", "accent"), (diagnosis.next_step, "text")))
    return lines


def transport(facts: IceFacts) -> list[Line]:
    """Return the states and the ciphers of a transport."""
    states = (
        ("connection", facts.connection),
        ("ICE", facts.ice or facts.transport_ice),
        ("DTLS", facts.dtls),
        ("gathering", facts.gathering),
        ("signaling", facts.signaling),
    )
    named = [((f"{name} ", "dim"), (value or fmt.UNKNOWN, _state_role(value))) for name, value in states]
    lines: list[Line] = [join(named, (" · ", "faint"))]
    if facts.ice is not None and facts.transport_ice is not None and facts.ice != facts.transport_ice:
        lines.append(_fact("Transport", f"its own ICE state is {facts.transport_ice}"))
    version = facts.tls_version
    words = TLS_VERSIONS.get(version.upper()) if version is not None else None
    lines.append(_fact("Encryption", f"{words} ({version})" if words else version or fmt.UNKNOWN))
    for name, cipher in (("SRTP cipher", facts.srtp_cipher), ("DTLS cipher", facts.dtls_cipher)):
        lines += [_fact(name, cipher)] if cipher is not None else []
    if facts.relay_policy:
        lines.append(_fact("Policy", "relay only (iceTransportPolicy)"))
    return lines


def _state_role(value: str | None) -> str:
    if value is None:
        return "unknown"
    return "good" if value in _GOOD else "poor" if value in _BAD else "fair"


def _fact(name: str, value: str, role: str = "text") -> Line:
    return ((fit(name, NAME_WIDTH), "dim"), (value, role))


def pair(leg: Leg, call: Call, times: Times) -> list[Line]:
    """Return the selected pair: both ends, its state, its round trip and how often it changed."""
    chosen = leg.ice.facts.pair or leg.ice.last_pair
    if chosen is None:
        tried = leg.ice.facts.pairs
        count = f"; {tried} tried, {leg.ice.facts.pairs_succeeded or 0} worked" if tried is not None else ""
        return [((f"none{count}", "dim"),)]
    gone = leg.ice.facts.pair is None
    nominated = {True: "nominated", False: "not nominated", None: ""}[chosen.nominated]
    state = ", ".join(part for part in (chosen.state, nominated, "no longer there" if gone else "") if part)
    changes = leg.ice.path_changes
    changed = f"{changes} × changed" if changes else "never changed"
    if leg.ice.path_changed_at is not None:
        changed += f", last {times.text(leg.ice.path_changed_at, call.started_at, call.started_at)}"
    return [
        _fact("Local", endpoint(chosen.local), "strong"),
        _fact("Remote", endpoint(chosen.remote), "strong"),
        _fact("State", state or fmt.UNKNOWN),
        _fact("Round trip", fmt.measure("rtt_ms", leg.now.get("pair_rtt_ms"), "ms")),
        _fact("Path", changed, "fair" if changes else "text"),
    ]


def findings(diagnosis: Diagnosis | None) -> list[Line]:
    """Return the findings, each with its evidence and what to do."""
    lines: list[Line] = []
    for finding in diagnosis.findings if diagnosis is not None else ():
        lines.append(((f"◆ {finding.code}  ", "accent"), (finding.summary, "text")))
        proof = evidence(finding.evidence)
        lines += [((f"  {proof}", "dim"),)] if proof else []
        lines += [(("  → ", "accent"), (finding.next_step, "text"))] if finding.next_step else []
    return lines or [(("nothing beside the verdict", "dim"),)]


def candidates(leg: Leg, call: Call, times: Times, width: int) -> list[Line]:
    """Return the candidates of both sides in the order in which they were seen."""
    ice = leg.ice
    found = sorted(
        ice.candidates.items(), key=lambda item: (item[1].side, ice.candidate_at.get(item[0], 0.0))
    )
    if not found:
        return [(("not one", "dim"),)]
    room = max(15, width - 33)
    lines: list[Line] = [
        (
            (fit("Side", 7) + fit("Type", 6) + fit("Proto", 10) + fit("Address", room), "dim"),
            (fit("Seen", 9, ">"), "dim"),
        )
    ]
    before: float | None = None
    for key, candidate in found:
        at = ice.candidate_at.get(key)
        seen = times.text(at, call.started_at, before) if at is not None else fmt.UNKNOWN
        lines.append(_candidate(candidate, room, seen))
        before = at
    return lines


def _candidate(candidate: Candidate, room: int, seen: str) -> Line:
    protocol = candidate.protocol or fmt.UNKNOWN
    hop = f"{protocol} ({candidate.relay_protocol})" if candidate.relay_protocol else protocol
    address = candidate.address or "hidden"
    if candidate.port is not None:
        address = f"[{address}]:{candidate.port}" if ":" in address else f"{address}:{candidate.port}"
    address += f" {candidate.network_type}" if candidate.network_type else ""
    return (
        (fit(candidate.side, 7), "dim"),
        (fit(candidate.type or fmt.UNKNOWN, 6), "strong"),
        (fit(hop, 10), "text"),
        (fit(address, room), "text"),
        (fit(seen, 9, ">"), "dim"),
    )
