"""Why a connection did or did not form: one verdict in plain words, from the state of a transport and the time."""

from __future__ import annotations

from callmon.engine.findings import findings
from callmon.engine.ice import Diagnosis, IceState, path_text

PAIR_TIMEOUT_S = 15.0
"""Longer than this without any pair that works is a failure, whatever the states say."""

DTLS_TIMEOUT_S = 5.0
"""A DTLS handshake takes a few round trips; longer than this and it is stuck."""

BROKEN = frozenset(
    {"ice-failed", "no-candidates", "dtls-stuck", "dtls-failed", "dropped", "closed-by-remote"}
)
"""Verdicts that tell more than the closing that follows them."""

FAILURES = frozenset({"ice-failed", "no-candidates", "dtls-failed", "dropped"})
"""Verdicts of a leg that will not carry media any more unless it is restarted."""

ENDINGS = frozenset({"closed", "closed-by-remote"})
"""Verdicts of a leg that was ended by somebody."""

SEVERITY = (
    "ice-failed",
    "no-candidates",
    "dtls-failed",
    "dtls-stuck",
    "dropped",
    "disconnected",
    "closed-by-remote",
    "checking",
    "gathering",
    "new",
    "connected",
    "closed",
    "unknown",
)
"""Verdicts from the worst: a call with several legs shows that of the leg that is worst off."""

_WORDS: dict[str, tuple[str, str | None]] = {
    "unknown": ("The source says nothing about ICE.", None),
    "new": ("Nothing has been tried yet.", None),
    "gathering": ("Candidates are being gathered{since}.", None),
    "checking": ("Candidate pairs are being checked{since}.", None),
    "securing": ("ICE has a path; the DTLS handshake is under way{since}.", None),
    "waiting": ("The offer is out; the far end has not answered{since}.", None),
    "connected": ("Connected over {path}.", None),
    "disconnected": (
        "The media path is lost for the moment{since}.",
        "Wait a few seconds: it often comes back; if it fails, the network of one end changed or went away.",
    ),
    "ice-failed": (
        "No candidate pair ever worked: {why}.",
        "Check that both ends reach a TURN server over UDP, TCP and TLS 443; compare the candidates of both sides.",
    ),
    "no-candidates": (
        "Not one local candidate was gathered{since}.",
        "Check that the STUN and TURN servers can be reached, and that relay-only is not set without a working TURN.",
    ),
    "dtls-stuck": (
        "ICE is connected but the DTLS handshake does not complete{since}, so no media can flow.",
        "Look for a firewall or a second network interface that drops DTLS packets in one direction.",
    ),
    "dtls-failed": (
        "ICE was connected and the DTLS handshake failed.",
        "Compare the fingerprints in both session descriptions; look for a middlebox that alters or drops DTLS.",
    ),
    "dropped": (
        "The call was connected for {up} and then the path failed.",
        "Check the network of both ends at that moment; an ICE restart could have saved the call.",
    ),
    "closed-by-remote": ("The far end closed the connection.", None),
    "closed": ("The connection was closed on this side.", None),
}


def diagnose(ice: IceState, now: float, before: Diagnosis | None = None) -> Diagnosis:
    """Return the verdict on a transport at ``now``; ``before`` is the diagnosis that held until then."""
    code = verdict(ice, now, before.verdict if before is not None else None)
    words, since = code, None
    if code == "checking" and ice.ever_up and not ice.ever_connected:
        words, since = "securing", ice.ice_up_at
    elif code == "checking":
        since = ice.checked_at or ice.tried_at
    elif (
        code == "gathering"
        and ice.facts.signaling == "have-local-offer"
        and ice.facts.gathering == "complete"
    ):
        words, since = "waiting", ice.first_at
    elif code in ("gathering", "no-candidates"):
        since = ice.first_at
    elif code == "disconnected":
        since = ice.lost_at
    elif code == "dtls-stuck":
        since = ice.ice_up_at
    sentence, step = _WORDS[words]
    pair = ice.facts.pair or ice.last_pair
    summary = sentence.format(
        since=f" for {_span(now - since)}" if since is not None and now - since >= 1 else "",
        path=path_text(pair) if pair is not None else "an unknown path",
        up=_span((ice.lost_at or now) - (ice.first_connected_at or now)),
        why=_why(ice),
    )
    return Diagnosis(code, summary, step, findings(ice, code, now))


def verdict(ice: IceState, now: float, before: str | None) -> str:
    """Return the code of the verdict (see the table of verdicts in the documentation)."""
    facts = ice.facts
    if not ice.seen:
        return "unknown"
    if ice.closed_at is not None:
        return before if before in BROKEN else "closed"
    if ice.ever_connected:
        return _after_connected(ice)
    if facts.dtls == "closed":
        return "closed-by-remote"
    # Firefox says that DTLS failed whenever ICE did, so DTLS is only to blame where a pair had worked.
    if ice.ever_up:
        return _after_up(ice, now)
    return _never_up(ice, now)


def _after_connected(ice: IceState) -> str:
    facts = ice.facts
    if facts.dtls == "closed":
        return "closed-by-remote"
    if ice.failed:
        return "dropped"
    if ice.disconnected:
        return "disconnected"
    if ice.connected_at is not None:
        return "connected"
    return "checking"


def _after_up(ice: IceState, now: float) -> str:
    if ice.facts.dtls == "failed":
        return "dtls-failed"
    up_for = now - ice.ice_up_at if ice.ice_up_at is not None else 0.0
    if ice.failed and ice.ice_up_at is None:
        return "dtls-stuck" if ice.facts.dtls == "connecting" else "dtls-failed"
    if up_for >= DTLS_TIMEOUT_S and ice.facts.srtp_cipher is None:
        return "dtls-stuck"
    return "checking"


def _never_up(ice: IceState, now: float) -> str:
    facts = ice.facts
    local = ice.side("local")
    gave_up = ice.failed or (facts.transport_ice == "closed" and facts.dtls == "failed")
    waited = ice.tried_at is not None and now - ice.tried_at >= PAIR_TIMEOUT_S
    if gave_up or waited:
        return "ice-failed" if local or facts.gathering is None else "no-candidates"
    if facts.gathering == "complete" and not local:
        return "no-candidates"
    if facts.ice == "checking" or facts.transport_ice == "checking" or facts.connection == "connecting":
        return "checking"
    return "gathering" if facts.gathering in ("gathering", "complete") else "new"


def _why(ice: IceState) -> str:
    local, remote = ice.side("local"), ice.side("remote")
    if not local:
        return "this side gathered no candidate"
    if not remote:
        return "not one candidate of the far end is known"
    types = (
        sorted({candidate.type or "?" for candidate in local}),
        sorted({candidate.type or "?" for candidate in remote}),
    )
    return f"this side offered {', '.join(types[0])}, the far end {', '.join(types[1])}"


def _span(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole} s" if whole < 120 else f"{whole // 60} min"
