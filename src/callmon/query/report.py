"""The report of a call: what one pastes into a ticket, as blocks for a screen and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.engine.summary import Spread, Summary
from callmon.model.dust import settled
from callmon.model.ice import Candidate
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import BADGES, NOT_HEARD, name_of, reason_text, state_word
from callmon.query.spent import share

MOS_SOURCES = {"provider": "the provider's own", "est-g107": "estimated, ITU-T G.107"}
"""Where a MOS comes from, in words."""

_SPREADS = ("rtt_ms", "jitter_ms", "loss_pct", "mos")


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows; ``level`` 1 is the report's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; ``tone`` is strong for what must not be overlooked, dim for a footnote, else text."""

    text: str
    tone: str = "text"


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values, one to a line."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; all columns but the first are numbers or times and stand to the right."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a list with the lines that belong to it; ``tone`` is that of its first line."""

    text: str
    details: tuple[str, ...] = ()
    tone: str = "strong"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    entries: tuple[Item, ...]


Block = Heading | Words | Facts | Table | Items
"""Any part of a report."""


def report(call: Call, summary: Summary | None, rules: str, now: float) -> tuple[Block, ...]:
    """Return the report of a call at ``now``; while the call lasts it says that it is provisional."""
    word = BADGES[call.grade][2]
    diagnosis = call.diagnosis()
    verdict = diagnosis.verdict if diagnosis is not None else "unknown"
    blocks: list[Block] = [Heading(f"Call {name_of(call)}: {word}, {verdict}", 1)]
    if not call.over:
        blocks.append(Words("Provisional: the call is not over.", "strong"))
    blocks.append(_facts(call, summary, rules, now))
    if summary is not None:
        blocks += _quality(call, summary)
        blocks += _traffic(summary)
        blocks += _provider(call, summary)
    blocks += _told(call)
    blocks += _issues(call, now)
    blocks += _connection(call)
    return tuple(blocks)


def _facts(call: Call, summary: Summary | None, rules: str, now: float) -> Facts:
    why = reason_text(call)
    shape, _, word = BADGES[call.grade]
    shape = NOT_HEARD if call.unheard else shape
    rows = [
        ("Grade", f"{shape} {word}" + (f" ({why})" if why else "")),
        ("Call id", call.id),
        ("Provider", call.provider),
        ("Room", call.room or fmt.UNKNOWN),
        ("Started", fmt.rfc3339(call.started_at) or fmt.UNKNOWN),
        ("Ended", fmt.rfc3339(call.ended_at) or (fmt.UNKNOWN if call.over else "not yet")),
        ("Duration", fmt.duration(summary.duration_s if summary is not None else call.duration_s(now))),
        ("State", state_word(call) + (f", {call.end_reason}" if call.end_reason else "")),
        ("Codec", (summary.codec if summary is not None else None) or fmt.UNKNOWN),
        ("Rule set", rules),
        ("Summary", _whose(call, summary)),
    ]
    return Facts(tuple(rows))


def _whose(call: Call, summary: Summary | None) -> str:
    """Return whose summary this is: that of a call which is over is callmon's own until the provider's is final."""
    if summary is None:
        return fmt.UNKNOWN
    if summary.status == "final" or not call.over:
        return summary.status
    if summary.told_status is not None:
        return f"callmon's own; the provider's is {summary.told_status} so far"
    return f"callmon's own; the provider told {'some figures' if summary.told else 'none'}"


def _quality(call: Call, summary: Summary) -> list[Block]:
    rows = []
    for key in _SPREADS:
        spread: Spread = getattr(summary, key)
        metric = METRICS[key]
        low = metric.good == "high"
        worst, worst_at = (spread.min, spread.min_at) if low else (spread.max, spread.max_at)
        values = [fmt.metric(key, value) for value in (spread.avg, spread.p95, worst)]
        since = fmt.duration(worst_at - call.started_at) if worst_at is not None else fmt.UNKNOWN
        rows.append((f"{metric.title} {metric.unit}".strip(), *values, fmt.utc(worst_at), since))
    blocks: list[Block] = [
        Heading("Quality"),
        Table(("Metric", "Avg", "p95", "Worst", "Worst at", "Into the call"), tuple(rows)),
    ]
    if summary.mos_source is not None:
        blocks.append(Words(f"MOS: {MOS_SOURCES.get(summary.mos_source, summary.mos_source)}.", "dim"))
    spent = summary.time_in_grade_s
    rows = [(grade.value, *_spent(spent, grade)) for grade in Grade if grade is not Grade.UNKNOWN]
    rows.append(("not graded", fmt.duration(spent.get(Grade.UNKNOWN.value, 0.0)), fmt.UNKNOWN))
    return [*blocks, Heading("Time in each grade"), Table(("Grade", "Time", "% of graded"), tuple(rows))]


def _spent(seconds: Mapping[str, float], grade: Grade) -> tuple[str, str]:
    """Return how long a call had a grade, and its share; both are unknown of a call that was never graded."""
    part = share(seconds, grade)
    return fmt.duration(seconds.get(grade.value, 0.0) if part is not None else None), fmt.number(part)


def _traffic(summary: Summary) -> list[Block]:
    packets, octets = summary.packets, summary.bytes
    rows = (
        ("Sent", fmt.count(packets.get("sent")), fmt.size(octets.get("sent")), fmt.UNKNOWN),
        (
            "Received",
            fmt.count(packets.get("received")),
            fmt.size(octets.get("received")),
            fmt.count(packets.get("lost")),
        ),
    )
    return [Heading("Packets and bytes"), Table(("Direction", "Packets", "Bytes", "Lost"), rows)]


def _provider(call: Call, summary: Summary) -> list[Block]:
    """Return what the provider itself says of the call, where it says anything."""
    told = summary.told
    if not told:
        return []
    rows = tuple(
        (f"{METRICS[key].title} {METRICS[key].unit}".strip(),)
        + tuple(fmt.metric(key, told.get(f"{key}.{part}")) for part in ("avg", "max"))
        for key in _SPREADS
    )
    counted = tuple(fmt.count(told.get(f"packets.{part}")) for part in ("sent", "received", "lost"))
    return [
        Heading("The provider's own summary"),
        Table(("Metric", "Avg", "Worst"), rows),
        Words("Packets: {} sent, {} received, {} lost.".format(*counted)),
        Words(_how_final(call, summary), "dim"),
    ]


def _how_final(call: Call, summary: Summary) -> str:
    if summary.told_status is None and call.over:
        return "The provider does not say whether it is final."
    return f"It is {summary.told_status or 'provisional'}."


def _told(call: Call) -> list[Block]:
    """Return what the provider says in its own words, of the whole call and of each leg."""
    places = [
        ("the whole call", call.words),
        *((leg.label or leg.id, leg.words) for leg in call.legs.values()),
    ]
    rows = tuple(
        (place, key.replace("_", " "), word) for place, words in places for key, word in words.items() if word
    )
    return [Heading("The provider's own words"), Table(("Of", "What", "Words"), rows)] if rows else []


def _issues(call: Call, now: float) -> list[Block]:
    if not call.issues:
        return [Heading("Issues"), Words("None.")]
    ordered = sorted(
        call.issues, key=lambda issue: (issue.until is not None, issue.severity != "critical", issue.since)
    )
    return [Heading("Issues"), Items(tuple(_issue(issue, call, now) for issue in ordered))]


def held_on(issue: Issue, call: Call) -> bool:
    """Return whether an issue was still there when its call ended."""
    if not call.over:
        return False
    return issue.until is None or (call.ended_at is not None and issue.until >= call.ended_at)


def ended(issue: Issue, call: Call, now: float | None = None) -> float:
    """Return when an issue went away or its call ended; while both last ``now``, else the last frame."""
    if issue.until is not None:
        return issue.until
    if call.over:
        return call.ended_at if call.ended_at is not None else call.last_frame_at
    return now if now is not None else call.last_frame_at


def _issue(issue: Issue, call: Call, now: float) -> Item:
    end = ended(issue, call, now)
    until = fmt.utc(issue.until) if issue.until is not None else ("the end" if call.over else "still there")
    details = [f"{fmt.utc(issue.since)} – {until}, {fmt.duration(max(0.0, end - issue.since))}"]
    details += [issue.evidence] if issue.evidence else []
    details += [f"Next step: {issue.next_step}"] if issue.next_step else []
    what = broken(issue)
    head = f"{issue.code} ({issue.severity})" + (f": {what}" if what else "")
    return Item(head, tuple(details), "poor" if issue.severity == "critical" else "fair")


_METRICS_OF_ISSUES = {
    "high-packet-loss": "loss_pct",
    "high-rtt": "rtt_ms",
    "high-jitter": "jitter_ms",
    "low-mos": "mos",
    "low-bitrate": "bitrate_bps",
    "low-frame-rate": "fps",
    "video-frozen": "freeze_ms_per_s",
    "media-stopped": "concealment_pct",
    "bandwidth-limited": "target_bps",
    "cpu-limited": "target_bps",
}


def broken(issue: Issue) -> str:
    """Return the value of an issue against its limit, such as ``6.2 % > 3``; '' where it has none."""
    if issue.value is None:
        return ""
    if issue.code == "no-data" or (issue.code == "media-stopped" and issue.limit is None):
        return f"for {fmt.duration(issue.value)}"
    key = _METRICS_OF_ISSUES.get(issue.code)
    if key is None:
        return ""
    value = fmt.measure(key, issue.value, METRICS[key].unit, issue.limit)
    if issue.limit is None:
        return value
    sign = "<" if issue.code.startswith("low-") else ">"
    if settled(issue.value, issue.limit) == issue.limit:
        sign += "="
    limit = fmt.metric(key, issue.limit) if key.endswith("_bps") else fmt.bare(issue.limit)
    return f"{value} {sign} {limit}"


def _connection(call: Call) -> list[Block]:
    diagnosis = call.diagnosis()
    leg = call.legs.get(call.ice_leg) if call.ice_leg is not None else None
    if diagnosis is None or leg is None:
        return [Heading("Connection"), Words("The source says nothing about ICE.")]
    blocks: list[Block] = [
        Heading("Connection"),
        Words(f"{diagnosis.verdict}: {diagnosis.summary}", "strong"),
    ]
    if diagnosis.next_step:
        blocks.append(Words(f"Next step: {diagnosis.next_step}"))
    pair = leg.ice.facts.pair or leg.ice.last_pair
    if pair is not None:
        blocks.append(Facts((("Local", endpoint(pair.local)), ("Remote", endpoint(pair.remote)))))
    items = tuple(
        Item(
            f"{finding.code}: {finding.summary}",
            tuple(
                line
                for line in (
                    evidence(finding.evidence),
                    f"Next step: {finding.next_step}" if finding.next_step else "",
                )
                if line
            ),
        )
        for finding in diagnosis.findings
    )
    return [*blocks, Items(items)] if items else blocks


def endpoint(candidate: Candidate | None) -> str:
    """Return one end of a path: type, protocol, address and port, the hop to its relay, its network."""
    if candidate is None:
        return fmt.UNKNOWN
    parts = [candidate.type or "type unknown", candidate.protocol or ""]
    address = candidate.address or "address hidden"
    if candidate.port is not None:
        address = f"[{address}]:{candidate.port}" if ":" in address else f"{address}:{candidate.port}"
    parts.append(address)
    if candidate.relay_protocol:
        parts.append(f"(to the relay over {candidate.relay_protocol})")
    if candidate.network_type:
        parts.append(f"({candidate.network_type})")
    return " ".join(part for part in parts if part)


def evidence(facts: dict[str, str]) -> str:
    """Return evidence as ``name: value, name: value``."""
    return ", ".join(f"{name}: {value}" for name, value in facts.items() if value)


def markdown(blocks: tuple[Block, ...]) -> str:
    """Return a report as Markdown; no character of a foreign string is taken as markup."""
    return "\n\n".join(_written(block) for block in blocks) + "\n"


def _written(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {escape(block.text)}"
    if isinstance(block, Words):
        text = escape(block.text)
        return f"**{text}**" if block.tone == "strong" else text
    if isinstance(block, Facts):
        return "\n".join(f"- {escape(name)}: {escape(value)}" for name, value in block.rows)
    if isinstance(block, Table):
        rule = ["---"] + ["---:"] * (len(block.head) - 1)
        rows = [block.head, tuple(rule), *block.rows]
        return "\n".join(
            f"| {' | '.join(row if index == 1 else map(escape, row))} |" for index, row in enumerate(rows)
        )
    lines = []
    for item in block.entries:
        lines.append(f"- {escape(item.text)}")
        lines += [f"  - {escape(detail)}" for detail in item.details]
    return "\n".join(lines)


_INLINE = re.compile(r"[\\`*\[\]<|~]|(?<![^\W_])_|_(?![^\W_])")
_LEADING = re.compile(r"^(\s*)(?:(>|[#+-](?!\w))|(\d+)([.)])(?!\w))")


def escape(text: str) -> str:
    """Return a text in which nothing is Markdown or HTML; an underscore inside a word never is."""
    line = _INLINE.sub(r"\\\g<0>", " ".join(text.splitlines()))
    return _LEADING.sub(lambda m: m[1] + (f"\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}"), line)
