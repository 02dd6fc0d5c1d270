from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs import PAGES, stale, table

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
