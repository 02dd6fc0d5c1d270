"""What every page says while a source is away, and of calls that nobody can hear for that."""

from __future__ import annotations

import pytest

from callmon.engine.call import Missed
from callmon.model.health import SourceHealth
from callmon.query.columns import NOT_HEARD
from callmon.tui.farewell import farewell
from callmon.tui.screens import SCREENS
from callmon.tui.subject import participant
from tests.tui import boards, details, halls, strips
from tests.tui.boards import NOW
from tests.tui.conftest import Show

SIZES = ((40, 12), (80, 24), (160, 48))

HEARD = "▲ P", "◐ F", "● G"
"""How a grade looks that is of now."""

ABOUT = ("call", "ice", "report", "room", "participant", "compare")
"""The pages that are about calls rather than lists of them."""


def away() -> boards.FixtureBoard:
    """Calls and a room of which nobody has heard for two minutes, since their collector is away."""
    found = boards.FixtureBoard([details.live(), halls.standup(), halls.conference()])
    for call in found.all:
        call.last_frame_at, call.unheard_at = NOW - 120, NOW - 1
        call.missed = [Missed(NOW - 119)]
    found.health = [
        SourceHealth("connect", "unreachable", last_frame_at=NOW - 138, next_try_at=NOW + 3, beat_s=1.0),
        SourceHealth("listen", "ok"),
    ]
    return found


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("page", [page.NAME for page in SCREENS])
async def test_every_page_says_that_a_source_is_away(show: Show, page: str, size: tuple[int, int]) -> None:
    board = away()
    live, room, other = (call.id for call in board.all)
    async with show(board, size, address="http://127.0.0.1:7880") as pilot:
        app = pilot.app
        for id in (live, other) if page == "compare" else ():
            app.marks.toggle(id)  # type: ignore[attr-defined]
        about = {"room": room, "participant": participant(room, "PA2")}.get(page, live)
        app.show(page, about)  # type: ignore[attr-defined]
        for keys in ("", "d") if page == "compare" else ("",):
            await pilot.press(*keys)
            await pilot.pause()
            text = "\n".join(strips.lines(app))
            assert page == app.screen.NAME  # type: ignore[attr-defined]
            top = text if page == "wallboard" else text.splitlines()[0]
            assert "1 source down" in top or "1 down" in top
            if page in ABOUT:
                assert NOT_HEARD in top and ("not heard" in text or size[0] == 40)
            if page not in ("help", "wallboard"):  # what these explain
                assert not any(badge in text for badge in HEARD), text
            if page in (*ABOUT, "calls", "rooms"):
                assert NOT_HEARD in text
            if page == "wallboard":
                assert "3 not heard now" in text and " now 33" not in text
            if page == "calls":
                assert "connect unreachable" in text


@pytest.mark.parametrize("page", [page.NAME for page in SCREENS])
async def test_the_masked_header_still_says_it(show: Show, page: str) -> None:
    board = away()
    live, room, other = (call.id for call in board.all)
    async with show(board, (40, 12), address="http://127.0.0.1:7880") as pilot:
        for id in (live, other) if page == "compare" else ():
            pilot.app.marks.toggle(id)  # type: ignore[attr-defined]
        about = {"room": room, "participant": participant(room, "PA2")}.get(page, live)
        pilot.app.show(page, about)  # type: ignore[attr-defined]
        await pilot.press("P")
        await pilot.pause()
        lines = strips.lines(pilot.app)
        top = "\n".join(lines) if page == "wallboard" else lines[0]
        assert "MASKED" in lines[0] and ("1 source down" in top or "1 down" in top)
        assert NOT_HEARD in top or page not in ABOUT


def test_what_is_left_on_the_terminal_counts_them_as_unknown() -> None:
    said = "\n".join(farewell(away(), 60.0))
    assert "3 unknown" in said and "◌ P" in said
    assert not any(badge in said for badge in HEARD)
