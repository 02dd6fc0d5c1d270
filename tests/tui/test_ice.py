from __future__ import annotations

import pytest
from textual.pilot import Pilot

from callmon.model.ice import IceFacts
from callmon.tui import path
from callmon.tui.line import plain
from callmon.tui.screens.ice import IcePage
from callmon.tui.widgets.panel import Panel
from tests.tui import details, strips
from tests.tui.conftest import Show

SIZES = [(80, 24), (120, 40), (200, 60)]


def text(pilot: Pilot[str]) -> str:
    return "\n".join(strips.lines(pilot.app))


def panel(pilot: Pilot[str], id: str) -> str:
    return pilot.app.screen.query_one(f"#{id}", Panel).text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ["live", "room", "failed"])
async def test_the_page_about_ice_looks_so(show: Show, size: tuple[int, int], name: str) -> None:
    async with show(details.board(getattr(details, name)()), size) as pilot:
        await pilot.press("i")
        await pilot.pause()
        strips.check(pilot.app, f"ice-{name}-{size[0]}x{size[1]}")


async def test_the_verdict_and_what_to_do_stand_on_top(show: Show) -> None:
    async with show(details.board(details.failed()), (60, 24)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        top = "\n".join(strips.lines(pilot.app)[2:8])
        assert "▲ ice-failed  No candidate pair ever worked" in top
        assert "→ Check that both ends reach a TURN server" in top


async def test_all_of_the_path_is_told(show: Show) -> None:
    async with show(details.board(details.live()), (120, 40)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        assert "Encryption  DTLS 1.3 (FEFC)" in panel(pilot, "transport")
        assert "SRTP cipher SRTP_AES128_CM_HMAC_SHA1_80" in panel(pilot, "transport")
        assert panel(pilot, "pair").splitlines() == [
            "Local       relay udp 198.51.100.7:61000 (to the relay over tls)",
            "Remote      srflx udp 203.0.113.9:40022",
            "State       succeeded, nominated",
            "Round trip  118 ms",
            "Path        1 × changed, last 07:59:00",
        ]
        assert "relay_protocol: tls" in panel(pilot, "findings")
        assert "→ Let UDP to the TURN server through" in panel(pilot, "findings")
        candidates = panel(pilot, "candidates").splitlines()
        assert candidates[1].split() == ["local", "host", "udp", "10.8.1.1:51820", "wifi", "07:58:02"]
        assert candidates[4].split() == ["remote", "host", "tcp", "[2001:db8::42]:9", "07:58:05"]


async def test_the_worst_leg_is_shown_and_another_can_be_chosen(show: Show) -> None:
    async with show(details.board(details.room()), (120, 40)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        page = pilot.app.screen
        assert isinstance(page, IcePage)
        assert "◐ disconnected" in panel(pilot, "verdict")
        assert "▸◐ Singer 3" in text(pilot)
        await pilot.press("right")
        await pilot.pause()
        assert "● connected" in panel(pilot, "verdict")
        assert "▸● Singer 4" in text(pilot)
        for _ in range(4):
            await pilot.press("left")
        await pilot.pause()
        assert "▸● Singer 6" in text(pilot)


async def test_of_very_many_legs_the_chosen_one_is_in_sight(show: Show) -> None:
    async with show(details.board(details.room(40)), (80, 24)) as pilot:
        await pilot.press("i")
        for _ in range(30):
            await pilot.press("right")
        await pilot.pause()
        assert "▸● Singer 33" in text(pilot)


async def test_keys_that_choose_a_leg_are_offered_only_where_there_are_several(show: Show) -> None:
    async with show(details.board(details.live()), (120, 40)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        assert "Tab" not in strips.lines(pilot.app)[-1]


async def test_the_diagnosis_can_be_copied(show: Show) -> None:
    async with show(details.board(details.live()), (80, 24)) as pilot:
        await pilot.press("i", "y")
        await pilot.pause()
        copied = pilot.app.clipboard
        assert copied.startswith(
            "call 35a3a34c-a655, leg Chrome\n● connected  Connected over relay udp (tls)"
        )
        assert "Local       relay udp 198.51.100.7:61000" in copied
        assert "relay-over-tls" in copied


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("FEFD", "DTLS 1.2 (FEFD)"),
        ("fefc", "DTLS 1.3 (fefc)"),
        ("0303", "TLS 1.2 (0303)"),
        ("7777", "7777"),
        (None, "–"),
    ],
)
def test_a_tls_version_is_told_in_words(version: str | None, words: str) -> None:
    lines = [plain(line) for line in path.transport(IceFacts(tls_version=version))]
    assert f"Encryption  {words}" in lines


def test_a_transport_that_says_otherwise_than_the_connection_is_told() -> None:
    lines = [plain(line) for line in path.transport(IceFacts(ice="disconnected", transport_ice="failed"))]
    assert "Transport   its own ICE state is failed" in lines
