"""What a call does not tell: no comparison finds it but the one that asks for it, and the opposites of others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from callmon.engine.call import Call, Leg
from callmon.engine.ending import summarise
from callmon.query.columns import COLUMNS
from callmon.query.completion import occurring
from callmon.query.differences import Whole, facts
from callmon.query.document import call_document
from callmon.query.fields import FIELDS
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.people import GROUPS, asked, persons, values
from callmon.query.report import markdown, report
from callmon.query.rooms import LISTED
from tests.query.crowds import BEGAN, calls

NOW = BEGAN + 1000.0
TEXTS = [known.name for known in FIELDS.values() if known.unit is None]


def passing(text: str, found: list[Call]) -> list[str]:
    return [call.id for call in found if Filter(text).passes(call, NOW)]


@given(calls())
@settings(deadline=None)
def test_a_text_is_known_or_it_compares_with_nothing(found: list[Call]) -> None:
    for name in TEXTS:
        known = passing(f"has:{name}", found)
        assert passing(f'{name}~"."', found) == passing(f'{name}~".*"', found) == known, name
        assert passing(f'{name}!~"."', found) == [call.id for call in found if call.id not in known], name


@given(calls())
@settings(deadline=None)
def test_unknown_asks_for_calls_with_a_participant_who_does_not_tell(found: list[Call]) -> None:
    for name, get in GROUPS.items():
        lacking = [call.id for call in found if any(get(person) is None for person in asked(call, name))]
        assert passing(f"{name}=unknown", found) == lacking
        assert ("unknown" in occurring(name, found, NOW)) == bool(lacking)


@given(calls())
@settings(deadline=None)
def test_what_the_only_participant_tells_is_not_unknown(found: list[Call]) -> None:
    alone = [call for call in found if len(call.legs) == len(persons(call)) == 1]
    for name in GROUPS:
        told, lacking = passing(f"has:{name}", alone), passing(f"{name}=unknown", alone)
        assert sorted([*told, *lacking]) == sorted(call.id for call in alone if asked(call, name)), name


def test_an_edge_is_a_region() -> None:
    call = Call("CA1", "twilio-voice", BEGAN)
    call.legs["client"] = Leg("client", "client", BEGAN, attributes={"browser": "x", "edge_location": "fra"})
    for text, passes in (("has:region", True), ("region=fra", True), ("region=unknown", False)):
        assert Filter(text).passes(call, NOW) == passes, text
    assert values(call, "region") == {"fra"}


def left() -> Call:
    call = Call("RM1", "twilio-video", BEGAN, "standup")
    call.legs["PA1"] = Leg("PA1", "participant", BEGAN, left_at=BEGAN + 9, left_reason="disconnected_via_api")
    call.legs["PA2"] = Leg("PA2", "participant", BEGAN)
    return call


def test_why_somebody_left_is_not_why_the_call_ended() -> None:
    call = left()
    assert not Filter("has:end_reason").passes(call, NOW)
    assert Filter("left_reason=disconnected_via_api not left_reason=unknown").passes(call, NOW)
    call.state, call.ended_at, call.end_reason = "ended", BEGAN + 60, "room_ended_via_api"
    assert Filter("end_reason=room_ended_via_api").passes(call, NOW)
    assert not Filter("end_reason~disconnected").passes(call, NOW)


def test_every_page_has_one_answer_to_why_a_call_ended() -> None:
    call = left()
    call.words["end_reason"] = "what the vendor said of it at some time"
    call.state, call.ended_at, call.end_reason = "ended", BEGAN + 60, "room_ended_via_api"
    call.summary = summarise(call, NOW)
    whole, other = Whole(), left()
    other.id = "RM2"
    whole.follow([call, other], {"RM1": NOW, "RM2": NOW}, False)
    compared = {fact.name: fact for fact in facts(whole, {}, NOW)}["end reason"]
    told = call_document(call, NOW)["summary"]
    assert isinstance(told, dict)
    answers = [COLUMNS["end_reason"].text(call, NOW), LISTED["end_reason"].text(call, NOW)]
    assert {*answers, compared.texts[0], told["end_reason"]} == {"room_ended_via_api"}
    assert "ended, room_ended_via_api" in markdown(report(call, call.summary, "telnyx", NOW))


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("call~(a|b)", 5, "expected a value, as in call~support-312: a text with ( goes into quotes"),
        ("call~ab(c)", 7, "expected a blank here: a text with ( goes into quotes"),
        ("room=|", 5, "expected a value, as in room=text: a text with | goes into quotes"),
        ("loss>(3)", 5, "expected a share such as 3%"),
    ],
)
def test_what_needs_quotes_says_so(text: str, place: int, reason: str) -> None:
    with pytest.raises(Misread) as caught:
        Filter(text)
    assert (caught.value.place, str(caught.value)) == (place, reason)
