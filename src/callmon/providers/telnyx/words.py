"""The MOS and the quality word that the SDK puts into its frames, and where they cannot be right."""

from __future__ import annotations

from dataclasses import dataclass

from callmon.w3c.report import Entry, num, text

HOLES = ((4.0, 4.1), (3.6, 3.7))
"""Between these the SDK has no word and says bad, though it has better words just above and below."""

TOP_MOS = 4.5
"""The best that the scale allows (ITU-T G.107)."""

BLOWN_RTT_S = 2.0
"""From here on the SDK's formula turns round, and reaches 5 again at about 2.4 s."""

SPAN_S = 10.0
"""The loss of late is that of at least so many seconds."""

_MAX_CALLS = 10_000


@dataclass(slots=True)
class _Past:
    """What was counted some seconds ago, the loss since then in percent, and whether a note stands."""

    clock: float
    lost: float
    received: float
    recent_pct: float | None = None
    noted: bool = False


class Words:
    """What the vendor says of the quality of each call; remembers counters to tell late loss from early."""

    def __init__(self) -> None:
        """Start without any call."""
        self._past: dict[str, _Past] = {}

    def count(self, call: str, clock: float, counted: Entry | None) -> None:
        """Take the counters of what is received, at ``clock`` in seconds."""
        lost, received = num(counted, "packetsLost"), num(counted, "packetsReceived")
        if lost is None or received is None:
            return
        past = self._past.get(call)
        if past is None or received < past.received or clock < past.clock:
            self._past[call] = _Past(clock, lost, received, noted=past is not None and past.noted)
            if len(self._past) > _MAX_CALLS:
                del self._past[next(iter(self._past))]
        elif clock - past.clock >= SPAN_S:
            past.recent_pct = loss_pct(lost - past.lost, received - past.received)
            past.clock, past.lost, past.received = clock, lost, received

    def said(self, call: str, body: Entry, counted: Entry | None) -> dict[str, str]:
        """Return the vendor's MOS and word, and a note where they contradict what the frame itself says."""
        mos, quality = num(body, "mos"), text(body, "quality")
        words = {"mos": f"{mos:.2f}"} if mos is not None else {}
        if quality is not None:
            words["quality"] = quality.lower()
        past = self._past.get(call)
        note = contradiction(body, counted, past.recent_pct if past is not None else None)
        if note is not None or (past is not None and past.noted):
            words["note"] = note or ""
        if past is not None:
            past.noted = note is not None
        return words


def believable(body: Entry, counted: Entry | None) -> float | None:
    """Return the vendor's MOS, or None where it cannot be: off the scale, blown up, of nothing received."""
    mos = num(body, "mos")
    if mos is None or counted is None or not 1.0 <= mos <= TOP_MOS or _blown(mos, num(body, "rtt")):
        return None
    return mos


def contradiction(body: Entry, counted: Entry | None, recent_pct: float | None) -> str | None:
    """Return in one sentence why the vendor's MOS or word is not to be believed, or None.

    ``counted`` holds the counters since the start, ``recent_pct`` is the loss of the last ten seconds or so.
    """
    mos, rtt_s = num(body, "mos"), num(body, "rtt")
    if mos is None:
        return None
    if _blown(mos, rtt_s):
        return f"MOS {mos:.1f} at a round trip of {rtt_s:.1f} s: the vendor's formula climbs again out there"
    if mos > TOP_MOS:
        return f"MOS {mos:.1f} is above 4.5, the top of the scale: a negative loss counter does that"
    if counted is None:
        return "nothing is received, and the vendor counts that as half of it lost"
    if (text(body, "quality") or "").lower() == "bad" and any(low < mos < high for low, high in HOLES):
        return f"the vendor has no word for MOS {mos:.3f} and says bad; its scale has better words around it"
    lost, received = num(counted, "packetsLost"), num(counted, "packetsReceived")
    if recent_pct is None or lost is None or received is None:
        return None
    total_pct = loss_pct(lost, received) or 0.0
    both = f"{total_pct:.1f} % since the start, {recent_pct:.1f} % now"
    if mos < 3.7 and total_pct >= 1.0 and recent_pct < total_pct / 4:
        return f"the vendor's MOS still counts what was lost earlier: {both}"
    if mos >= 3.7 and recent_pct >= 3.0 and total_pct < recent_pct / 2:
        return f"the vendor's MOS hides the loss of now in that of the whole call: {both}"
    return None


def loss_pct(lost: float, received: float) -> float | None:
    """Return the loss in percent of what was expected; None where nothing was received."""
    lost = max(0.0, lost)
    return 100.0 * lost / (lost + received) if received > 0 else None


def _blown(mos: float, rtt_s: float | None) -> bool:
    return rtt_s is not None and rtt_s >= BLOWN_RTT_S and mos > 2.0
