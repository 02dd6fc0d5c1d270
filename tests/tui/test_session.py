"""A longer session in a real terminal, by keys alone, on a wide and on a very small screen."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.tui.terminal import Terminal

ESCAPE, ENTER, TAB, CTRL_P, CTRL_W, CTRL_Z = "\x1b", "\r", "\t", "\x10", "\x17", "\x1a"


class Session:
    """Keys that are pressed, and what is waited for after each of them."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.wide = terminal.screen.columns >= 100

    def __call__(self, keys: str, *there: str, gone: str = "") -> None:
        """Press keys; wait until some texts are on the screen, and one is not."""
        self.terminal.press(*keys)
        self.see(*there, gone=gone)

    def see(self, *there: str, gone: str = "") -> None:
        """Wait until some texts are on the screen, and one is not."""

        def seen() -> bool:
            text = self.terminal.text
            return all(one in text for one in there) and not (gone and gone in text)

        self.terminal.until(seen)

    def rows(self) -> int:
        """How many rows are marked."""
        return sum(line[:1] in "▪▣" for line in self.terminal.lines)


@pytest.fixture(params=[(120, 40), (40, 12)], ids=["120x40", "40x12"])
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    terminal = Terminal("halls.board", size=request.param, shell=True)
    try:
        terminal.until(lambda: "standup" in terminal.text and terminal.text.count("▌") == 1)
        yield Session(terminal)
    finally:
        terminal.close()


def test_a_filter_is_completed_pointed_at_and_restored(session: Session) -> None:
    session("/prov", "prov▏", "provider")
    session(TAB, "provider▏")
    session("=tw", "=tw▏", "twilio-video")
    session(TAB, "=twilio-video▏", "1/13")
    session(" and", "^", "expected", gone="class-7b")
    session(ESCAPE, "class-7b", gone="and▏")


def test_marks_are_compared_overlaid_and_told_apart(session: Session) -> None:
    session("  ", "▪")
    session.terminal.until(lambda: session.rows() == 2)
    session("c", "compare 2")
    if session.wide:
        session("o", "RTT ms now  1 –  2")
    session("d", "provider", "twilio-video")
    session(ESCAPE, "standup", gone="compare 2")
    session("U")
    session.terminal.until(lambda: session.rows() == 0)


def test_groups_columns_and_views_are_chosen(session: Session) -> None:
    session("v", "Group calls by")
    session("provider", "/ provider▏" if session.wide else "provider▏")
    session(ENTER, "▾", "twilio-video", gone="Group calls by")
    session("0", gone="twilio-video")
    session("C", "[x]", "Columns")
    session("jj ")
    session(ENTER, "standup", gone="[x]")
    session("0", "all calls" if session.wide else "standup")


def test_everything_is_found_by_letters_or_typed(session: Session) -> None:
    session(CTRL_P, "some letters")
    session("next theme", "next theme▏")
    session(ENTER, "theme light")
    session(":open", ":open▏")
    session(" ros", "ros▏")
    session(ENTER, "there is no screen ros")
    session(CTRL_W, ":open▏")
    session(" log", ":open log▏")
    session(ENTER, "▸ log")
    session(ESCAPE, "standup", gone="▸ log")


def test_dashboard_rooms_and_wallboard_are_one_key_away(session: Session) -> None:
    session("D", "▸ dashboard", "Issues" if session.wide else "")
    session("\\", gone="Issues")
    session("\\", "Issues" if session.wide else "")
    session(ESCAPE, "standup", gone="▸ dashboard")
    session("O", "▸ rooms")
    session(ENTER, "▸ standup")
    session(ENTER, "Chidi Petrova")
    session("'", "▸ standup", gone="Send")
    session(ESCAPE, "▸ rooms", gone="▸ standup")
    session(ESCAPE, gone="▸ rooms")
    session("W", gone="callmon calls")
    session("W", "callmon calls")


def test_it_is_put_in_the_background_goes_on_and_ends(session: Session) -> None:
    terminal = session.terminal
    session("j")
    terminal.press(CTRL_Z)
    terminal.until(terminal.stopped)
    terminal.screen.reset()
    os.kill(terminal.pid, signal.SIGCONT)
    session.see("standup", "class-7b")
    terminal.until(lambda: sum(line.startswith("▌") for line in terminal.lines) == 1)
    terminal.press("q")
    assert terminal.wait() == 0
