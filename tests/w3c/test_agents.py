"""Browsers and systems by what they say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.w3c import agents


@pytest.mark.parametrize(
    ("agent", "browser", "os"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/156.0.0.0 Safari/537.36 Edg/156.0",
            "Edge 156",
            "Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/26.1 Safari/605.1.15",
            "Safari 26",
            "macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604",
            "Safari 19",
            "iOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153", "Linux"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/156.0 Mobile Safari/537.36", "Chrome 156", "Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 1) Chrome/150.0 Safari/537.36", "Chrome 150", "ChromeOS"),
        ("curl/8.1", None, None),
    ],
)
def test_browsers_are_known_by_what_they_say(agent: str, browser: str | None, os: str | None) -> None:
    page = agents.read(agent)
    assert (page.get("browser"), page.get("os")) == (browser, os)


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (None, {}),
        ({"brands": "x", "platform": 1}, {}),
        ({"brands": [{"brand": "Not/A)Brand", "version": "8"}]}, {}),
        (
            {
                "brands": [
                    {"brand": "Chromium", "version": "156"},
                    {"brand": "Not_A Brand", "version": "8"},
                    {"brand": "Google Chrome", "version": "156"},
                ],
                "platform": "macOS",
            },
            {"browser": "Google Chrome 156", "os": "macOS"},
        ),
    ],
)
def test_brands_are_told_from_nonsense(data: Any, page: dict[str, str]) -> None:
    assert agents.read_hints(data) == page
