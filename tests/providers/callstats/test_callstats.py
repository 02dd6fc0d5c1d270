"""The callstats dialect: both generations of its clients, and what they say of a conference."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model.events import Noted, Opened, Reported, Sampled
from callmon.model.frames import Frame, Json
from callmon.providers.callstats import Callstats
from callmon.providers.callstats.callstats import OF_APP, OF_FABRIC, OF_PARTICIPANT, answer
from callmon.providers.callstats.envelope import decoded, epoch_s
from tests.providers.callstats.folding import conference, fold, frame, of, told
from tests.providers.callstats.witnesses import BORN, Script, Swagger
from tests.providers.golden import check

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


WITNESSES = (Swagger, Script)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_what_a_frame_means(path: Path) -> None:
    """Each file holds a frame, the events it means, and the arithmetic between the two, done by hand."""
    check(Callstats(), path)


def test_there_are_golden_frames() -> None:
    assert len(GOLDEN) >= 16


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


@pytest.mark.parametrize("said", [{}, {"statsType": "inbound"}, {"statsType": "inbound-rtp"},
                                  {"type": "inbound-rtp", "statsType": "inbound"}])  # fmt: skip
def test_a_track_that_says_its_direction_is_no_stream_of_a_bridge(said: dict[str, Json]) -> None:
    track = {"ssrc": 9, "mediaType": "audio", "packetsReceived": 50, "jitter": 0.004, **said}
    script = Script()
    one = frame("stats", script.of_fabric(5, eventType="stats", stats={"tracks": [track]}), BORN + 5)
    (sampled,) = of(Sampled, list(Callstats().read(one)))
    assert sampled.gauges["jitter_ms"] == pytest.approx(4.0)


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


def test_a_test_before_the_call_is_told_at_the_participant() -> None:
    reader = Callstats()
    result = {"localID": "agent-4", "results": {"mediaConnectivity": True, "throughput": 812.4, "rtt": 84,
                                                "fractionalLoss": 0.004, "jitter": 6}}  # fmt: skip
    about = {"app": "487", "user": "agent-4"}
    assert not list(reader.read(Frame("callstats", BORN - 60, "app/events/precall", result, about, "test")))
    found = list(reader.read(frame("join", Script().join(), BORN)))
    (said,) = of(Reported, found)
    assert said.words == {
        "precall_throughput": "812 kbit/s",
        "precall_loss": "0.4 %",
        "precall_rtt": "84 ms",
        "precall_jitter": "6 ms",
        "precall_connectivity": "yes",
        "precall": "acceptable",
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
        {"cpu": "91 %", "memory_available": "120 MB"},
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
