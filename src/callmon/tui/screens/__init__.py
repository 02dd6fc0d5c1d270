"""The screens, in the order in which they are documented; a new one is one file and one line here."""

from callmon.tui.screen import Page
from callmon.tui.screens.call import CallPage
from callmon.tui.screens.compare import ComparePage
from callmon.tui.screens.dashboard import DashboardPage
from callmon.tui.screens.help import Help
from callmon.tui.screens.ice import IcePage
from callmon.tui.screens.log import Log
from callmon.tui.screens.overview import Overview
from callmon.tui.screens.participant import ParticipantPage
from callmon.tui.screens.report import ReportPage
from callmon.tui.screens.room import RoomPage
from callmon.tui.screens.rooms import RoomsPage
from callmon.tui.screens.wallboard import WallboardPage

SCREENS: tuple[type[Page], ...] = (
    Overview,
    CallPage,
    ComparePage,
    IcePage,
    ReportPage,
    RoomsPage,
    RoomPage,
    ParticipantPage,
    DashboardPage,
    WallboardPage,
    Log,
    Help,
)
"""All pages; the first is the one that callmon starts with."""
