"""The file of saved views: what is read of it, what is written into it, and what is said where it cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from callmon.config.views import UnreadableViews, Views, saved_views
from callmon.query.view import View
from callmon.query.viewline import read, write


def test_what_was_written_into_the_file_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "views.toml"
    views = Views(path)
    views.save(7, read("loss>1"))
    path.write_text('[views.7]\nview = "loss>7"\n[views.8]\nview = "loss>8"\n')
    views.save(9, View())
    assert {number: write(Views(path).all()[number].view) for number in (7, 8, 9)} == {
        7: "loss>7",
        8: "loss>8",
        9: "",
    }
    path.write_text("[views.8]\nview = 'loss>>8'\n")
    with pytest.raises(UnreadableViews):
        views.save(9, View())
    assert path.read_text() == "[views.8]\nview = 'loss>>8'\n"


def test_a_link_to_a_file_of_views_stays_one(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    link, real = tmp_path / "views.toml", tmp_path / "shared" / "ours.toml"
    link.symlink_to(real)
    for number, line in ((1, "loss>1"), (2, "loss>2")):
        Views(link).save(number, read(line))
    assert link.is_symlink()
    assert [write(Views(real).all()[number].view) for number in (1, 2)] == ["loss>1", "loss>2"]
    assert [one.name for one in (tmp_path / "shared").iterdir()] == ["ours.toml"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[views.x]\nview = 'a'\n", "line 1: views.x: views have the numbers 1 to 9"),
        ("[views.3]\nview = 'loss>x'\n", "line 2: views.3.view: at character 6, 'x': expected a share"),
        ("\n[views.3]\nview = 3\n", "line 3: views.3.view: name and view are texts: write them in quotes"),
        (
            "[views.3]\nfilter = 'loss>3'\n",
            "line 2: views.3.filter: views have a name and a view: write view =",
        ),
        ("[views.3]\nview = 'a'\n[[view]]\nfilter = 5\n", "line 3: view: views have the numbers 1 to 9"),
        (
            "[views.1]\nview = 'a'\n[views.01]\nview = 'b'\n",
            "line 3: views.01: views have the numbers 1 to 9",
        ),
        ("[views.10]\n", "line 1: views.10: views have the numbers 1 to 9"),
        ("[[views]]\nfilter = 5\n", "line 1: views: views have the numbers 1 to 9"),
        ("filter = 5\n", "line 1: filter: views have the numbers 1 to 9"),
        ("[views.3]\nview = 'a'\n[views", "line 3: not TOML"),
    ],
)
def test_a_file_of_views_that_cannot_be_read_says_where(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "views.toml"
    path.write_text(text)
    with pytest.raises(UnreadableViews, match=says):
        Views(path)
    views, wrong = saved_views(path)
    assert wrong is not None and says in wrong and views.all()


def test_what_is_saved_is_read_again_whatever_is_in_it(tmp_path: Path) -> None:
    view = read('call="a \\"b\\" \\\\ | c" or "x\ty" | columns call rtt=9 | span 5m')
    Views(tmp_path / "v.toml").save(3, view, 'the "first"\n\\ one')
    assert Views(tmp_path / "v.toml").all()[3].view == view
    assert Views(tmp_path / "v.toml").all()[3].name == 'the "first"\n\\ one'
    assert read(write(view)) == view
