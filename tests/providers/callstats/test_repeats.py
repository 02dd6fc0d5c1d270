"""What callstats clients say twice, with much else between the two."""

from __future__ import annotations

import pytest

from callmon.model.events import Noted
from callmon.providers.callstats import Callstats, repeats
from callmon.providers.callstats.repeats import MAX_HAPPENED, MAX_REGULAR, Memory, Repeats
from tests.providers.callstats.folding import frame, of
from tests.providers.callstats.witnesses import BORN

WHO, OTHER = ("room-7", "uc-31f"), ("room-7", "uc-9")


def marks(count: int, first: int = 0) -> list[bytes]:
    return [number.to_bytes(8) for number in range(first, first + count)]


@pytest.mark.parametrize("tag", ["events/user/alive", "stats"])
def test_what_comes_at_an_interval_does_not_push_out_what_happened(tag: str) -> None:
    """An hour of alives at one each 10 s is 360 of them; a mute that is sent again after it was told before."""
    reader = Callstats()
    muted = {"localID": "agent-4", "timestamp": 1000.0 * BORN, "eventType": "audioMute"}
    assert len(of(Noted, list(reader.read(frame("events/media/actions", muted, BORN))))) == 1
    for second in range(10, 3601, 10):
        body = {"localID": "agent-4", "timestamp": 1000.0 * (BORN + second), "connectionID": "c1"}
        list(reader.read(frame(tag, body, BORN + second)))
    assert list(reader.read(frame("events/media/actions", muted, BORN + 3601))) == []


def test_each_participant_is_remembered_for_so_many_messages() -> None:
    said = Repeats()
    for tag, most in (("events/user/alive", MAX_REGULAR), ("events/media/actions", MAX_HAPPENED)):
        for number in range(most + 1):
            assert not said.has(WHO, tag, {"timestamp": number})
        assert said.has(WHO, tag, {"timestamp": 1})
        assert not said.has(OTHER, tag, {"timestamp": 1})
        assert not said.has(WHO, tag, {"timestamp": 0}), "the oldest is forgotten"


def test_all_together_are_bounded_and_who_was_silent_longest_is_forgotten_first() -> None:
    memory = Memory(each=8, most=20)
    for number in range(50):
        for mark in marks(8):
            assert not memory.holds(("room-7", f"uc-{number}"), mark)
            assert len(memory) <= 20
    assert memory.holds(("room-7", "uc-49"), marks(1)[0])
    assert not memory.holds(("room-7", "uc-0"), marks(1)[0])


def test_a_limit_on_all_is_kept_by_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "MAX_ALL", 3)
    said = Repeats()
    for who in (WHO, OTHER):
        for second in (1, 2):
            assert not said.has(who, "events/feedback", {"timestamp": second})
    assert said.has(OTHER, "events/feedback", {"timestamp": 2})
    assert not said.has(WHO, "events/feedback", {"timestamp": 1})
    assert not said.has(WHO, "events/feedback", {})
    assert not said.has(WHO, "events/feedback", {}), "one without a time can be told from no other"
