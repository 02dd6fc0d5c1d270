"""Marks, columns, groups and saved views of the table of calls, by their keys."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from callmon.config.state import State
from callmon.config.views import Views
from callmon.query.filter import Filter
from callmon.query.view import View
from callmon.query.viewline import read, write
from callmon.tui.app import CallmonApp
from callmon.tui.columnchooser import ColumnChooser
from callmon.tui.grouping import is_header
from callmon.tui.picker import Picker
from callmon.tui.screens.overview import Overview
from callmon.tui.spans import USUAL_SPAN
from callmon.tui.widgets.filterbar import FilterBar
from callmon.tui.widgets.table import Table
from tests.masking.test_order import masked_fields
from tests.tui import boards, details, halls, strips
from tests.tui.conftest import Show, until

SIZES = ((80, 24), (120, 40), (200, 60), (40, 12))


def overview(pilot: Pilot[Any]) -> Overview:
    return cast(Overview, pilot.app.screen_stack[0])


def table(pilot: Pilot[Any]) -> Table:
    return overview(pilot).query_one(Table)


def ids(pilot: Pilot[Any]) -> list[str]:
    return list(table(pilot)._rows.ids)


def marks(pilot: Pilot[Any]) -> tuple[str, ...]:
    return cast(CallmonApp, pilot.app).marks.ids


async def test_space_marks_a_call_and_goes_on(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        first, second, third, *_ = ids(pilot)
        await pilot.press("space", "space")
        assert marks(pilot) == (first, second)
        assert table(pilot).chosen == third
        assert [line[0] for line in strips.lines(pilot.app)[3:6]] == ["▪", "▪", "▌"]
        await pilot.press("k", "space")
        assert marks(pilot) == (first,)


async def test_a_range_is_marked_from_the_last_mark_to_the_cursor(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await pilot.press("space", "j", "j", "ctrl+@")
        assert list(marks(pilot)) == ids(pilot)[:4]
        await pilot.press("U")
        assert marks(pilot) == ()


async def test_only_marked_calls_are_shown_until_there_are_none(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        before = ids(pilot)
        await pilot.press("space", "space", "M")
        await pilot.pause()
        assert ids(pilot) == before[:2]
        await pilot.press("U")
        await pilot.pause()
        assert sorted(ids(pilot)) == sorted(before)


async def test_a_filter_that_cannot_be_read_is_pointed_at_and_the_one_before_holds(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await pilot.press("slash", *"loss>3")
        await pilot.pause()
        shown = ids(pilot)
        assert 0 < len(shown) < 13
        await pilot.press(*" and")
        await pilot.pause()
        below = strips.lines(pilot.app)[-2]
        assert "^ expected a condition here" in below
        assert below.index("^") == strips.lines(pilot.app)[-3].index("▏")
        assert ids(pilot) == shown
        await pilot.press("enter")
        assert overview(pilot).query_one(FilterBar).has_focus
        await pilot.press("escape")
        await pilot.pause()
        assert overview(pilot).view == View() and len(ids(pilot)) == 13


async def test_the_beginning_of_a_field_does_not_empty_the_table(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await pilot.press("slash", *"duratio")
        await pilot.pause()
        assert ids(pilot)
        await pilot.press("tab", *">200")
        await pilot.pause()
        assert overview(pilot).query_one(FilterBar).text == "duration>200"
        assert 0 < len(ids(pilot)) < 13


async def test_what_may_come_next_shows_also_where_the_layout_was_faster_than_the_focus(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        bar = overview(pilot).query_one(FilterBar)
        bar.open()
        overview(pilot)._refresh_layout()
        assert not bar.has_focus
        await pilot.press(*"prov")
        await pilot.pause()
        assert "provider" in strips.lines(pilot.app)[-2]


async def test_tab_goes_through_what_may_come_next_and_back(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        bar = overview(pilot).query_one(FilterBar)
        await pilot.press("slash", *"is:", "tab")
        assert bar.text == "is:good"
        await pilot.press("tab", "tab")
        assert bar.text == "is:poor"
        await pilot.press("shift+tab")
        assert bar.text == "is:fair"
        await pilot.press("enter")
        await pilot.pause()
        assert overview(pilot).view.filter.text == "is:fair"


async def test_what_is_typed_can_be_changed_in_the_middle(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        bar = overview(pilot).query_one(FilterBar)
        await pilot.press("slash", *"lss", "home", "right", "o")
        assert bar.text == "loss"
        await pilot.press("end", *"x", "left", "delete", "backspace")
        assert bar.text == "los"


async def test_columns_are_chosen_moved_and_widened(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.press("C")
        await pilot.pause()
        chooser = cast(ColumnChooser, pilot.app.screen)
        usual = list(View().shown())
        # The second column goes; the third becomes the second and wider.
        await pilot.press("down", "space", "down", "K", "plus", "plus", "enter")
        await pilot.pause()
        assert chooser is not pilot.app.screen
        view = overview(pilot).view
        assert view.columns == (usual[0], usual[2], *usual[3:])
        assert dict(view.widths) == {usual[2]: View().shown()[usual[2]].width + 2}
        await pilot.press("f10", "r", "enter")
        await pilot.pause()
        assert (overview(pilot).view.columns, overview(pilot).view.widths) == ((), ())


async def test_calls_are_put_together_and_groups_fold(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.press("v", *"state", "enter", "g")
        await pilot.pause()
        found = ids(pilot)
        heads = [id for id in found if is_header(id)]
        assert overview(pilot).view.group == "state" and heads
        assert len(found) == 13 + len(heads) and is_header(found[0])
        assert overview(pilot).target() is None
        await pilot.press("enter")
        await pilot.pause()
        assert len(ids(pilot)) < len(found) and is_header(ids(pilot)[1])
        await pilot.press("enter", "j", "enter")
        await pilot.pause()
        assert pilot.app.screen is not overview(pilot)


async def test_calls_out_of_sight_are_masked_once_for_the_groups_they_are_in(show: Show) -> None:
    board = boards.mixed()
    board.all[:0] = [halls.standup(), details.video()]
    async with show(board, (120, 40)) as pilot:
        await pilot.press("P")
        page = overview(pilot)
        page.put(View(group="participant"))
        page._folded = frozenset(page._groups)
        groups = [*page._groups]
        for one in board.all:
            board.touch(one)
        page.put(page.view)
        assert [*page._groups] == groups == [id[1:] for id in page._order.ids] and len(groups) > 2
        assert not any("legs" in masked_fields(call) for call in cast(CallmonApp, pilot.app).board().calls())


async def test_views_are_shown_by_number_saved_and_shared(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.views_file = tmp_path / "data" / "views.toml"
        await pilot.press("1")
        await pilot.pause()
        assert overview(pilot).view.filter.text == "is:poor not is:over"
        await pilot.press("0")
        assert overview(pilot).view == View()
        await pilot.press("9")
        assert "V saves one" in strips.lines(app)[-1]
        await pilot.press("slash", *"loss>1", "enter", "greater_than_sign", "V")
        await pilot.pause()
        assert isinstance(app.screen, Picker)
        await pilot.press("7")
        await pilot.pause()
        view = overview(pilot).view
        await pilot.press("0", "7")
        await pilot.pause()
        assert overview(pilot).view == view
        assert Views(app.views_file).all()[7].view == view


async def test_a_view_is_saved_by_a_name_where_there_is_room(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.views_file = tmp_path / "views.toml"
        await pilot.press("slash", *"loss>1", "enter", "V", *"my view")
        await pilot.pause()
        assert any("Enter saves it by this name as 7" in line for line in strips.lines(app))
        await pilot.press("enter")
        await pilot.pause()
        assert Views(app.views_file).all()[7].name == "my view"


async def test_a_file_of_views_that_cannot_be_read_is_said_at_the_start(show: Show, tmp_path: Path) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.views_file = tmp_path / "views.toml"
        app.views_file.write_text("not toml [[[")
        app.begin_with()
        await pilot.pause()
        assert "views.toml" in strips.lines(app)[-1]
        await pilot.press("slash", *"loss>1", "enter", "V", "7")
        await until(pilot, lambda: "view 7 saved for this watch only" in strips.lines(app)[-1])
        assert "views.toml: line 1: not TOML" in app.complaints()[-1][1]
        assert app.views_file.read_text() == "not toml [[["
        view = overview(pilot).view
        await pilot.press("0", "7")
        await pilot.pause()
        assert overview(pilot).view == view
        app.views_file.write_text('[views.2]\nview = "loss>9"\n')
        await pilot.press("V", "8")
        await until(pilot, lambda: "view 8 saved in" in strips.lines(app)[-1])
        kept = Views(app.views_file).all()
        assert (kept[2].name, kept[7].view, kept[8].view) == ("loss>9", view, view)


def full(path: Path, target: object) -> Path:
    """Let nothing be put in its place: there is no room."""
    raise OSError(errno.ENOSPC, "No space left on device")


async def test_a_view_that_cannot_be_written_is_there_and_is_written_later(
    show: Show, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        app = cast(CallmonApp, pilot.app)
        app.views_file = tmp_path / "views.toml"
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", full)
            await pilot.press("slash", *"loss>1", "enter", "V", "7")
            await until(pilot, lambda: "view 7 saved for this watch only" in strips.lines(app)[-1])
        assert "for this watch only: No space left on device" in strips.lines(app)[-1]
        assert "views.toml cannot be written: mend that" in app.complaints()[-1][1]
        assert [*tmp_path.iterdir()] == []
        view = overview(pilot).view
        await pilot.press("0", "7")
        await pilot.pause()
        assert overview(pilot).view == view
        await pilot.press("V", "8")
        await until(pilot, lambda: "view 8 saved in" in strips.lines(app)[-1])
        kept = Views(app.views_file).all()
        assert kept[7].view == kept[8].view == view


async def test_the_cursor_stays_on_its_call_or_in_its_place(show: Show) -> None:
    async with show(boards.mixed(), (100, 24)) as pilot:
        await pilot.press("j", "j")
        there = table(pilot).chosen
        await pilot.press("r")
        await pilot.pause()
        assert table(pilot).chosen == there
        place = ids(pilot).index(there or "")
        await pilot.press("F", "r")
        await pilot.pause()
        assert table(pilot).chosen == ids(pilot)[place] != there


async def test_the_next_watch_begins_with_the_last_view(show: Show, tmp_path: Path) -> None:
    line = "is:live | sort rtt_ms | group provider"
    async with show(boards.mixed(), (100, 24)) as pilot:
        overview(pilot).put(read(line))
        await pilot.pause()
        State(tmp_path / "s" / "last.json").keep({"view": cast(CallmonApp, pilot.app).view_line()})
    app = CallmonApp(boards.mixed())
    app.remembered = State(tmp_path / "s" / "last.json").word("view")
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        assert overview(pilot).view == read(line)
        assert overview(pilot).query_one(FilterBar).text == "is:live"


def test_a_state_that_cannot_be_read_is_said_once_and_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "last.json"
    for number, text in enumerate(("", "{", "[]", '{"view": 3}', "\x00", "[" * 50_000, " " * 200_000)):
        path.write_text(text)
        state = State(path)
        aside = tmp_path / f"last.json.bad{number or ''}"
        assert (state.word("view"), aside.read_text()) == ("", text)
        assert state.wrong is not None and "\n" not in state.wrong and str(path) in state.wrong
        assert state.wrong.endswith(f"is in {aside.name}")
        assert State(path).wrong is None
    State(path).keep({"view": "a"})
    assert State(path).word("view") == "a"


async def test_what_options_ask_for_is_for_one_watch(show: Show) -> None:
    for keys, wanted in (((), "rtt>1"), ((">",), "is:poor | sort reason")):
        async with show(boards.mixed(), (120, 40), view=View(Filter("is:poor"))) as pilot:
            app = cast(CallmonApp, pilot.app)
            app.remembered = "rtt>1"
            await pilot.press(*keys)
            await pilot.pause()
            app.exit()
            assert app.remembered == wanted


def test_a_state_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "callmon" / "last.json"
    for view in ("is:live room:board-meeting", "is:live"):
        State(path).keep({"view": view})
        assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o600, 0o700]
        path.chmod(0o644)


def test_a_state_without_a_place_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    state = State(tmp_path / "file" / "last.json")
    assert state.wrong is not None and state.wrong.endswith("make it a readable file")
    state.keep({"view": "a"})
    assert state.word("view") == "a"
    (tmp_path / "last.json").mkdir()
    refused = State(tmp_path / "last.json")
    assert refused.wrong is not None
    refused.keep({"view": "a"})
    assert (tmp_path / "last.json").is_dir()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("calls-marked", ("space", "space", "j", "space")),
        ("calls-grouped", ("v", *"prov", "enter")),
        ("calls-columns", ("C", "down", "down")),
        ("calls-chosen", ("slash", *"is:po", "tab")),
        ("calls-wrong", ("slash", *"loss>1 for")),
        ("calls-save", ("V",)),
    ],
)
async def test_it_looks_so(show: Show, name: str, keys: tuple[str, ...], size: tuple[int, int]) -> None:
    async with show(boards.mixed(), size) as pilot:
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        strips.check(pilot.app, f"{name}-{size[0]}x{size[1]}")


async def test_a_view_keeps_how_long_the_charts_go_back(show: Show) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        await pilot.press("enter", "minus")
        await pilot.pause()
        assert any("10 min" in line for line in strips.lines(pilot.app))
        await pilot.press("escape")
        assert write(overview(pilot).whole_view()) == "| span 10m"
        overview(pilot).put(read("| span 60s"))
        await pilot.press("enter")
        await pilot.pause()
        assert any("charts 1 min" in line for line in strips.lines(pilot.app))
        await pilot.press("escape", "0", "enter")
        await pilot.pause()
        assert cast(CallmonApp, pilot.app).span_at == USUAL_SPAN
