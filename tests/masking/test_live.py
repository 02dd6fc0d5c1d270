"""The mask of what goes on finds what the mask of files finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.engine.call import Call, End
from callmon.masking.live import LiveMask, lowered
from callmon.masking.mask import Mask
from callmon.masking.subjects import learn_call, mask_call
from callmon.masking.veiled import DEEP, NAMES, PLAIN, VeiledCall
from tests.tui import boards, details

LEARNED = (
    ("person", "Ana Ruiz"),
    ("person", "Li"),
    ("phone", "+49 30 901820"),
    ("phone", "1234"),
    ("room", "Board meeting"),
    ("room", "ana"),
    ("call", "CA7512aa93f0b0c1d2e3f405162738495a"),
    ("call", "call_9-x"),
    ("device", "Jabra Evolve2 (Ana's)"),
    ("person", "acme.com"),
    ("person", "10.8.1.7"),
    ("person", "Ａｎａ"),
    ("person", "İpek"),
)

PIECES = st.sampled_from(
    [
        *(name for _, name in LEARNED),
        *(name.upper() for _, name in LEARNED),
        "ana@acme.com", "https://acme.com/ana?x", "10.8.1.77", "10.8.1.7:443", "2001:db8::42", "Anatol", "xAna Ruiz",
        "Li", "alive", "list", "12345", "1234.5", "10:1234", "sip:1234@acme.com", "a=ice-ufrag:wJ+Y", "Board",
        " ", "-", ".", ":", "/", "@", "\n", "rtt 212>150", "é", "CA75", "meeting.local", "Ana Ruiz.example.com",
    ]
)  # fmt: skip


def both(*learned: tuple[str, str]) -> tuple[Mask, LiveMask]:
    masks = Mask(), LiveMask()
    for kind, name in learned:
        for mask in masks:
            mask.learn(kind, name)
    return masks


@given(st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8), st.permutations(LEARNED))
@settings(max_examples=300)
def test_it_finds_what_the_other_finds(pieces: list[str], learned: list[tuple[str, str]]) -> None:
    usual, live = both(*learned)
    text = "".join(pieces)
    assert live.text(text) == usual.text(text)


@given(
    st.lists(st.tuples(st.sampled_from(["person", "call", "phone"]), st.text(max_size=12)), max_size=6),
    st.text(max_size=60),
)
def test_whatever_is_learned_it_finds_what_the_other_finds(learned: list[tuple[str, str]], text: str) -> None:
    usual, live = both(*learned)
    for one in (text, *(name for _, name in learned), " ".join(name for _, name in learned)):
        assert live.text(one) == usual.text(one)


@given(
    st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8),
    st.permutations(LEARNED),
    st.integers(0, len(LEARNED)),
    st.text(max_size=12),
)
@settings(max_examples=300)
def test_a_text_becomes_another_only_where_what_was_learned_is_in_it(
    pieces: list[str], learned: list[tuple[str, str]], known: int, id: str
) -> None:
    _, mask = both(*learned[:known])
    text = "".join(pieces)
    before, extent = mask.text(text), mask.extent()
    assert mask.since(extent) == []
    for kind, name in learned[known:]:
        mask.learn(kind, name)
    mask.id(id)
    assert mask.text(text) == before or any(name in lowered(text) for name in mask.since(extent))


@given(st.text(max_size=30))
def test_lower_case_keeps_places(text: str) -> None:
    assert len(lowered(text)) == len(text)


def test_a_name_that_is_learned_later_is_found_in_what_was_said_before() -> None:
    mask = LiveMask()
    assert mask.text("Ana Ruiz hung up") == "Ana Ruiz hung up"
    mask.learn("person", "Ana Ruiz")
    assert mask.text("Ana Ruiz hung up") == "person-1 hung up"


@pytest.mark.parametrize("make", [details.live, boards.mixed])
def test_a_veiled_call_says_what_a_masked_one_says(make: object) -> None:
    made = make()  # type: ignore[operator]
    calls: list[Call] = made.all if isinstance(made, boards.FixtureBoard) else [made]
    usual, live = LiveMask(), LiveMask()
    for call in calls:
        learn_call(usual, call)
        learn_call(live, call)
    for call in calls:
        masked, veiled = mask_call(usual, call), VeiledCall(live, call)
        assert veiled.id == masked.id != call.id
        for name in (
            "label",
            "room",
            "end_reason",
            "timeline",
            "summary",
            "issues",
            "words",
            "told",
            "ice_leg",
            "reason",
        ):
            assert getattr(veiled, name) == getattr(masked, name), name
        assert list(veiled.legs) == list(masked.legs)
        for mine, its in zip(veiled.legs.values(), masked.legs.values(), strict=True):
            assert (mine.label, mine.attributes, mine.words, mine.ice) == (
                its.label,
                its.attributes,
                its.words,
                its.ice,
            )
            assert list(mine.streams) == list(its.streams)


def test_nobody_is_named_in_why_the_provider_says_that_it_ended() -> None:
    call = boards.make_call("a")
    call.lasts, call.told_end = True, End(call.started_at + 60, "ended by Zelda Fox", True)
    usual, live = LiveMask(), LiveMask()
    masked, veiled = mask_call(usual, call).told_end, VeiledCall(live, call).told_end
    assert masked is not None and masked == veiled
    assert masked.reason is not None and "Zelda" not in masked.reason
    assert (masked.at, masked.failed) == (call.started_at + 60, True)
    assert call.told_end.reason == "ended by Zelda Fox"


def test_every_field_of_a_call_is_a_name_or_plain_or_deep() -> None:
    call = boards.make_call("a")
    assert {*PLAIN, *NAMES, *DEEP, "version"} == set(Call.__slots__)
    assert set(DEEP) >= {
        "legs",
        "issues",
        "timeline",
        "summary",
        "words",
        "told",
        "end_reason",
        "reason",
        "ice_leg",
    }
    veiled = VeiledCall(LiveMask(), call)
    assert veiled.trend is call.trend and veiled.metrics is call.metrics
    with pytest.raises(AttributeError):
        veiled.nothing_like_it  # noqa: B018
