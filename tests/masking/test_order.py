"""The order of what is masked says nothing of what is behind the mask: other names, the same rows."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.exports.exporter import Exporter
from callmon.exports.formats import BY_KEY
from callmon.masking.veiled import DEEP
from callmon.model.ice import Candidate, Pair
from callmon.query.catalogue import CATALOGUE
from callmon.query.order import in_order
from callmon.query.people import FACTS, LEFT_REASON, persons
from callmon.query.rooms import LISTED, rooms
from callmon.query.view import View, group
from callmon.tui.masked import MaskedBoard, Veil
from tests.tui import boards, details, halls
from tests.tui.boards import NOW, FixtureBoard

CALLS = 6
PEOPLE = ("Adalind Abel", "Bodhana Brandt", "Cyprian Corso", "Diethelm Dorn", "Eberhard Ekdal", "Florin Fenn")
PARTS = ("Zed", "Yul", "Xia", "Wes", "Val")
ORDERS = st.permutations(range(CALLS))


def named(order: list[int]) -> FixtureBoard:
    """Calls and rooms that differ in nothing but in who has which name, number, address and id."""
    made = [
        details.live(),
        halls.standup(),
        boards.make_call("c"),
        details.video(),
        halls.over(),
        details.live(),
    ]
    for place, (call, number) in enumerate(zip(made, order, strict=True)):
        name = PEOPLE[number]
        call.id, call.room, call.label = f"{name[0]}{number}a7-{name}", f"desk of {name}", name
        call.started_at = NOW - 900 - 10 * (place // 2)
        call.end_reason = f"hung up by {name}"
        call.words = {**call.words, "region": f"near {name}", "status": f"{name} waits"}
        for at, leg in enumerate(call.legs.values()):
            who = f"{PARTS[at % len(PARTS)]} {name}"
            leg.label, leg.left_reason = f"{who} of {name}", f"kicked by {who}"
            leg.attributes = {**leg.attributes, "device": f"{who} phone", "client_ip": f"10.0.{number}.{at}"}
            far = Candidate("remote", "relay", "udp", f"203.0.113.{number}", 4000, None, "wifi", None)
            leg.ice.last_pair = Pair(f"pair-{number}", far, far)
        if place == len(made) - 1:
            call.legs = {}
    return FixtureBoard(made)


def masked(order: list[int]) -> MaskedBoard:
    return MaskedBoard(named(order), Veil())


def groups(board: MaskedBoard, view: View) -> list[tuple[str, list[str]]]:
    """The groups of a view by what the board remembers, and the calls of each."""
    found = group(board.rows(view), view, NOW, board.text_of(view.group))
    return [(one.value, [call.id for call in one.calls]) for one in found]


def shown_groups(board: MaskedBoard, view: View) -> list[tuple[str, list[str]]]:
    """The groups of a view by what its column says of each masked call, and the calls of each."""
    return [(one.value, [call.id for call in one.calls]) for one in group(board.rows(view), view, NOW)]


@pytest.mark.parametrize("key", CATALOGUE)
@given(ORDERS)
@settings(max_examples=4, deadline=None)
def test_calls_are_in_the_order_of_what_is_shown(key: str, order: list[int]) -> None:
    one, other = masked([*range(CALLS)]), masked(order)
    for reverse in (False, True):
        view = View(sort=key, reverse=reverse)
        assert [call.id for call in one.rows(view)] == [call.id for call in other.rows(view)]
    grouped = View(sort="call", group=key)
    first, second = (groups(board, grouped) for board in (one, other))
    assert first == second == groups(one, grouped) == shown_groups(other, grouped)


@pytest.mark.parametrize("key", CATALOGUE)
def test_what_is_shown_is_in_its_own_order(key: str) -> None:
    board, column = masked([3, 0, 5, 1, 4, 2]), CATALOGUE[key]
    keys = [column.key_of(call, NOW) for call in board.rows(View(sort=key))]
    known = [one for one in keys if one is not None]
    assert known == sorted(known, reverse=column.worst_first)
    assert keys[: len(known)] == known


WORDS = [key for key, column in CATALOGUE.items() if column.kind == "text"]


@pytest.mark.parametrize("key", WORDS)
@given(st.lists(st.tuples(st.integers(0, CALLS - 1), st.sampled_from(("Zoë", *PEOPLE, *PARTS, "unit")))))
@settings(max_examples=8, deadline=None)
def test_it_stays_that_of_what_is_shown_whoever_comes(key: str, told: list[tuple[int, str]]) -> None:
    shown, veil, view = named([*range(CALLS)]), Veil(), View(sort=key, group=key)
    board = MaskedBoard(shown, veil)
    for place, name in [(0, "Zoë"), *told]:
        call = shown.all[place]
        call.label, call.end_reason = name, f"hung up by {name}"
        for leg in call.legs.values():
            leg.label, leg.left_reason = f"{name} of unit", f"kicked by {name}"
            leg.attributes = {**leg.attributes, "device": f"{name} phone", "region": name}
        for one in shown.all:
            shown.touch(one)
        rows = board.rows(view)
        assert [call.id for call in rows] == [call.id for call in MaskedBoard(shown, veil).rows(view)]
        assert groups(board, view) == shown_groups(MaskedBoard(shown, veil), view)


FEW = ["participant", "codec", "region", "verdict", "protocol", LEFT_REASON]
"""Columns of words that are found deep in calls."""


@pytest.mark.parametrize("key", FEW)
def test_no_call_is_masked_for_an_order_whose_words_are_as_they_were(key: str) -> None:
    shown, view = named([*range(CALLS)]), View(sort=key)
    board = MaskedBoard(shown, Veil())
    order = [call.id for call in board.rows(view)]
    shown.all[1].label = "Zoë Newcomer"
    for one in shown.all:
        shown.touch(one)
    rows = board.rows(view)
    assert [call.id for call in rows] == order
    assert not any("legs" in masked_fields(call) for call in rows)
    del shown.all[2:]
    shown.number += 1
    board.rows(view)
    assert len(board._keys._found) == 2


@pytest.mark.parametrize("key", FEW)
def test_no_call_is_masked_for_groups_whose_words_are_as_they_were(key: str) -> None:
    shown, view = named([*range(CALLS)]), View(sort="call", group=key)
    board = MaskedBoard(shown, Veil())
    before = groups(board, view)
    assert any("legs" in masked_fields(call) for call in board.rows(view))
    shown.all[1].label = "Zoë Newcomer"
    for one in shown.all:
        shown.touch(one)
    assert {value: set(those) for value, those in groups(board, view)} == {
        value: set(those) for value, those in before
    }
    assert not any("legs" in masked_fields(call) for call in board.rows(view))
    del shown.all[2:]
    shown.number += 1
    groups(board, view)
    assert len(board._texts._found) == 2


def test_a_figure_that_turns_out_to_be_a_name_is_no_group() -> None:
    shown, view = named([*range(CALLS)]), View(group="recording_s")
    board = MaskedBoard(shown, Veil())
    for one in shown.all:
        one.words = {"total_recording_duration_sec": "901820"}
    assert [value for value, _ in groups(board, view)] != [""]
    shown.all[0].label = "901820"
    for one in shown.all:
        shown.touch(one)
    assert [value for value, _ in groups(board, view)] == [""]


def masked_fields(call: Call) -> set[str]:
    """The fields of a masked call that somebody looked at so far."""
    found = set()
    for name in DEEP:
        with suppress(AttributeError):
            object.__getattribute__(call, name)
            found.add(name)
    return found


@given(ORDERS)
@settings(max_examples=10, deadline=None)
def test_rooms_and_participants_are_in_the_order_of_what_is_shown(order: list[int]) -> None:
    one, other = masked([*range(CALLS)]), masked(order)
    for fact in LISTED.values():
        first, second = (in_order(rooms(board.calls()), fact, NOW, False) for board in (one, other))
        assert [call.id for call in first] == [call.id for call in second], fact.key
    for place in range(CALLS):
        for about in FACTS.values():
            mine, theirs = (
                in_order(persons(board.calls()[place]), about, NOW, False) for board in (one, other)
            )
            assert [who.id for who in mine] == [who.id for who in theirs], about.key


@pytest.mark.parametrize("format", ["csv", "markdown", "json"])
@pytest.mark.parametrize("key", WORDS)
def test_a_masked_export_of_a_view_is_the_same_whoever_is_in_it(key: str, format: str) -> None:
    columns = ("call", "id", "room", "rtt_ms", "end_reason", "device", key)
    view = View(sort=key, columns=tuple(dict.fromkeys(columns)))

    async def text(order: list[int]) -> bytes:
        made = await Exporter(None, None).made(named(order), view, None, BY_KEY[format], True)  # type: ignore[arg-type]
        return b"".join(made.chunks)

    first, second = (asyncio.run(text(order)) for order in ([*range(CALLS)], [4, 2, 5, 0, 3, 1]))
    assert first == second
    assert not any(word in first.decode() for name in PEOPLE for word in name.split())
