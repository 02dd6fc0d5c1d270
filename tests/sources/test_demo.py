"""The demo: what each of its calls comes to in the engine, and that its frames are those of real browsers."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from callmon.cli.main import build_parser
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.model.frames import Frame, Json, Rejected
from callmon.providers import every_provider
from callmon.sources.demo import PREROLL_S, Demo, hastened
from callmon.sources.demo.cast import NUMBERS
from callmon.sources.demo.modes import MODES
from callmon.sources.demo.softphone import gauge, word

START = 1_800_000_000.0
SEEDS = (1, 2, 18)


@dataclass(frozen=True)
class Outcome:
    """What must be said of a call at the end of the pre-roll; ``may`` are issues that may come with it."""

    issues: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    verdict: str | None = "connected"
    findings: frozenset[str] = frozenset()
    state: str = "live"
    grades: frozenset[str] = frozenset({"good"})


def outcome(
    *issues: str, may: str = "", verdict: str | None = "connected", findings: str = "", state: str = "live",
    grades: str = "good",
) -> Outcome:  # fmt: skip
    sets = (frozenset(words.split()) for words in (may, findings, grades))
    mays, found, graded = sets
    return Outcome(frozenset(issues), mays, verdict, found, state, graded)


LOSS, RTT, JITTER, MOS = "high-packet-loss", "high-rtt", "high-jitter", "low-mos"

OUTCOMES = {
    "good voice": outcome(),
    "good video": outcome(),
    "good firefox": outcome(),
    "video room": outcome(),
    "telnyx flat": outcome(verdict=None),
    "telnyx excellent": outcome(verdict=None),
    "relay udp": outcome(findings="relay-in-use"),
    "relay tcp": outcome(findings="relay-in-use relay-over-tcp"),
    "relay tls": outcome(findings="relay-in-use relay-over-tls"),
    "fair rtt": outcome(may=RTT, grades="fair"),
    "steady loss": outcome(LOSS, may=MOS, grades="poor"),
    "bursty loss": outcome(LOSS, may=MOS, grades="fair poor"),
    "high jitter": outcome(JITTER, may=MOS, grades="poor"),
    "low mos": outcome(MOS, LOSS, RTT, may=JITTER, grades="poor"),
    "outage": outcome("media-stopped"),
    "one-way audio": outcome("one-way-audio", grades="good fair poor unknown"),
    "silent microphone": outcome("silent-microphone"),
    "dtls stuck": outcome("dtls-stuck", verdict="dtls-stuck", grades="poor unknown"),
    "ice failed": outcome(
        "ice-failed",
        verdict="ice-failed",
        findings="turn-unreachable stun-errors",
        state="failed",
        grades="poor unknown",
    ),
    "no candidates": outcome(
        "ice-failed",
        verdict="no-candidates",
        findings="turn-unreachable",
        state="live",
        grades="poor unknown",
    ),
    "path changed": outcome("path-changed", findings="path-changed"),
    "ice restart": outcome("media-stopped", "connection-dropped", "path-changed", findings="path-changed"),
    "dropped": outcome(
        "media-stopped", "connection-dropped", verdict="dropped", state="failed", grades="good poor unknown"
    ),
    "remote hang-up": outcome(verdict="closed-by-remote", state="ended", grades="good unknown"),
    "stale": outcome("no-data", state="stale", grades="good unknown"),
    "bandwidth limited": outcome("bandwidth-limited", may=f"{RTT} {JITTER}", grades="good fair"),
    "cpu limited": outcome("cpu-limited"),
    "video frozen": outcome("video-frozen", may=f"{LOSS} {JITTER}", grades="good fair"),
    "room with a bad leg": outcome(LOSS, may=f"{MOS} {JITTER}", grades="poor"),
    "telnyx word bad": outcome(may=LOSS, verdict=None, grades="good fair"),
    "telnyx mos of 5": outcome(RTT, MOS, may=JITTER, verdict=None, grades="poor"),
    "telnyx loss": outcome(LOSS, may=MOS, verdict=None, grades="poor"),
    "telnyx report": outcome(LOSS, grades="fair"),
    "telnyx hang-up": outcome(state="ended"),
    "twilio video room": outcome(verdict=None),
    "twilio video uplink": outcome(
        LOSS, RTT, "participant-packet-loss", "participant-rtt", may=MOS, verdict=None, grades="poor"
    ),
    "daily meeting": outcome(verdict=None),
    "daily warning": outcome(LOSS, verdict=None, grades="poor"),
    "twilio voice": outcome(verdict=None),
    "twilio gateway loss": outcome(LOSS, verdict=None, grades="poor"),
    "twilio gateway jitter": outcome(verdict=None),
    "twilio failed": outcome(verdict=None, state="failed", grades="unknown"),
    "callstats room": outcome(),
    "callstats loss": outcome(LOSS, may=MOS, grades="poor"),
    "callstats dropped": outcome(
        "media-stopped", "connection-dropped", verdict="dropped", state="failed", grades="good poor unknown"
    ),
    "callstats silent": outcome(may="no-data", state="ended", grades="good unknown"),
}


def fold(demo: Demo, until: float) -> tuple[Engine, list[Rejected]]:
    """Read and fold all frames up to ``until`` as a monitor does, letting each second pass."""
    readers = {one.name: one for one in every_provider()}
    engine, rejected, ticked = Engine(), [], demo.start
    for frame in demo.frames(until):
        while ticked < frame.at:
            engine.tick(ticked)
            ticked += 1.0
        events = []
        for one in readers[frame.provider].read(frame):
            if isinstance(one, Rejected):
                rejected.append(one)
            else:
                events.append(one)
        engine.fold(events, frame.at)  # type: ignore[arg-type]
    engine.tick(until)
    return engine, rejected


@pytest.fixture(scope="module", params=SEEDS)
def played(request: pytest.FixtureRequest) -> dict[str, Call]:
    """The calls at the end of the pre-roll, by mode."""
    demo = Demo(len(MODES), request.param, START)
    engine, rejected = fold(demo, START + PREROLL_S)
    assert not rejected
    assert len(engine.calls) == len(MODES)
    return {demo.modes[id]: call for id, call in engine.calls.items()}


def test_every_mode_has_an_outcome() -> None:
    assert OUTCOMES.keys() == {mode.name for mode in MODES}
    assert len(MODES) >= 24


@pytest.mark.parametrize("mode", OUTCOMES)
def test_each_mode_comes_to_what_it_is_meant_to_show(played: dict[str, Call], mode: str) -> None:
    call, expected = played[mode], OUTCOMES[mode]
    codes = {issue.code for issue in call.issues}
    assert expected.issues <= codes <= expected.issues | expected.may
    diagnosis = call.diagnosis()
    assert (diagnosis.verdict if diagnosis is not None else None) == expected.verdict
    assert expected.findings <= {
        finding.code for finding in (diagnosis.findings if diagnosis is not None else ())
    }
    assert call.state == expected.state
    assert call.grade in expected.grades


def test_the_vendors_words_stand_beside_ours(played: dict[str, Call]) -> None:
    words = {name: call.legs["sdk"].words for name, call in played.items() if name.startswith("telnyx")}
    assert words["telnyx excellent"]["quality"] == "excellent"
    assert float(words["telnyx mos of 5"]["mos"]) > 4.5
    assert "round trip" in words["telnyx mos of 5"]["note"]
    assert words["telnyx flat"] == {}


def test_rooms_have_their_legs(played: dict[str, Call]) -> None:
    assert len(played["video room"].legs) == 4
    assert len(played["room with a bad leg"].legs) == 3
    outbound = [
        s
        for leg in played["video room"].legs.values()
        for s in leg.streams.values()
        if s.direction == "outbound"
    ]
    assert all(stream.attributes.get("layers") == "3" for stream in outbound if stream.kind == "video")


def test_a_loss_is_what_the_mode_says(played: dict[str, Call]) -> None:
    streams = played["steady loss"].legs["pc"].streams.values()
    inbound = next(stream for stream in streams if stream.inbound)
    assert inbound.window["loss_pct"] == pytest.approx(6.0, abs=2.2)


def call_of(frame: Frame) -> str:
    """The call that a frame is about, as its body or its sender says."""
    listed = frame.body.get("call_summaries", [{}])[0].get("call_sid")
    return str(frame.body.get("call") or listed or frame.about["call"])


def text(frames: list[Frame]) -> bytes:
    rows = ([frame.provider, frame.at, frame.tag, frame.body, dict(frame.about)] for frame in frames)
    return "\n".join(json.dumps(row, allow_nan=False) for row in rows).encode()


def test_the_same_seed_gives_the_same_bytes_however_it_is_asked() -> None:
    whole = text(list(Demo(12, 5, START).frames(START + 90)))
    parts = Demo(12, 5, START)
    pieces = [frame for until in (0.0, 17.3, 17.3, 40.0, 90.0) for frame in parts.frames(START + until)]
    assert text(pieces) == whole
    assert text(list(Demo(12, 6, START).frames(START + 90))) != whole


def test_frames_come_in_the_order_of_time_and_never_early() -> None:
    demo = Demo(40, 3, START)
    first = [frame.at for frame in demo.frames(START + 60)]
    rest = [frame.at for frame in demo.frames(START + 100)]
    assert first + rest == sorted(first + rest)
    assert first[0] >= START
    assert first[-1] <= START + 60 < rest[0]


def test_calls_end_and_others_begin() -> None:
    demo = Demo(len(MODES), 1, START)
    ended = Counter(
        demo.modes[call_of(frame)]
        for frame in demo.frames(START + 1500)
        if frame.body.get("end") or frame.body.get("event") == "telnyx.notification"
    )
    begun = Counter(demo.modes.values())
    assert all(begun[mode.name] >= 2 for mode in MODES if mode.life_s + mode.gap_s < 1000)
    assert len(ended) >= 20


@pytest.mark.parametrize("seed", SEEDS)
def test_a_demo_of_the_usual_size_has_calls_of_every_provider(seed: int) -> None:
    engine, _ = fold(Demo(build_parser().parse_args(["demo"]).calls, seed, START), START + PREROLL_S)
    at_hand = {call.provider for call in engine.calls.values() if not call.over}
    assert at_hand == {one.name for one in every_provider()} - {"callmon"}


def test_many_calls_go_through_the_modes_over_and_over() -> None:
    demo = Demo(3 * len(MODES), 1, START)
    calls = {call_of(frame) for frame in demo.frames(START + PREROLL_S)}
    assert len(calls) == 3 * len(MODES)
    assert set(Counter(demo.modes[call] for call in calls).values()) == {3}


def entries(frames: list[Frame]) -> list[list[dict[str, Json]]]:
    return [frame.body["stats"] for frame in frames if frame.body.get("stats")]


def test_objects_join_and_their_counters_never_fall() -> None:
    frames = [frame for frame in Demo(32, 4, START).frames(START + 200) if frame.provider == "webrtc"]
    last: dict[tuple[str, str, str, str], float] = {}
    for frame in frames:
        found = {entry["id"]: entry for entry in frame.body.get("stats", [])}
        for entry in found.values():
            for key in ("codecId", "transportId", "localId", "remoteId", "mediaSourceId", "localCandidateId",
                        "remoteCandidateId", "selectedCandidatePairId", "playoutId"):  # fmt: skip
                if key in entry:
                    assert entry[key] in found, f"{entry['type']}.{key}"
            for key, value in entry.items():
                if key.startswith(("packets", "bytes", "frames", "total", "concealed", "jitterBuffer")):
                    if key in ("framesPerSecond",):
                        continue
                    place = (frame.body["call"], frame.body.get("leg", ""), entry["id"], key)
                    assert value >= last.get(place, 0.0), place
                    last[place] = value


FIELDS = {
    "Firefox 153": (
        "selectedCandidatePairChanges availableOutgoingBitrate networkType url targetBitrate active",
        "selected srtpCipher fractionLost audioLevel",
    ),
    "Safari 17": (
        "iceState networkType relayProtocol fractionLost active freezeCount remoteTimestamp",
        "availableOutgoingBitrate srtpCipher totalAudioEnergy",
    ),
    "Chrome 156": (
        "selected",
        "networkType targetBitrate selectedCandidatePairChanges fractionLost iceState active",
    ),
}
"""Members that a browser's reports never have, and some that they have."""


@pytest.mark.parametrize("browser", FIELDS)
def test_each_browser_has_its_own_fields(browser: str) -> None:
    frames = [
        frame for frame in Demo(32, 1, START).frames(START + 120)
        if frame.provider == "webrtc" and frame.body["page"]["browser"] == browser
    ]  # fmt: skip
    members = {key for report in entries(frames) for entry in report for key in entry}
    absent, present = (set(names.split()) for names in FIELDS[browser])
    assert frames
    assert not absent & members
    assert present <= members


DOCUMENTED = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def test_nobodys_address_and_nobodys_number_is_used() -> None:
    frames = list(Demo(64, 9, START).frames(START + 60))
    found = {
        entry[key]
        for report in entries(frames)
        for entry in report
        for key in ("address", "ip")
        if entry.get(key)
    }
    assert found
    assert all(any(ipaddress.ip_address(one) in net for net in DOCUMENTED) for one in found)
    urls = {entry["url"] for report in entries(frames) for entry in report if "url" in entry}
    assert urls and all(
        re.fullmatch(r"(stun|turns?):(stun|turn)\.example\.net:\d+(\?transport=\w+)?", url) for url in urls
    )
    reserved = re.compile("|".join(re.escape(one).replace(re.escape("{:02d}"), r"\d\d") for one in NUMBERS))
    numbers = [frame.about["label"] for frame in frames if frame.provider == "telnyx"]
    assert numbers and all(reserved.fullmatch(number) for number in numbers)


async def test_it_runs_by_the_clock_it_is_given() -> None:
    clock = hastened(time.time, 400.0)
    demo = Demo(8, 1, clock() - 30.0)
    taken: list[tuple[float, float]] = []
    task = asyncio.create_task(demo.run(lambda frame: taken.append((frame.at, clock())), clock, 400.0))
    deadline = time.monotonic() + 20.0
    while (not taken or taken[-1][0] < demo.start + 90.0) and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert taken[-1][0] >= demo.start + 90.0
    assert all(at <= now for at, now in taken)


def test_a_hastened_clock_agrees_at_first() -> None:
    now = [100.0]
    clock = hastened(lambda: now[0], 8.0)
    assert clock() == 100.0
    now[0] += 2.0
    assert clock() == 116.0


@pytest.mark.parametrize(
    ("jitter", "rtt", "lost", "received", "mos", "said"),
    [
        (2, 20, 0, 1000, 4.4036, "excellent"),
        (4, 52, 1, 1893, 4.3729, "excellent"),
        (30, 300, 0, 1000, 4.3028, "excellent"),
        (20, 150, 6, 994, 4.0801, "bad"),
        (20, 150, 10, 990, 3.9081, "fair"),
        (25, 200, 20, 980, 3.5128, "poor"),
        (10, 1000, 0, 1000, 2.2825, "bad"),
        (10, 2410, 0, 1000, 5.0, "excellent"),
        (10, 50, -5, 1000, 4.5033, "excellent"),
    ],
)
def test_the_vendors_formula_is_the_vendors(
    jitter: float, rtt: float, lost: int, received: int, mos: float, said: str
) -> None:
    assert gauge(jitter, rtt, lost, received) == pytest.approx(mos, abs=1e-4)
    assert word(gauge(jitter, rtt, lost, received)) == said


def test_without_packets_there_is_no_mos() -> None:
    assert gauge(10, 50, 0, 0) is None
    assert word(None) is None
