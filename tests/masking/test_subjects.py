from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings

from callmon.engine import snapshot
from callmon.engine.call import Moment
from callmon.engine.ending import REASONS
from callmon.engine.ends import CANDIDATES, CERTIFICATES
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.masking.live import LiveMask
from callmon.masking.mask import Mask
from callmon.masking.subjects import learn_call, learn_entries, mask_call, mask_entries, mask_event
from callmon.masking.terms import says_nobody
from callmon.masking.veiled import VeiledCall
from callmon.model import codec
from callmon.model.events import Closed, IceChanged, Joined, Noted, Opened, Restored
from callmon.model.frames import Frame
from callmon.model.ice import Candidate, IceFacts, Pair
from callmon.model.tape import Entry
from callmon.query.document import call_document
from tests.masking import names


def written(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def test_nothing_of_a_call_remains_and_all_else_does() -> None:
    call, mask = names.call(), Mask()
    learn_call(mask, call)
    masked = mask_call(mask, call)
    text = written(snapshot.dump(masked)).casefold()
    for name in (*names.ADDRESSES, names.HOSTS[0], names.HOSTS[1], names.PERSONS[0], names.NUMBERS[0],
                 "4930901820", names.IDS[0], names.IDS[2], "leg-of-someone", "first.last"):  # fmt: skip
        assert name.casefold() not in text
    before, after = call_document(call, 1100.0), call_document(masked, 1100.0)
    for key in ("provider", "state", "started_at", "duration_s", "grade", "metrics"):
        assert before[key] == after[key]
    ice = after["ice"]
    assert ice["verdict"] == "connected" and len(ice["candidates"]) == len(names.ADDRESSES)
    assert [candidate["port"] for candidate in ice["candidates"]] == [5000] * len(names.ADDRESSES)
    kinds = [re.sub(r"\d+(?=\D*$)", "N", candidate["address"]) for candidate in ice["candidates"]]
    assert kinds == ["lan-N", "lan-N", "ip-N", "ip6:N", "fe80:lan-N", "fd:lan-N", "mdns-N.local"]
    assert masked.timeline[0].text == "person-1 joined"
    assert masked.timeline[1].text == "dominantspeaker person-1"
    assert masked.label == "person-1 → phone-1"


@settings(max_examples=50)
@given(names.names, names.names)
def test_whatever_somebody_is_called_the_masked_call_is_one(person: str, id: str) -> None:
    call, mask = names.call(person.strip() or "x", id=id.strip() or "y"), Mask()
    learn_call(mask, call)
    masked = mask_call(mask, call)
    assert snapshot.load(snapshot.dump(masked)).id == masked.id == mask.text(call.id)


@pytest.mark.parametrize("name", names.PERSONS)
def test_what_a_page_said_keeps_its_first_word_only(name: str) -> None:
    event = mask_event(Mask(), Noted("c1", 1.0, None, "page", f"dominantspeaker {name}"))
    assert isinstance(event, Noted) and re.fullmatch(r"dominantspeaker text-\d+", event.text)
    failed = mask_event(Mask(), Noted("c1", 1.0, None, "page", "setlocaldescription failed: InvalidState"))
    assert isinstance(failed, Noted) and failed.text == "setlocaldescription failed: InvalidState"


@pytest.mark.parametrize(
    ("kind", "code", "before", "after"),
    [
        ("page", None, "getusermedia failed: NotAllowedError: Permission denied", None),
        (
            "page",
            None,
            "getusermedia failed: NotAllowedError: Permission denied for Zelda F",
            "getusermedia failed: NotAllowedError: text-1",
        ),
        ("page", None, "setparameters failed: for the track of Zelda", "setparameters failed: text-1"),
        ("page", "log", "Zelda failed: at once", "text-1"),
        ("vendor", "log-error", "error: INVITE of Zelda failed", "error: text-1"),
        ("vendor", "log-info", "mic MacBook Pro de Zelda", "text-1"),
        ("vendor", "log-info", "call 4111 1111 1111 1111", "text-1"),
        ("vendor", "log-info", "at 48.8566", "text-1"),
        ("vendor", None, "hang-up: NORMAL_CLEARING 16", None),
        ("ice", "icecandidateerror", "701 STUN binding request timed out.", None),
        (
            "ice",
            "icecandidateerror",
            "401 Zelda has no turn:turn.acme.example:3478",
            "401 text-1 turn:host-1:3478",
        ),
        ("ice", None, "ice new → checking", None),
    ],
)
def test_words_from_outside_are_one_alias_unless_they_are_known(
    kind: str, code: str | None, before: str, after: str | None
) -> None:
    mask, event = Mask(), Noted("c1", 1.0, None, kind, before, code)
    found = mask_event(mask, event)
    assert isinstance(found, Noted) and found.text == (after if after is not None else before)
    assert mask_event(mask, event) == found


@pytest.mark.parametrize("evidence", [CERTIFICATES, CANDIDATES])
@given(name=names.names.filter(str.strip))
def test_of_what_is_said_of_another_end_only_its_name_goes(evidence: str, name: str) -> None:
    event = Noted("c1", 1.0, "a", "ice", f"the other end of this is {name} ({evidence})", "other-end")
    for mask in (Mask(), LiveMask()):
        found = mask_event(mask, event)
        assert isinstance(found, Noted)
        before, after = found.text[: len("the other end of this is ")], found.text[-len(f" ({evidence})") :]
        assert (before, after) == ("the other end of this is ", f" ({evidence})")
        assert says_nobody(found.text[len(before) : -len(after)])
        assert mask_event(mask, event) == found


def test_the_other_end_has_the_alias_that_its_call_has() -> None:
    mask, calls = LiveMask(), [names.call(id="av_clean/a"), names.call(id="av_clean/b")]
    for call, other in zip(calls, reversed(calls), strict=True):
        leg = next(iter(call.legs.values()))
        leg.attributes["other_end"] = other.id
        text = f"the other end of this is {other.id} ({CERTIFICATES})"
        call.timeline = [Moment(1.0, "ice", text, leg.id, "other-end")]
        learn_call(mask, call)
    one, other = (VeiledCall(mask, call) for call in calls)
    assert (one.id, other.id) == ("call-1", "call-2")
    assert next(iter(one.legs.values())).attributes["other_end"] == "call-2"
    assert one.timeline[0].text == f"the other end of this is call-2 ({CERTIFICATES})"


@pytest.mark.parametrize("text", ["Zelda", "the other end of this is Zelda (who left)", "of this is Zelda"])
def test_what_only_looks_like_another_end_is_masked_as_any_text(text: str) -> None:
    event = mask_event(Mask(), Noted("c1", 1.0, "a", "ice", text, "other-end"))
    assert isinstance(event, Noted) and "Zelda" not in event.text


@pytest.mark.parametrize("network", ["bluetooth", "cellular", "ethernet", "wifi", "wimax", "vpn", "unknown"])
def test_a_network_of_the_standard_stays_and_any_other_word_there_goes(network: str) -> None:
    call, mask = names.call(), Mask()
    for number, place in enumerate((network, "zelda-net")):
        leg = next(iter(call.legs.values()))
        leg.ice.meet(1001.0, Candidate("local", "host", "udp", f"10.0.0.{number}", 7, None, place))
    learn_call(mask, call)
    found = [one.network_type for leg in mask_call(mask, call).legs.values() for one in leg.ice.side("local")]
    assert network in found and "zelda-net" not in found and "detail-1" in found


def test_reasons_for_an_end_and_the_first_error_are_masked_in_states_as_in_events() -> None:
    call, mask = names.call(), Mask()
    leg = next(iter(call.legs.values()))
    call.end_reason, leg.left_reason = "kicked by Zelda", "NORMAL_CLEARING"
    leg.ice.first_error = "701 lookup of Zelda failed"
    masked = mask_call(mask, call)
    left = next(iter(masked.legs.values()))
    assert re.fullmatch(r"text-\d+", masked.end_reason or "") and left.left_reason == "NORMAL_CLEARING"
    assert re.fullmatch(r"701 text-\d+", left.ice.first_error or "")
    closed = mask_event(mask, Closed(call.id, 1.0, "kicked by Zelda"))
    assert isinstance(closed, Closed) and closed.reason == masked.end_reason
    for own in (
        "the file ends here",
        "it was live when it was exported",
        "silent for 30 s",
        *REASONS.values(),
    ):
        closed = mask_event(mask, Closed(call.id, 1.0, own))
        assert isinstance(closed, Closed) and closed.reason == own


def test_events_of_a_page_are_masked_in_messages_as_well() -> None:
    events = [
        {"ev": "getUserMedia failed: NotAllowedError: denied for Zelda"},
        {"ev": "setparameters failed:", "v": "TypeError: of Zelda"},
        {"ev": "icecandidateerror", "v": {"errorCode": 701, "errorText": "Zelda is away", "url": ""}},
        {"ev": "shown", "v": {"to": "x", "title": "Zelda"}},
    ]
    entry = Entry(1.0, Frame("webrtc", 1.0, "snapshot", {"events": events, "reason": "as Zelda said"}), ())
    body = next(iter(mask_entries(Mask(), [entry]))).frame.body
    assert "Zelda" not in written(body) and "NotAllowedError: text-" in written(body)
    assert "TypeError: text-" in written(body) and '"errorCode": 701' in written(body)


def test_entries_are_masked_with_their_messages_and_states() -> None:
    call = names.call()
    entries = [
        Entry(1.0, Frame("callmon", 1.0, "state", None), (Restored(call.id, 1.0, snapshot.dump(call)),)),
        Entry(
            2.0,
            Frame(
                "telnyx", 2.0, "frame", {"caller_id_name": "Zoë", "x": "Zoë said"}, {"call": call.id}, "src"
            ),
            (Opened(call.id, 2.0, "telnyx", None, "Zoë"), Joined(call.id, 2.0, "sdk", "peer", "Zoë")),
        ),
    ]
    mask = Mask()
    learn_entries(mask, entries)
    masked = list(mask_entries(mask, entries))
    text = "".join(codec.text(event) for entry in masked for event in entry.events)
    text += written([[entry.frame.body, dict(entry.frame.about)] for entry in masked])
    assert not re.search("Zoë|Ana|901820|acme|9f1c03de", text)
    ids = {event.call for entry in masked for event in entry.events}
    assert ids == {"call-1"} == {entry.frame.about["call"] for entry in masked if entry.frame.about}
    assert [entry.at for entry in masked] == [1.0, 2.0]
    assert snapshot.load(masked[0].events[0].state).id == "call-1"  # type: ignore[union-attr]


def test_the_id_of_a_pair_is_the_same_in_its_report_and_in_what_came_of_it() -> None:
    pair = Pair("the pair of Zelda", None, None, "succeeded", True)
    body = {"stats": {pair.id: {"type": "candidate-pair", "timestamp": 1.0}}}
    event = IceChanged("c1", 1.0, "pc", IceFacts(pair=pair))
    entry, mask = Entry(1.0, Frame("webrtc", 1.0, "snapshot", body), (event,)), Mask()
    learn_entries(mask, [entry])
    (masked,) = mask_entries(mask, [entry])
    (found,) = masked.events
    assert isinstance(found, IceChanged) and found.facts.pair is not None
    assert masked.frame.body == {"stats": {found.facts.pair.id: body["stats"][pair.id]}}
    assert "Zelda" not in found.facts.pair.id


def test_what_a_server_said_is_masked_where_a_finding_repeats_it() -> None:
    call, mask = names.call(), Mask()
    leg = next(iter(call.legs.values()))
    said = "401 no user zeldaf turn:turn.acme.example:3478"
    leg.ice.first_error = said
    finding = IceFinding("stun-errors", "1 candidate error.", {"first": said}, "Look.")
    leg.diagnosis = Diagnosis("connected", "Connected.", None, (finding,))
    learn_call(mask, call)
    masked = mask_call(mask, call)
    (found,) = next(iter(masked.legs.values())).diagnosis.findings  # type: ignore[union-attr]
    assert re.fullmatch(r"401 text-\d+ turn:host-\d+:3478", found.evidence["first"])
    assert found.evidence["first"] == next(iter(masked.legs.values())).ice.first_error
    assert "zeldaf" not in written(snapshot.dump(masked)) + written(call_document(masked, 1100.0))


def test_a_host_of_a_candidate_is_masked_wherever_a_call_names_it() -> None:
    call, mask, host = names.call(), Mask(), "quasthost.klinik.health"
    leg = next(iter(call.legs.values()))
    leg.ice.meet(1001.0, Candidate("local", "host", "udp", host, 5000))
    finding = IceFinding("path-changed", f"Over {host}.", {"now": f"host udp {host}:5000"}, "Look.")
    leg.diagnosis = Diagnosis("connected", f"Connected to {host}.", None, (finding,))
    event = IceChanged(
        call.id, 1.0, leg.id, IceFacts(candidates=(Candidate("local", "host", "udp", host, 1),))
    )
    learn_call(mask, call)
    learn_entries(mask, [Entry(1.0, Frame("webrtc", 1.0, "snapshot", {"address": host}), (event,))])
    (entry,) = mask_entries(mask, [Entry(1.0, Frame("webrtc", 1.0, "snapshot", {"address": host}), (event,))])
    text = (
        written(snapshot.dump(mask_call(mask, call)))
        + written(entry.frame.body)
        + codec.text(entry.events[0])
    )
    assert "quasthost" not in text
    (said,) = {*re.findall(r'"address": ?"(host-\d+)"', text)}
    assert f"host udp {said}:5000" in text
