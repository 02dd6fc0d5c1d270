from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs import PAGES, stale, table
from tools.pictures import MOST_BYTES, PICTURES

ROOT = Path(__file__).parent.parent
WRITTEN = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_generated_pages_are_what_the_registries_say() -> None:
    assert stale() == [], "make docs writes them anew"


def test_a_bar_does_not_end_a_cell() -> None:
    assert table(("a",), [("x|y",)]) == "| a |\n| --- |\n| x\\|y |"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8"))
    lost = [name for name in targets if "://" not in name and not (page.parent / name).exists()]
    assert lost == []


def test_every_generated_page_can_be_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in PAGES if f"({name})" not in readme] == []


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_of_the_tour_is_there_small_and_fetches_nothing(name: str) -> None:
    picture = (ROOT / "docs" / f"{name}.svg").read_text("utf-8")
    assert f"](docs/{name}.svg)" in (ROOT / "README.md").read_text("utf-8")
    assert len(picture.encode()) <= MOST_BYTES
    fetched = re.findall(
        r"""(?:href|src)\s*=\s*["'](?!#)|@import|@font-face|url\((?!["']?#)|<script|<image""", picture
    )
    assert fetched == []


def test_there_are_no_other_pictures() -> None:
    assert sorted(path.stem for path in (ROOT / "docs").glob("*.svg")) == sorted(PICTURES)
