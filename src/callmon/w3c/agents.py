"""Which browser and which system a page ran in, from what it says of itself."""

from __future__ import annotations

import re

from callmon.model.frames import Json

_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"OPR/(\d+)")),
    ("Samsung Internet", re.compile(r"SamsungBrowser/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+)[\d.]* .*Safari/")),
)
_SYSTEMS = (
    ("Android", re.compile(r"Android")),
    ("iOS", re.compile(r"iPhone|iPad|iPod")),
    ("Windows", re.compile(r"Windows")),
    ("ChromeOS", re.compile(r"CrOS")),
    ("macOS", re.compile(r"Mac OS X|Macintosh")),
    ("Linux", re.compile(r"Linux|X11")),
)
_PADDING = re.compile(r"not.?a.?brand|not[^a-z]|chromium", re.IGNORECASE)


def read(agent: str) -> dict[str, str]:
    """Return ``browser`` and ``os`` of a User-Agent header, as far as it tells."""
    page = {}
    for name, pattern in _BROWSERS:
        if found := pattern.search(agent):
            page["browser"] = f"{name} {found[1]}"
            break
    for name, pattern in _SYSTEMS:
        if pattern.search(agent):
            page["os"] = name
            break
    return page


def read_hints(data: Json) -> dict[str, str]:
    """Return ``browser`` and ``os`` of a ``navigator.userAgentData``; invented brands are passed over."""
    if not isinstance(data, dict):
        return {}
    page = {}
    brands = data.get("brands")
    named = [
        (brand["brand"], str(brand.get("version", "")))
        for brand in (brands if isinstance(brands, list) else [])
        if isinstance(brand, dict) and isinstance(brand.get("brand"), str)
    ]
    # Chromium adds a brand of nonsense, and itself beside the product built on it.
    named.sort(key=lambda brand: (brand[0].lower() == "chromium", _PADDING.match(brand[0]) is not None))
    if named and (named[0][0] == "Chromium" or not _PADDING.match(named[0][0])):
        page["browser"] = " ".join(named[0])[:100]
    if isinstance(data.get("platform"), str) and data["platform"]:
        page["os"] = data["platform"][:100]
    return page
