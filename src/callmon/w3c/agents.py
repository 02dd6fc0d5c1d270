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
_NONSENSE = re.compile(r"^\W*not[\W_]?a[\W_]?brand", re.IGNORECASE)


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
    # Chromium adds a brand of nonsense, and itself beside the product that is built on it.
    named = [
        f"{brand['brand']} {brand.get('version', '')}".strip()[:100]
        for brand in (brands if isinstance(brands, list) else [])
        if isinstance(brand, dict)
        and isinstance(brand.get("brand"), str)
        and not _NONSENSE.match(brand["brand"])
    ]
    if named:
        page["browser"] = min(named, key=lambda name: name.startswith("Chromium"))
    if isinstance(data.get("platform"), str) and data["platform"]:
        page["os"] = data["platform"][:100]
    return page
