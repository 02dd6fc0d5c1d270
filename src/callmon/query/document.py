"""The JSON that callmon promises (``"schema": "callmon/1"``): unknown is null, and nothing is ever absent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.ice import Diagnosis
from callmon.engine.issues import Issue
from callmon.engine.quality import Reason
from callmon.engine.summary import Spread, Summary
from callmon.model.frames import Json
from callmon.model.health import SourceHealth
from callmon.model.ice import Candidate
from callmon.model.metrics import WHOLE_CALL
from callmon.query.format import rfc3339

SCHEMA = "callmon/1"
"""The name of the shape; a change of the shape needs a new number."""

STREAM_METRICS = (
    "rtt_ms",
    "jitter_ms",
    "loss_pct",
    "bitrate_bps",
    "mos",
    "audio_level",
    "concealment_pct",
    "jitter_buffer_ms",
    "packets_per_s",
    "fps",
    "frame_height",
)
"""Metrics of a stream in the document: over the window where there is one, else the newest."""

GRADES = ("good", "fair", "poor", "unknown")


def document(
    calls: Iterable[Call], sources: Sequence[SourceHealth], rules: str, now: float
) -> dict[str, Json]:
    """Return the whole document for these calls at ``now``; ``sources`` are those asked, and callmons not heard."""
    asked = [source_document(source, now) for source in sources if _is_told(source)]
    return {
        "schema": SCHEMA,
        "generated_at": rfc3339(now),
        "rules": rules,
        "rejected": [
            {"source": source.name, "count": source.rejected, "first": source.first_reason}
            for source in sources
            if source.rejected
        ],
        **({"sources": asked} if asked else {}),
        "calls": [call_document(call, now) for call in calls],
    }


def _is_told(source: SourceHealth) -> bool:
    """Return whether a document has a source: one that is asked, or another callmon that is not heard."""
    return source.quota_used is not None or (source.beat_s is not None and source.state != "ok")


def source_document(source: SourceHealth, now: float) -> dict[str, Json]:
    """Return how a source does at ``now``; ``skipped`` is there where it says what only a newer callmon knows."""
    found: dict[str, Json] = {
        "source": source.name,
        "state": source.state,
        "detail": source.detail,
        "frames": source.frames,
        "rejected": source.rejected,
        "first_reason": source.first_reason,
        "dropped": source.dropped,
        "gaps": source.gaps,
        "lag_s": _round(source.lag_s(now), 3),
        "last_success_at": rfc3339(source.last_success_at),
        "next_try_at": rfc3339(source.next_try_at),
        "next_poll_at": rfc3339(source.next_poll_at),
        "queued": source.queued,
        "quota_used": source.quota_used,
        "quota_left": source.quota_left,
    }
    if source.skipped:
        found["skipped"] = source.skipped
    return found


def call_document(call: Call, now: float) -> dict[str, Json]:
    """Return one call as it stands at ``now``; ``words`` is there where the vendor says something of all of it.

    ``unheard`` is there where nobody could hear of the call since its ``last_frame_at``.
    """
    found: dict[str, Json] = {
        "id": call.id,
        "provider": call.provider,
        "room": call.room,
        "state": call.state,
        "started_at": rfc3339(call.started_at),
        "ended_at": rfc3339(call.ended_at),
        "duration_s": _round(call.duration_s(now), 3),
        "last_frame_at": rfc3339(call.last_frame_at),
        "grade": call.grade.value,
        "reason": _reason(call.reason),
        "metrics": {key: _round(call.metrics.get(key)) for key in WHOLE_CALL},
        "legs": [_leg(leg, call.told.get(leg.id, {})) for leg in call.legs.values()],
        "ice": _ice(call),
        "issues": [_issue(issue) for issue in call.issues],
        "summary": _summary(call.summary) if call.summary is not None else None,
    }
    if call.words:
        found["words"] = dict(call.words)
    if call.unheard:
        found["unheard"] = True
    return found


def _round(value: float | None, digits: int = 4) -> float | None:
    # Adding 0 makes 0 of what rounds to -0.
    return None if value is None or not math.isfinite(value) else round(value, digits) + 0.0


def _reason(reason: Reason | None) -> dict[str, Json] | None:
    if reason is None:
        return None
    return {
        "metric": reason.metric,
        "op": reason.op,
        "value": _round(reason.value),
        "limit": reason.limit,
        "direction": reason.direction,
        "leg": reason.leg,
        "stream": reason.stream,
    }


def _leg(leg: Leg, told: Mapping[str, float]) -> dict[str, Json]:
    attributes: dict[str, Json] = {"browser": None, "os": None, "sdk": None, "region": None}
    attributes.update(leg.attributes)
    attributes.update({f"vendor_{key}": word for key, word in leg.words.items()})
    attributes.update({f"vendor_{key.replace('.', '_')}": f"{value:.6g}" for key, value in told.items()})
    return {
        "id": leg.id,
        "label": leg.label,
        "role": leg.role,
        "attributes": attributes,
        "streams": [_stream(stream) for stream in leg.streams.values()],
    }


def _stream(stream: Stream) -> dict[str, Json]:
    metrics = {
        key: stream.window[key] if key in stream.window else stream.now.get(key) for key in STREAM_METRICS
    }
    return {
        "id": stream.id,
        "kind": stream.kind,
        "direction": stream.direction,
        "codec": stream.codec,
        "metrics": {key: _round(value) for key, value in metrics.items()},
        "grade": stream.grade.value,
    }


def _ice(call: Call) -> dict[str, Json]:
    leg = call.legs.get(call.ice_leg) if call.ice_leg is not None else None
    diagnosis = leg.diagnosis if leg is not None and leg.diagnosis is not None else None
    return {
        "verdict": diagnosis.verdict if diagnosis is not None else "unknown",
        "summary": diagnosis.summary if diagnosis is not None else "The source says nothing about ICE.",
        "next_step": diagnosis.next_step if diagnosis is not None else None,
        "findings": _findings(diagnosis),
        "transport": _transport(leg),
        "selected_pair": _pair(leg),
        "candidates": _candidates(leg),
        "timeline": [
            {"at": rfc3339(moment.at), "what": moment.text}
            for moment in sorted(call.timeline, key=lambda moment: moment.at)
            if moment.kind == "ice" and (leg is None or moment.leg in (None, leg.id))
        ],
    }


def _findings(diagnosis: Diagnosis | None) -> list[Json]:
    if diagnosis is None:
        return []
    return [
        {"code": one.code, "summary": one.summary, "evidence": dict(one.evidence), "next_step": one.next_step}
        for one in diagnosis.findings
    ]


def _transport(leg: Leg | None) -> dict[str, Json]:
    facts = leg.ice.facts if leg is not None else None
    return {
        "ice_state": (facts.transport_ice or facts.ice) if facts is not None else None,
        "dtls_state": facts.dtls if facts is not None else None,
        "srtp_cipher": facts.srtp_cipher if facts is not None else None,
        "dtls_cipher": facts.dtls_cipher if facts is not None else None,
        "tls_version": facts.tls_version if facts is not None else None,
    }


def _pair(leg: Leg | None) -> dict[str, Json] | None:
    pair = (leg.ice.facts.pair or leg.ice.last_pair) if leg is not None else None
    if leg is None or pair is None:
        return None
    told = leg.ice.facts.changes
    return {
        "local": _end(pair.local),
        "remote": _end(pair.remote),
        "state": pair.state,
        "nominated": pair.nominated,
        "rtt_ms": _round(leg.now.get("pair_rtt_ms")),
        "changes": told if told is not None else leg.ice.path_changes + 1,
    }


def _end(candidate: Candidate | None) -> dict[str, Json]:
    keys = ("type", "protocol", "relay_protocol", "address", "port", "network_type")
    return {key: getattr(candidate, key) if candidate is not None else None for key in keys}


def _candidates(leg: Leg | None) -> list[Json]:
    if leg is None:
        return []
    return [
        {
            "side": candidate.side,
            "type": candidate.type,
            "protocol": candidate.protocol,
            "address": candidate.address,
            "port": candidate.port,
            "at": rfc3339(leg.ice.candidate_at.get(key)),
        }
        for key, candidate in leg.ice.candidates.items()
    ]


def _issue(issue: Issue) -> dict[str, Json]:
    """Return an issue; ``kinds`` (audio, video) is there where the issue is about kinds of media."""
    found: dict[str, Json] = {
        "code": issue.code,
        "severity": issue.severity,
        "leg": issue.leg,
        "stream": issue.stream,
        "since": rfc3339(issue.since),
        "until": rfc3339(issue.until),
        "value": _round(issue.value),
        "limit": issue.limit,
        "rule": issue.rule,
        "next_step": issue.next_step,
    }
    if issue.kinds:
        found["kinds"] = list(issue.kinds)
    return found


def _spread(spread: Spread) -> dict[str, Json]:
    return {
        "avg": _round(spread.avg),
        "p95": _round(spread.p95),
        "max": _round(spread.max),
        "max_at": rfc3339(spread.max_at),
    }


def _whole(values: Mapping[str, float | None]) -> dict[str, Json]:
    return {key: None if value is None else round(value) for key, value in values.items()}


def _summary(summary: Summary) -> dict[str, Json]:
    return {
        "status": summary.status,
        "duration_s": _round(summary.duration_s, 3),
        "end_reason": summary.end_reason,
        "codec": summary.codec,
        "rtt_ms": _spread(summary.rtt_ms),
        "jitter_ms": _spread(summary.jitter_ms),
        "loss_pct": _spread(summary.loss_pct),
        "mos": _spread(summary.mos) | {"min": _round(summary.mos.min), "min_at": rfc3339(summary.mos.min_at)},
        "mos_source": summary.mos_source,
        "packets": _whole(summary.packets),
        "bytes": _whole(summary.bytes),
        "time_in_grade_s": {grade: _round(summary.time_in_grade_s.get(grade, 0.0), 3) for grade in GRADES},
    }
