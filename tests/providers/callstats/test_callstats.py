"""The callstats dialect: both generations of its clients, what they say of a conference, and what cannot be read."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine import snapshot
from callmon.engine.call import Call
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS, RuleSet
from callmon.model.events import Event, Joined, Left, Negotiated, Noted, Opened, Reported, Sampled
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.callstats import Callstats
from callmon.providers.callstats.callstats import OF_APP, OF_FABRIC, OF_PARTICIPANT, answer
from callmon.providers.callstats.envelope import decoded, epoch_s
from tests.providers.callstats.witnesses import BORN, Body, Script, Swagger
from tests.providers.golden import check

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
WITNESSES = (Swagger, Script)

E = TypeVar("E")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    check(Callstats(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 16


def frame(
    tag: str, body: Json, at: float, leg: str = "uc-31f", user: str = "agent-4", call: str = "room-7"
) -> Frame:
    return Frame("callstats", at, tag, body, {"app": "487", "call": call, "leg": leg, "user": user}, "test")


def of(kind: type[E], found: list[Any]) -> list[E]:
    return [one for one in found if isinstance(one, kind)]


def conference(client: Swagger, leg: str = "uc-31f", seconds: int = 90) -> list[Frame]:
    """All frames of one participant: joined, set up, statistics every 15 s with 1 packet in 25 lost, left."""
    said = [("join", client.join()), *client.story()]
    said += [client.stats(second, lost=2 * second) for second in range(15, seconds + 1, 15)]
    said += client.end(seconds + 5.0)
    return [
        frame(tag, body, epoch_s(body["timestamp"]) + 0.1, leg, client.user)  # type: ignore[operator]
        for tag, body in said
    ]


def fold(frames: list[Frame], rules: RuleSet = RULE_SETS["telnyx"]) -> tuple[Engine, list[str]]:
    """Read and fold frames as a monitor does, letting each second pass."""
    engine, reader, reasons = Engine(rules), Callstats(), []
    ticked = BORN
    for one in frames:
        while ticked < one.at:
            engine.tick(ticked)
            ticked += 1.0
        found = list(reader.read(one))
        reasons += [item.reason for item in of(Rejected, found)]
        engine.fold([item for item in found if not isinstance(item, Fetch | Rejected)], one.at)
    return engine, reasons


def told(call: Call) -> dict[str, Any]:
    """All that is known of a call, but for how often it was told."""
    state = snapshot.dump(call)
    for key in ("frames", "version"):
        state.pop(key, None)
    return state


@pytest.mark.parametrize("witness", WITNESSES)
def test_a_conference_is_a_call_with_participants_and_peer_connections(witness: type[Swagger]) -> None:
    frames = conference(witness())[:-2]
    engine, reasons = fold(frames)
    assert not reasons
    (call,) = engine.calls.values()
    assert (call.id, call.room, call.provider, call.state) == ("room-7", "room-7", "callstats", "live")
    assert {id: (leg.role, leg.label) for id, leg in call.legs.items()} == {
        "uc-31f": ("participant", "agent-4"),
        "uc-31f/c1a2": ("peer", "agent-4 → sip-gw"),
    }
    diagnosis = call.diagnosis()
    assert diagnosis is not None
    assert diagnosis.verdict == "connected"
    assert diagnosis.summary == "Connected over host udp → srflx udp."
    # 2 packets lost of 50 sent each second are 4 %; 48 of 160 bytes each second arrive: 48 x 160 x 8 = 61440.
    assert call.metrics["loss_pct"] == pytest.approx(4.0)
    assert call.metrics["bitrate_in_bps"] == pytest.approx(61_440)
    assert call.metrics["bitrate_out_bps"] == pytest.approx(64_000)
    assert call.metrics["rtt_ms"] == pytest.approx(145.0)
    assert call.metrics["jitter_ms"] == pytest.approx(21.0)
    assert call.grade == "poor"
    assert [issue.code for issue in call.open_issues()] == ["high-packet-loss"]


@pytest.mark.parametrize("witness", WITNESSES)
def test_a_conference_ends_when_all_have_left(witness: type[Swagger]) -> None:
    engine, _ = fold(conference(witness()))
    (call,) = engine.calls.values()
    assert call.state == "ended"
    assert call.summary is not None
    assert call.summary.packets["lost"] == pytest.approx(180)
    assert call.legs["uc-31f/c1a2"].left_reason == "fabric terminated"


def test_both_generations_of_clients_give_the_same_numbers() -> None:
    old, new = (fold(conference(witness())[:-2])[0].calls["room-7"] for witness in WITNESSES)
    assert old.metrics == pytest.approx(new.metrics)
    assert old.started_at == pytest.approx(new.started_at)
    ours, theirs = (call.legs["uc-31f/c1a2"].streams for call in (old, new))
    assert ours.keys() == theirs.keys()


@pytest.mark.parametrize("witness", WITNESSES)
def test_what_comes_twice_changes_nothing(witness: type[Swagger]) -> None:
    frames = conference(witness())
    once = told(fold(frames)[0].calls["room-7"])
    twice = told(fold([one for one in frames for _ in range(2)])[0].calls["room-7"])
    assert twice == once
    for number, late in enumerate(frames):
        again = [*frames[: number + 3], Frame(late.provider, frames[min(number + 2, len(frames) - 1)].at, late.tag,
                                              late.body, late.about, late.source), *frames[number + 3:]]  # fmt: skip
        assert told(fold(again)[0].calls["room-7"]) == once, late.tag


@given(st.randoms(use_true_random=False))
def test_messages_that_come_twice_in_any_order_give_the_same_call(rng: random.Random) -> None:
    """The repeats of a flood of retries come in any order, each after what it repeats."""
    frames = conference(Script())[:-2]
    once = told(fold(frames)[0].calls["room-7"])
    retries = [Frame(one.provider, frames[-1].at, one.tag, one.body, one.about, "test") for one in frames * 2]
    rng.shuffle(retries)
    assert told(fold([*frames, *retries])[0].calls["room-7"]) == once


def test_a_burst_after_the_join_is_of_the_past() -> None:
    """Events are kept back until the ucID is known: they come at once, each with the time at which it happened."""
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1)]
    frames += [
        frame(tag, body, BORN + 46.1) for tag, body in [*client.story(), client.stats(15), client.stats(30)]
    ]
    frames += [frame(*client.stats(45), BORN + 46.1)]
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    lines = {moment.text: moment.at - BORN for moment in call.timeline}
    assert lines["ice connected"] == pytest.approx(1.1)
    assert lines["agent-4 unmuted the microphone (mic-1)"] == pytest.approx(2.1)
    (stream,) = [one for one in call.legs["uc-31f/c1a2"].streams.values() if one.inbound]
    assert stream.now["bitrate_bps"] == pytest.approx(64_000)
    assert stream.last_at == pytest.approx(BORN + 45.1)


@pytest.mark.parametrize("ahead", [-7200.0, -3.0, 0.0, 3.0, 7200.0])
def test_a_clock_that_is_wrong_is_set_right(ahead: float) -> None:
    client = Script()
    frames = conference(client)[:-2]
    for one in frames:
        one.body["timestamp"] += round(1000 * ahead)
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    assert call.started_at == pytest.approx(BORN + 0.1, abs=0.01)
    connected = [moment.at for moment in call.timeline if moment.text == "ice connected"]
    assert connected == [pytest.approx(BORN + 1.1, abs=0.01)]


def test_one_absurd_time_does_not_move_the_others() -> None:
    reader = Callstats()
    list(reader.read(frame("join", Script().join(), BORN + 0.1)))
    odd = list(reader.read(frame("events/user/alive", {"timestamp": 9e12}, BORN + 5)))
    assert of(Opened, odd)[0].at == BORN + 5
    after = list(reader.read(frame(*Script().alive(10.0), BORN + 10.1)))
    assert of(Opened, after)[0].at == pytest.approx(BORN + 10.1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(1795170936842, 1795170936.842), (1795170936.842, 1795170936.842), (None, None), ("x", None), (0, None),
     (12345, None), (-1795170936, None), (True, None)],
)  # fmt: skip
def test_a_time_is_in_milliseconds_or_seconds(value: Json, seconds: float | None) -> None:
    assert epoch_s(value) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("given", "name"), [("a%40b", "a@b"), ("a b", "a b"), (7, "7"), ("", None), (None, None)]
)
def test_a_user_may_be_percent_encoded(given: Json, name: str | None) -> None:
    assert decoded(given) == name


def test_who_is_silent_has_left_and_comes_back_as_another_leg() -> None:
    client = Script()
    frames = conference(client)[:-2]
    gone = frames[-1].at + 31
    frames.append(frame("silent", {"since": frames[-1].at}, gone))
    frames.append(frame("silent", {"since": frames[-1].at}, gone + 1))
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    assert call.state == "ended"
    assert {leg.left_reason for leg in call.legs.values()} == {"silent for 30 s"}
    second = gone + 40 - BORN
    frames += [frame(tag, body, gone + 40.1) for tag, body in (client.alive(second), client.stats(second))]
    late = client.stats(86)
    frames.append(frame(*late, gone + 40.2))
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    assert call.state == "live"
    assert list(call.legs) == ["uc-31f", "uc-31f/c1a2", "uc-31f~2", "uc-31f~2/c1a2"]
    assert call.legs["uc-31f~2"].left_at is None


def test_a_rejoin_and_a_second_device_are_legs_of_their_own() -> None:
    frames = conference(Script(), "uc-1") + conference(Script(), "uc-2")
    frames.sort(key=lambda one: one.at)
    engine, _ = fold(frames)
    (call,) = engine.calls.values()
    assert [id for id in call.legs if "/" in id] == ["uc-1/c1a2", "uc-2/c1a2"]


def test_what_is_said_of_a_leg_that_is_over_does_not_wake_it() -> None:
    frames = conference(Script())
    frames = [*frames[:-2], frames[-1], frames[-2]]
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    assert call.state == "ended"
    assert call.legs["uc-31f/c1a2"].left_reason == "left"


def fabric(kind: str, second: float, tag: str = "events/ice/status", **more: Json) -> Frame:
    body = Script().of_fabric(second, eventType=kind, **more)
    return frame(tag, body, BORN + second + 0.1)


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        (["iceDisruptionStart"], "disconnected"),
        (["iceDisruptionStart", "iceDisruptionEnd"], "connected"),
        (["iceDisruptionStart", "fabricDropped"], "dropped"),
        (["iceTerminated"], "closed"),
        (["iceRestarted"], "checking"),
    ],
)
def test_the_kinds_of_an_ice_status_after_it_was_connected(kinds: list[str], verdict: str) -> None:
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1), frame(*client.setup(), BORN + 1.1)]
    for number, kind in enumerate(kinds):
        frames.append(fabric(kind, 20 + number, "events/fabric/status" if kind == "fabricDropped" else
                             "events/ice/status"))  # fmt: skip
    call = fold(frames)[0].calls["room-7"]
    assert call.legs["uc-31f/c1a2"].diagnosis is not None
    assert call.legs["uc-31f/c1a2"].diagnosis.verdict == verdict


@pytest.mark.parametrize(
    ("kind", "tag"), [("iceFailed", "events/ice/status"), ("fabricSetupFailed", "events/fabric/setupfailed")]
)
def test_what_never_connected_is_not_dropped(kind: str, tag: str) -> None:
    checking = fabric("fabricStateChange", 1, "events/fabric/statechange", changedState="iceConnectionState",
                      newState="checking")  # fmt: skip
    found = fabric(kind, 16, tag, reason="IceConnectionFailure", localIceCandidates=[
        {"id": "I1", "candidateType": "host", "transport": "udp"}])  # fmt: skip
    call = fold([frame("join", Script().join(), BORN + 0.1), checking, found])[0].calls["room-7"]
    diagnosis = call.legs["uc-31f/c1a2"].diagnosis
    assert diagnosis is not None
    assert diagnosis.verdict == "ice-failed"


@pytest.mark.parametrize("tag", ["events/fabric/setupfailed", "events/fabric"])
def test_a_setup_that_failed_before_ice_fails_the_call_and_says_why(tag: str) -> None:
    client = Swagger()
    body = client.of_fabric(2, eventType="fabricSetupFailed", reason="MediaPermissionError")
    left = client.end(3)[1]
    call = fold([frame("join", client.join(), BORN), frame(tag, body, BORN + 2), frame(*left, BORN + 3)])[
        0
    ].calls["room-7"]
    leg = call.legs["uc-31f/c1a2"]
    assert (leg.left_failed, leg.left_reason) == (True, "setup failed: MediaPermissionError")
    assert leg.diagnosis is None


@pytest.mark.parametrize(("again", "state"), [(False, "failed"), (True, "ended")])
def test_who_leaves_after_a_drop_did_not_just_leave(again: bool, state: str) -> None:
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1), frame(*client.setup(), BORN + 1.1)]
    frames.append(fabric("fabricDropped", 20, "events/fabric/status"))
    if again:
        tag, body = client.setup()
        frames.append(
            frame(tag, {**body, "connectionID": "c2", "timestamp": 1000 * BORN + 25_000}, BORN + 25.1)
        )
    frames += [frame(tag, body, BORN + 40.1) for tag, body in client.end(40)]
    call = fold(frames)[0].calls["room-7"]
    assert call.state == state
    assert call.end_reason == ("left" if again else "connection dropped")


def test_dtls_that_hangs_is_not_hidden_by_an_ice_that_is_up() -> None:
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1)]
    frames.append(fabric("fabricStateChange", 1, "events/fabric/statechange", changedState="iceConnectionState",
                         newState="connected"))  # fmt: skip
    tag, body = client.stats(15)
    for entry in body["stats"]:
        if entry["type"] == "transport":
            entry["dtlsState"] = "connecting"
    frames.append(frame(tag, body, BORN + 15.1))
    call = fold(frames)[0].calls["room-7"]
    diagnosis = call.legs["uc-31f/c1a2"].diagnosis
    assert diagnosis is not None
    assert diagnosis.verdict != "connected"


def test_issues_do_not_come_and_go_between_two_reports() -> None:
    """Reports are 15 s apart: what one says holds until the next."""
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1), frame(*client.setup(), BORN + 1.1)]
    for second in range(15, 121, 15):
        tag, body = client.stats(second)
        body["stats"] = [entry for entry in body["stats"] if entry["type"] != "inbound-rtp"]
        frames.append(frame(tag, body, BORN + second + 0.1))
        frames.append(frame(*client.alive(second + 7), BORN + second + 7.1))
    call = fold(frames)[0].calls["room-7"]
    assert [(issue.code, issue.until) for issue in call.issues] == [("one-way-audio", None)]
    assert [moment.text for moment in call.timeline if moment.code == "no-data"] == []


def test_a_low_score_is_found_at_two_reports_a_window() -> None:
    client = Script()
    frames = [frame("join", client.join(), BORN + 0.1), frame(*client.setup(), BORN + 1.1)]
    frames += [
        frame(*client.stats(second, 10 * second), BORN + second + 0.1) for second in range(15, 121, 15)
    ]
    call = fold(frames)[0].calls["room-7"]
    assert "low-mos" in {issue.code for issue in call.open_issues()}


def test_nothing_is_expected_of_a_connection_on_hold() -> None:
    reader = Callstats()
    for one in conference(Script())[:-2]:
        list(reader.read(one))
    held = list(reader.read(fabric("fabricHold", 100, "events/fabric/actions")))
    resumed = list(reader.read(fabric("fabricResume", 120, "events/fabric/actions")))
    assert of(Negotiated, held)[0].media == {"inbound-audio": False, "outbound-audio": False}
    assert of(Negotiated, resumed)[0].media == {"inbound-audio": True, "outbound-audio": True}


def test_a_pair_is_named_by_candidates_that_came_before() -> None:
    client = Script()
    pair = {"id": "CP2", "localCandidateId": "Iab", "remoteCandidateId": "Icd", "state": "succeeded"}
    frames = [frame("join", client.join(), BORN + 0.1), frame(*client.setup(), BORN + 1.1)]
    frames.append(
        fabric("fabricTransportChange", 30, "events/fabric/transportchange", currIceCandidatePair=pair)
    )
    call = fold(frames)[0].calls["room-7"]
    known = call.legs["uc-31f/c1a2"].ice.facts.pair
    assert known is not None
    assert known.local is not None
    assert (known.id, known.local.address) == ("CP2", "192.0.2.7")
    assert call.legs["uc-31f/c1a2"].ice.path_changes == 1


@pytest.mark.parametrize("order", ["before", "after"])
def test_streams_get_the_names_of_the_ssrc_map(order: str) -> None:
    client = Script()
    story = [one for one in client.story() if one[0] == "events/ssrcmap"]
    said = [*story, client.stats(15)] if order == "before" else [client.stats(15), *story]
    frames = [frame(tag, body, BORN + 20 + number) for number, (tag, body) in enumerate(said)]
    call = fold(frames)[0].calls["room-7"]
    stream = call.legs["uc-31f/c1a2"].streams["in-audio-863052413"]
    assert stream.attributes == {"user": "sip-gw", "cname": "x", "label": "main"}


def test_a_test_before_the_call_is_told_at_the_participant() -> None:
    reader = Callstats()
    result = {"localID": "agent-4", "results": {"mediaConnectivity": True, "throughput": 812.4, "rtt": 84,
                                                "fractionalLoss": 0.004, "jitter": 6}}  # fmt: skip
    about = {"app": "487", "user": "agent-4"}
    assert not list(reader.read(Frame("callstats", BORN - 60, "app/events/precall", result, about, "test")))
    found = list(reader.read(frame("join", Script().join(), BORN)))
    (said,) = of(Reported, found)
    assert said.words == {
        "pre-call throughput": "812 kbit/s",
        "pre-call loss": "0.4 %",
        "pre-call RTT": "84 ms",
        "pre-call jitter": "6 ms",
        "pre-call connectivity": "yes",
        "pre-call": "acceptable",
    }
    other = list(reader.read(frame("join", {"localID": "else"}, BORN, "uc-9", "else")))
    assert not of(Reported, other)


def test_the_system_of_a_user_belongs_to_the_calls_they_are_in() -> None:
    reader = Callstats()
    list(reader.read(frame("join", Script().join(), BORN)))
    about = {"app": "487", "user": "agent-4"}
    body = {"localID": "agent-4", "cpuLevel": 91, "memoryAvailable": 120, "timestamp": 1000 * BORN}
    (said,) = reader.read(Frame("callstats", BORN + 1, "app/stats/system", body, about, "test"))
    assert isinstance(said, Reported)
    assert (said.call, said.leg, said.words) == (
        "room-7",
        "uc-31f",
        {"cpu": "91 %", "memory available": "120 MB"},
    )


@pytest.mark.parametrize("spelling", ["audioUnMute", "audioUnmute", "AUDIOUNMUTE"])
def test_clients_spell_an_action_as_they_like(spelling: str) -> None:
    body = Script().said(2, eventType=spelling)
    noted = of(Noted, list(Callstats().read(frame("events/media/actions", body, BORN + 2))))
    assert noted[0].text == "agent-4 unmuted the microphone"


def test_the_answers_are_the_apis() -> None:
    join = frame("join", {}, BORN)
    assert answer(join, []) == (200, {"status": "success", "ucID": "uc-31f"})
    assert answer(frame("stats", {}, BORN), []) == (200, {"status": "success", "msg": "Event submitted"})
    assert answer(join, ["no", "two"]) == (422, {"status": "error", "msg": "no"})


def test_every_path_of_the_page_is_served() -> None:
    paths = [route.path for route in Callstats.routes]
    assert len(paths) == len(set(paths)) == len(OF_PARTICIPANT) + len(OF_FABRIC) + len(OF_APP)
    assert all(route.reply is answer and route.method == "POST" for route in Callstats.routes)


@pytest.mark.parametrize(
    ("tag", "body", "word"),
    [
        ("stats", {"connectionID": "c"}, "no object"),
        ("stats", {"connectionID": "c", "stats": [{"id": "x", "type": "certificate"}]}, "certificate"),
        ("stats", {"stats": []}, "connectionID"),
        ("events/fabric/setup", {}, "connectionID"),
        ("events/ice/status", {"connectionID": "c"}, "eventType"),
        ("events/nowhere", {"eventType": "x"}, "events/nowhere"),
        ("join", 17, "object"),
    ],
)
def test_what_cannot_be_read_is_told_why(tag: str, body: Json, word: str) -> None:
    found = list(Callstats().read(frame(tag, body, BORN)))
    reasons = of(Rejected, found)
    assert len(reasons) == 1
    assert word in reasons[0].reason


def test_a_frame_of_nobody_is_refused() -> None:
    found = list(Callstats().read(Frame("callstats", BORN, "stats", {}, {"call": "c"}, "test")))
    assert [type(one) for one in found] == [Rejected]


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "52", True, [], {}, 10**400])
def test_what_is_no_number_is_unknown(value: Json) -> None:
    tag, body = Script().stats(15)
    for entry in body["stats"]:
        for key in ("jitter", "roundTripTime", "currentRoundTripTime", "csioIntFL", "packetsLost"):
            entry[key] = value
    found = of(Sampled, list(Callstats().read(frame(tag, body, BORN + 15))))
    keys = {key for one in found for key in (*one.gauges, *one.counters)}
    assert not {"jitter_ms", "rtt_ms", "pair_rtt_ms", "loss_pct", "lost"} & keys


def test_many_participants_are_forgotten_and_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callmon.providers.callstats.callstats._MOST", 10)
    reader = Callstats()
    for number in range(100):
        list(reader.read(frame("join", {}, BORN + number, f"uc-{number}", f"user-{number}")))
    assert len(reader._kept) == len(reader._stays) == 10


def words(body: Body) -> set[str]:
    return {key for value in body.values() if isinstance(value, dict) for key in value} | body.keys()


SAID = [*Script().story(), *Swagger().story(), Script().stats(15), Swagger().stats(15)]
KEYS = st.sampled_from(sorted(
    {key for _, body in SAID for key in words(body)}
    | {key for _, body in SAID for entry in body.get("stats", []) if isinstance(entry, dict) for key in entry}
    | {"tracks", "ssrcData", "currIceCandidatePair", "changedState", "newState", "results", "throughput", "reason",
       "relayType", "mediaDeviceList", "userName", "rtt", "streamType", "csioIntFL"}
))  # fmt: skip
LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers(-(10**30), 10**30)
    | st.text(max_size=12)
    | st.sampled_from(["inbound-rtp", "outbound", "transport", "candidate-pair", "fabricSetup", "fabricDropped", "c1",
                       "iceConnectionState", "connected", "failed", "agent-4", "audio", 1795170936842, 1795170936.8])
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=8)
    ),
)
TAGS = st.sampled_from([*OF_PARTICIPANT, *OF_FABRIC, *(f"app/{tag}" for tag in OF_APP), "silent", "nonsense"])


@given(st.lists(st.tuples(TAGS, ANYTHING), max_size=5))
def test_no_json_makes_it_raise(said: list[tuple[str, Json]]) -> None:
    """Whatever comes is events or a reason, and the events can be folded."""
    reader, engine = Callstats(), Engine()
    for number, (tag, body) in enumerate(said):
        found = list(reader.read(frame(tag, body, BORN + number)))
        for one in of(Sampled, found):
            assert all(math.isfinite(v) for v in [*one.gauges.values(), *one.counters.values(), one.clock])
        events: list[Event] = [one for one in found if not isinstance(one, Fetch | Rejected)]
        engine.fold(events, BORN + number)
        for event in events:
            assert isinstance(event, Opened | Joined | Left) or event.call == "room-7"


STREAM = st.fixed_dictionaries(
    {"connectionID": st.just("c1a2"), "localID": st.just("agent-4")},
    optional={
        "stats": ANYTHING,
        "eventType": LEAVES,
        "timestamp": LEAVES,
        "remoteID": LEAVES,
        "reason": LEAVES,
    },
)


@given(st.lists(st.tuples(TAGS, STREAM), min_size=1, max_size=5))
def test_no_message_of_a_fabric_makes_it_raise(said: list[tuple[str, Json]]) -> None:
    reader = Callstats()
    for number, (tag, body) in enumerate(said):
        list(reader.read(frame(tag, body, BORN + number)))
