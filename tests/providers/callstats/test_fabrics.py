"""What happens to the peer connections of callstats clients, and what is found wrong with them."""

from __future__ import annotations

import pytest

from callmon.model.events import Negotiated
from callmon.providers.callstats import Callstats
from tests.providers.callstats.folding import conference, fabric, fold, frame, of
from tests.providers.callstats.witnesses import BORN, Script, Swagger


def test_what_is_said_of_a_leg_that_is_over_does_not_wake_it() -> None:
    frames = conference(Script())
    frames = [*frames[:-2], frames[-1], frames[-2]]
    engine, _ = fold(frames)
    call = engine.calls["room-7"]
    assert call.state == "ended"
    assert call.legs["uc-31f/c1a2"].left_reason == "left"


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
