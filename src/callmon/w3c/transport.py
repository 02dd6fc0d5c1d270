"""The path of a report: its transport, its selected pair, its candidates (webrtc-stats, RFC 8445)."""

from __future__ import annotations

from collections.abc import Mapping

from callmon.model.frames import Json
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.w3c.candidates import from_stats
from callmon.w3c.report import Entry, Report, figure, text

_ICE_WORST = ("failed", "disconnected", "closed", "checking", "new", "connected", "completed")
_DTLS_WORST = ("failed", "closed", "connecting", "new", "connected")


def facts(report: Report, states: Mapping[str, Json]) -> IceFacts:
    """Return what a report, with the states read beside it, says of connectivity."""
    transport = _transport(report)
    pairs = report.of("candidate-pair")
    return IceFacts(
        connection=text(states, "connection"),
        ice=text(states, "ice"),
        gathering=text(states, "gathering"),
        signaling=text(states, "signaling"),
        transport_ice=text(transport, "iceState"),
        dtls=text(transport, "dtlsState"),
        srtp_cipher=text(transport, "srtpCipher"),
        dtls_cipher=text(transport, "dtlsCipher"),
        tls_version=text(transport, "tlsVersion"),
        pair=_pair(report),
        pairs=len(pairs),
        pairs_succeeded=sum(entry.get("state") == "succeeded" for entry in pairs),
        changes=_whole(figure(transport, "selectedCandidatePairChanges")),
        candidates=tuple(_candidates(report)),
        local_fingerprint=_fingerprint(report, transport, "localCertificateId"),
        remote_fingerprint=_fingerprint(report, transport, "remoteCertificateId"),
        full=bool(report.by_id),
    )


def _transport(report: Report) -> Entry | None:
    """Return the transport that is worst off among those that carry a stream (among all where none says so)."""
    all = report.of("transport")
    if len(all) < 2:
        return all[0] if all else None
    used = {entry.get("transportId") for entry in report.of("inbound-rtp", "outbound-rtp")}
    carrying = [entry for entry in all if entry.get("id") in used] or all
    return min(carrying, key=_badness)


def _badness(transport: Entry) -> tuple[int, int]:
    ice, dtls = text(transport, "iceState"), text(transport, "dtlsState")
    return (
        _ICE_WORST.index(ice) if ice in _ICE_WORST else len(_ICE_WORST),
        _DTLS_WORST.index(dtls) if dtls in _DTLS_WORST else len(_DTLS_WORST),
    )


def selected_pair(report: Report) -> Entry | None:
    """Return the selected candidate pair.

    The transport names it; Firefox 118 and older mark it ``selected``; else it is the one that is nominated,
    has succeeded and carried the most bytes. The first that succeeded may be any.
    """
    transport = _transport(report)
    named = report.get(transport.get("selectedCandidatePairId")) if transport is not None else None
    if named is not None and named.get("type") == "candidate-pair":
        return named
    pairs = report.of("candidate-pair")
    marked = [entry for entry in pairs if entry.get("selected") is True]
    if marked:
        return marked[0]
    if text(transport, "iceState") in ("failed", "new", "checking", "closed"):
        return None
    won = [entry for entry in pairs if entry.get("nominated") is True and entry.get("state") == "succeeded"]
    return max(won, key=_carried, default=None)


def _carried(pair: Entry) -> float:
    return (figure(pair, "bytesReceived") or 0.0) + (figure(pair, "bytesSent") or 0.0)


def _pair(report: Report) -> Pair | None:
    entry = selected_pair(report)
    if entry is None:
        return None
    local, remote = report.get(entry.get("localCandidateId")), report.get(entry.get("remoteCandidateId"))
    nominated = entry.get("nominated")
    return Pair(
        id=text(entry, "id") or f"{entry.get('localCandidateId')} {entry.get('remoteCandidateId')}",
        local=from_stats(local, "local") if local is not None else None,
        remote=from_stats(remote, "remote") if remote is not None else None,
        state=text(entry, "state"),
        nominated=nominated if isinstance(nominated, bool) else None,
    )


def _fingerprint(report: Report, transport: Entry | None, side: str) -> str | None:
    certificate = report.get(transport.get(side)) if transport is not None else None
    found = text(certificate, "fingerprint")
    return found.upper() if found is not None else None


def _candidates(report: Report) -> list[Candidate]:
    found = [from_stats(entry, "local") for entry in report.of("local-candidate")[:100]]
    return found + [from_stats(entry, "remote") for entry in report.of("remote-candidate")[:100]]


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
