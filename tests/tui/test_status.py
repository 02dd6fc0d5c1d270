"""What is said of sources."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from callmon.engine.call import Call
from callmon.model.health import SourceHealth
from callmon.tui import status
from callmon.tui.line import Line, cells
from tests.tui import boards

NOW = 1_800_000_000.0


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


def test_a_source_that_is_asked_says_how_late_it_is_what_it_cost_and_when_it_goes_on() -> None:
    source = SourceHealth("eu", "ok", quota_used=1234, quota_left=8766, queued=7, newest_at=NOW - 42)
    source.last_success_at, source.next_poll_at = NOW - 3, NOW + 12
    assert text(status.asking_line(source, NOW)) == (
        "newest sample 42s ago · last success 3s ago · 1 234 requests today, 8 766 left · next in 12s · 7 waiting"
    )


def test_what_is_unknown_is_said_to_be() -> None:
    source = SourceHealth("eu", "starting", quota_used=1)
    assert text(status.asking_line(source, NOW)) == "newest sample – · last success – · 1 request today"
    assert status.asking_line(SourceHealth("page", "ok"), NOW) == ()


def test_a_source_without_requests_left_says_so_at_once() -> None:
    source = SourceHealth("eu", "waiting", quota_used=100, quota_left=0, last_frame_at=NOW - 3600)
    assert text(status.source_line(source, NOW)) == "eu waiting no requests left today"


def test_a_source_that_is_silent_says_for_how_long_and_is_in_trouble() -> None:
    source = SourceHealth("connect", "silent", last_frame_at=NOW - 12, beat_s=1.0, skipped=3)
    assert text(status.source_line(source, NOW)) == "connect silent for 12s"
    assert text(status.source_line(source, NOW, True)) == "connect silent for 12s 3 skipped"
    assert status.in_trouble(source)


def test_a_source_that_is_away_says_when_it_was_heard() -> None:
    source = SourceHealth("connect", "unreachable", last_frame_at=NOW - 138, next_try_at=NOW + 3)
    assert text(status.source_line(source, NOW)) == "connect unreachable retry 3s, heard 2:18 ago"


def test_backing_off_says_until_when() -> None:
    source = SourceHealth("eu", "backing-off", quota_used=3, next_try_at=NOW + 61)
    assert text(status.source_line(source, NOW)) == "eu backing-off retry 1:01"
    assert text(status.source_line(source, NOW + 60.5)) == "eu backing-off retry now"
    assert status.in_trouble(source)


class Counted(boards.FixtureBoard):
    """A board that counts how often all calls are asked for."""

    asked = 0

    def calls(self) -> Sequence[Call]:
        """Return all calls, and count that."""
        self.asked += 1
        return super().calls()


@pytest.mark.parametrize("state", ["ok", "unreachable"])
@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_however_many_words_there_is_room_for_calls_are_counted_once(state: str, width: int) -> None:
    board = Counted([boards.healthy(number) for number in range(12)])
    board.health = [SourceHealth("connect", state), SourceHealth("listen", "ok")]
    left, right = status.beside(board, width)
    assert board.asked == 1
    assert text(left).startswith("12 live") and "● 12" in text(left)
    assert width < 40 or cells(left) + cells(right) <= width
