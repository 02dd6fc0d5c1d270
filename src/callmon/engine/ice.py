"""The state of one transport over time: what was reached, when, and what was lost again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from callmon.model.ice import Candidate, IceFacts, Pair

UP = ("connected", "completed")
"""ICE states in which a path works."""

_TOLD = ("connection", "ice", "gathering", "signaling")

_PRINTS = ("local_fingerprint", "remote_fingerprint")

SETTLING_S = 3.0
"""Seconds after the first connection in which another pair is no change of the path, but ICE settling."""


@dataclass(frozen=True, slots=True)
class IceFinding:
    """Something worth knowing about a path, with evidence and what to do next."""

    code: str
    summary: str
    evidence: dict[str, str]
    next_step: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The verdict (a code), one sentence in plain words, what to do next, and the findings."""

    verdict: str
    summary: str
    next_step: str | None
    findings: tuple[IceFinding, ...] = ()


@dataclass(slots=True)
class IceState:
    """What is known of one transport, and since when; times are epoch seconds.

    ``facts`` are the newest known values, ``told`` the last full report if nothing
    came after it. ``tried_at`` is when the negotiation was done and a pair could have been
    looked for; ``ice_up_at`` since when ICE is up without a break, ``connected_at`` since when media can flow.
    ``last_pair`` outlives the pair's disappearance. ``candidates`` are all that were ever seen, by what they are,
    with the time when first seen. ``errors`` counts candidate errors, ``error_urls`` the servers they were about.
    ``dropped`` says that it failed after it was connected, and has not been connected since.
    ``said_at`` is when the last event about each state was.
    """

    facts: IceFacts = field(default_factory=IceFacts)
    told: IceFacts | None = None
    seen: bool = False
    first_at: float | None = None
    tried_at: float | None = None
    checked_at: float | None = None
    ice_up_at: float | None = None
    connected_at: float | None = None
    first_connected_at: float | None = None
    lost_at: float | None = None
    failed_at: float | None = None
    dtls_closed_at: float | None = None
    closed_at: float | None = None
    ever_up: bool = False
    ever_connected: bool = False
    last_pair: Pair | None = None
    path_changes: int = 0
    path_changed_at: float | None = None
    candidates: dict[str, Candidate] = field(default_factory=dict)
    candidate_at: dict[str, float] = field(default_factory=dict)
    errors: int = 0
    first_error: str | None = None
    error_urls: list[str] = field(default_factory=list)
    dropped: bool = False
    said_at: dict[str, float] = field(default_factory=dict)

    def update(self, at: float, facts: IceFacts) -> list[str]:
        """Take what a report or a state event says; return the lines that belong on the timeline."""
        if facts.full and facts == self.told:
            return []
        if not facts.full:
            facts = self._unless_overtaken(at, facts)
        if not _says_something(facts):
            return []
        self.told = facts if facts.full else None
        self.seen = True
        if self.first_at is None:
            self.first_at = at
        for candidate in facts.candidates:
            self.meet(at, candidate)
        merged = merge(self.facts, facts)
        lines = _changes(self.facts, merged)
        lines += self._follow_pair(at, merged)
        self.facts = merged
        self._follow_states(at)
        return lines

    def _unless_overtaken(self, at: float, facts: IceFacts) -> IceFacts:
        """Return what an event says without the states of which a later event has told: it is a repeat."""
        stale: dict[str, Any] = {}
        for name in _TOLD:
            if getattr(facts, name) is None:
                continue
            if at < self.said_at.get(name, at):
                stale[name] = None
            else:
                self.said_at[name] = at
        return replace(facts, **stale) if stale else facts

    def meet(self, at: float, candidate: Candidate) -> None:
        """Remember a candidate; the same one with more known about it takes the place of the poorer one."""
        key = f"{candidate.side} {candidate.type} {candidate.protocol} {candidate.address} {candidate.port}"
        known = self.candidates.get(key)
        if known is None or (candidate != known and candidate.relay_protocol is not None):
            self.candidates[key] = candidate
        self.candidate_at.setdefault(key, at)

    def fail_server(self, text: str, url: str | None) -> None:
        """Count an error that the gathering of candidates met."""
        self.errors += 1
        self.first_error = self.first_error or text
        if url and url not in self.error_urls and len(self.error_urls) < 8:
            self.error_urls.append(url)

    def side(self, side: str) -> list[Candidate]:
        """Return the candidates of one side, ``local`` or ``remote``."""
        return [candidate for candidate in self.candidates.values() if candidate.side == side]

    @property
    def up(self) -> bool:
        """Whether ICE has a working path now."""
        facts = self.facts
        if facts.ice is None and facts.transport_ice is None:
            return facts.connection == "connected" or bool(facts.pairs_succeeded)
        return facts.ice in UP or facts.transport_ice in UP

    @property
    def secured(self) -> bool:
        """Whether DTLS is up now, or the source says no more than that it is connected."""
        facts = self.facts
        if facts.dtls is not None:
            return facts.dtls == "connected"
        return facts.connection == "connected" or (facts.connection is None and facts.full)

    @property
    def failed(self) -> bool:
        """Whether the source says that the connection failed."""
        facts = self.facts
        return "failed" in (facts.connection, facts.ice, facts.transport_ice)

    @property
    def disconnected(self) -> bool:
        """Whether the path is lost for the moment."""
        facts = self.facts
        return "disconnected" in (facts.connection, facts.ice, facts.transport_ice)

    def _follow_pair(self, at: float, merged: IceFacts) -> list[str]:
        pair = merged.pair
        if pair is None:
            return []
        old, self.last_pair = self.last_pair, pair
        if old is None or old.id == pair.id:
            return []
        # ICE takes the first pair that works and moves to a better one while it still checks (RFC 8445, 8.1).
        if self.first_connected_at is None or at - self.first_connected_at < SETTLING_S:
            return []
        self.path_changes += 1
        self.path_changed_at = at
        return [f"path changed: {path_text(old)} → {path_text(pair)}"]

    def _follow_states(self, at: float) -> None:
        facts = self.facts
        negotiated = facts.signaling in (None, "stable")
        if self.tried_at is None and negotiated and facts.gathering in ("gathering", "complete"):
            self.tried_at = at
        if facts.ice == "checking" or facts.transport_ice == "checking":
            self.checked_at = self.checked_at or at
            self.tried_at = self.tried_at or at
        up = self.up and not self.failed and not self.disconnected
        self.ice_up_at = (self.ice_up_at or at) if up else None
        self.ever_up = self.ever_up or up or bool(facts.pairs_succeeded)
        connected = up and self.secured
        if connected:
            self.ever_connected = True
            self.first_connected_at = self.first_connected_at or at
            self.lost_at = None
        elif self.connected_at is not None:
            self.lost_at = at
        self.connected_at = (self.connected_at or at) if connected else None
        self.failed_at = (self.failed_at or at) if self.failed else None
        self.dropped = not connected and self.ever_connected and (self.dropped or self.failed)
        self.dtls_closed_at = (self.dtls_closed_at or at) if facts.dtls == "closed" else None
        if facts.connection == "closed" or facts.signaling == "closed":
            self.closed_at = self.closed_at or at


def merge(old: IceFacts, new: IceFacts) -> IceFacts:
    """Return what is known after ``new``: in a full report what is absent is gone, in an event it is as it was."""
    states = ("connection", "ice", "gathering", "signaling", "relay_policy", "changes", *_PRINTS)
    changed: dict[str, Any] = {}
    for item in fields(IceFacts):
        value = getattr(new, item.name)
        if value is None or item.name == "candidates":
            keep = not new.full or item.name in states or item.name == "candidates"
            changed[item.name] = getattr(old, item.name) if keep else None
    merged = replace(new, **changed)
    if new.full:
        return merged
    # A state event is newer than the transport's state in the last report; a connection is connected when DTLS is.
    told = new.ice is not None or new.connection is not None
    secured = new.connection == "connected" and new.dtls is None and old.dtls in ("new", "connecting")
    return replace(
        merged,
        full=old.full,
        transport_ice=None if told else merged.transport_ice,
        dtls="connected" if secured else merged.dtls,
    )


def path_text(pair: Pair) -> str:
    """Return a pair in words: ``host udp → relay udp``, with the hop to the TURN server where known."""

    def end(candidate: Candidate | None) -> str:
        if candidate is None:
            return "?"
        hop = f" ({candidate.relay_protocol})" if candidate.relay_protocol else ""
        return f"{candidate.type or '?'} {candidate.protocol or ''}{hop}".strip()

    return f"{end(pair.local)} → {end(pair.remote)}"


def _says_something(facts: IceFacts) -> bool:
    """Return whether there is anything about connectivity in it; many sources tell of media only."""
    told = (facts.connection, facts.ice, facts.gathering, facts.signaling, facts.transport_ice, facts.dtls)
    if facts.local_fingerprint or facts.remote_fingerprint:
        return True
    return any(told) or facts.pair is not None or bool(facts.pairs or facts.candidates)


_SPOKEN = (
    ("connection", "connection"),
    ("ice", "ice"),
    ("dtls", "dtls"),
    ("gathering", "gathering"),
)


def _changes(old: IceFacts, new: IceFacts) -> list[str]:
    """Return a line for each state that is another."""
    lines = []
    for name, word in _SPOKEN:
        value = getattr(new, name)
        if value is not None and value != getattr(old, name):
            lines.append(f"{word} {value}")
    if new.ice is None and new.transport_ice is not None and new.transport_ice != old.transport_ice:
        lines.append(f"ice {new.transport_ice}")
    if new.pair is not None and old.pair is None:
        lines.append(f"path {path_text(new.pair)}")
    return lines
