"""The chart as text: spikes, gaps, limits, axes, marks; and that it is drawn no more often than it must."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from callmon.engine.quality import Levels
from callmon.tui.line import Line, cells, plain
from callmon.tui.theme import DARK
from callmon.tui.widgets.braille import GLYPHS, Frame, Trace, blank, gaps, ink, trace
from callmon.tui.widgets.chart import Charts, arrange
from callmon.tui.widgets.plot import GUTTER, Curve, Figure, Mark, draw, grown

T0 = 1_800_000_000.0
RTT = Levels(150, 300)
MOS = Levels(3.5, 3.0, high_is_good=True)


def figure(*curves: Curve, seconds: float = 60.0, levels: Levels | None = RTT, **more: object) -> Figure:
    settings: dict[str, object] = {"origin": T0, "levels": levels, "curves": curves} | more
    return Figure("rtt_ms", "RTT", "ms", (0, 500), T0, T0 + seconds, **settings)  # type: ignore[arg-type]


def steady(value: float, seconds: int = 60, skip: range = range(0), name: str = "") -> Curve:
    points = [(T0 + n, math.nan if n in skip else value) for n in range(seconds + 1)]
    return Curve(name, points)


def text(lines: list[Line]) -> list[str]:
    return [plain(line) for line in lines]


def body(lines: list[Line]) -> list[str]:
    """The plot without title, base line, marks, times and gutter."""
    return [row[GUTTER + 1 :] for row in text(lines)[1:-3]]


def base(lines: list[Line]) -> str:
    return text(lines)[-3][GUTTER + 1 :]


def test_a_chart_is_drawn_so() -> None:
    points = [(T0 + n, math.nan if 30 <= n < 42 else 340.0 if 48 <= n <= 52 else 60.0) for n in range(61)]
    marks = (Mark(T0 + 10), Mark(T0 + 31, grave=True))
    assert text(draw(figure(Curve("", points), marks=marks), 50, 10)) == [
        "RTT ms now 60                                     ",
        "  500┤                                            ",
        "     │                                   ⣀⣀⣀⡀     ",
        "  300P⠂ ⠂ ⠂ ⠂ ⠂ ⠂ ⠂ ⠂ ⠂ ⠂ ⠂         ⠂ ⠂ ⠂⡇⠂ ⢸ ⠂ ⠂ ",
        "     │                        gap       ⢠⠃  ⢸     ",
        "  150F⠁   ⠁   ⠁   ⠁   ⠁   ⠁           ⠁ ⢸ ⠁ ⢸ ⠁   ",
        "     │⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠁        ⠈⠉⠉⠉⠁   ⠈⠉⠉⠉⠉⠉",
        "    0└┴──────────┴──────────╌╌╌╌╌╌╌╌───┴▀▀▀▀▀────┴",
        "event        ◆              ▲                     ",
        "      0s        15s        30s        45s     1:00",
    ]


def test_an_axis_says_no_number_twice() -> None:
    flat = Figure("bitrate_bps", "Out", "bit/s", (0, 1), T0, T0 + 60, origin=T0, curves=(steady(0.0),))
    numbers = [row[:GUTTER].strip() for row in text(draw(flat, 50, 14))[1:-2]]
    assert [number for number in numbers if number] == ["1", "0"]


@pytest.mark.parametrize("glyphs", GLYPHS.values(), ids=lambda glyphs: glyphs.name)
@pytest.mark.parametrize(("width", "height"), [(40, 5), (7, 5), (120, 20), (38, 7), (8, 4)])
def test_every_line_has_the_width_asked_for(glyphs: object, width: int, height: int) -> None:
    curves = (steady(80, name="audio"), steady(200, name="video with a long name 山田"))
    for axis in (True, False):
        lines = draw(figure(*curves, axis=axis), width, height, glyphs)  # type: ignore[arg-type]
        assert len(lines) == height
        assert {cells(line) for line in lines} == {width}


def test_a_spike_of_one_sample_survives_any_number_of_samples() -> None:
    points = [(T0 + n / 10, 490.0 if n == 1234 else 20.0) for n in range(3600)]
    rows = body(draw(figure(Curve("", points), seconds=360), 40, 12))
    column = int(123.4 / 360 * 34)
    assert [row[column] for row in rows][:-1] != [" "] * (len(rows) - 1)
    assert sum(row[column] not in " ⠄⠂⠁⡀" for row in rows) == len(rows)


@given(st.lists(st.floats(0, 500, width=32) | st.just(math.nan), min_size=1, max_size=300))
def test_every_value_is_inked_and_nothing_outside_the_values(values: list[float]) -> None:
    points = [(T0 + n, value) for n, value in enumerate(values)]
    frame = Frame(T0, T0 + len(values), 0, 500)
    drawn = trace(points, frame, 60, 40)
    for n, value in enumerate(values):
        column = min(59, math.floor(n * (60 / len(values))))
        if value == value:
            row = 39 - int(value / 500 * 39 + 0.5)
            assert drawn.upper[column] <= row <= drawn.lower[column]
    known = [39 - int(value / 500 * 39 + 0.5) for value in values if value == value]
    inked = [(top, floor) for top, floor in zip(drawn.upper, drawn.lower, strict=True) if floor >= 0]
    assert bool(known) == bool(inked)
    for top, floor in inked:
        assert min(known) <= top <= floor <= max(known)


@pytest.mark.parametrize(
    "levels", [RTT, MOS, Levels(1, 3, apart=True), Levels(0.8, 0.3, high_is_good=True, apart=True)]
)
def test_a_column_is_as_bad_as_the_grade_of_its_value(levels: Levels) -> None:
    for value in (0.0, 0.3, 0.5, 0.8, 1.0, 2.0, 3.0, 3.2, 3.5, 4.0, 149.9, 150.0, 151.0, 300.0, 301.0):
        drawn = trace([(T0 + 0.5, value)], Frame(T0, T0 + 1, 0, 500), 1, 8, levels)
        assert drawn.rank == [levels.grade(value).rank - 1], value


def test_a_gap_is_empty_and_says_so() -> None:
    lines = draw(figure(steady(100, skip=range(20, 40))), 66, 9)
    start, end = 20, 40
    assert base(lines)[start + 1 : end - 1] == "╌" * (end - start - 2)
    assert any("no data" in row[start:end] for row in body(lines))
    assert all(set(row[start + 1 : end - 1]) <= set(" no data") for row in body(lines))


def test_a_curve_that_ends_early_is_interrupted_and_one_that_ends_just_now_is_not() -> None:
    assert "╌" in base(draw(figure(steady(100, seconds=50)), 66, 9))
    assert "╌" not in base(draw(figure(steady(100, seconds=58)), 66, 9))


def test_a_gap_that_began_before_the_chart_is_one_too() -> None:
    began_before = figure(steady(100, skip=range(20)), lapsed=True)
    lines = draw(began_before, 66, 9)
    assert base(lines)[:19] == "╌" * 19
    assert any("no data" in row[:20] for row in body(lines))
    assert "╌" not in base(draw(figure(steady(100, skip=range(20))), 66, 9)), "there was nothing before"


def test_before_the_first_value_there_is_no_gap() -> None:
    assert gaps([-1, -1, 0, 0, -1, 0]) == [(4, 5)]
    assert gaps([-1, -1]) == []


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
def test_what_is_beyond_a_limit_shows_without_colour(glyphs: str) -> None:
    kind = GLYPHS[glyphs]
    values = [100.0] * 20 + [200.0] * 20 + [400.0] * 21
    curve = Curve("", [(T0 + n, value) for n, value in enumerate(values)])
    line = base(draw(figure(curve, axis=True), 66, 10, kind))
    assert set(line[1:19]) <= {kind.good, kind.tick}
    assert set(line[21:39]) == {kind.fair}
    assert set(line[41:]) == {kind.poor}


def test_where_high_is_good_the_low_values_are_beyond() -> None:
    curve = Curve("", [(T0 + n, 4.2 if n < 30 else 2.0) for n in range(61)])
    chart = Figure("mos", "MOS", "", (1, 4.5), T0, T0 + 60, (curve,), MOS, origin=T0)
    line = base(draw(chart, 66, 10))
    assert "▀" not in line[:29]
    assert set(line[31:]) == {"▀"}


def test_limits_are_named_on_the_axis_with_their_values() -> None:
    rows = text(draw(figure(steady(20)), 60, 12))
    assert any(row.startswith("  300P") for row in rows)
    assert any(row.startswith("  150F") for row in rows)


def test_the_scale_is_fixed_until_a_value_lies_beyond() -> None:
    assert grown((0, 500), [steady(12)]) == (0, 500)
    assert grown((0, 500), [steady(501)]) == (0, 600)
    assert grown((0, 10), [steady(37.5)]) == (0, 40)
    assert grown((0, 100_000), [steady(2_300_000)]) == (0, 3_000_000)
    assert grown((0, 500), [Curve("", [(T0, math.nan)])]) == (0, 500)


@given(st.floats(1e-3, 1e12))
def test_whatever_the_greatest_value_it_is_on_the_chart(value: float) -> None:
    low, high = grown((0, 1e-3), [steady(value, 1)])
    assert low == 0
    assert value <= high <= 2.01 * value


def test_several_curves_are_told_apart_without_colour_and_without_holes() -> None:
    rows = draw(figure(steady(400, name="audio"), steady(100, name="video"), levels=None), 66, 12)
    assert text(rows)[0].startswith("RTT ms now  1─ audio 400  2─ video 100")
    inked = [row for row in body(rows) if row.strip()]
    assert len(inked) == 2
    for row, number in zip(inked, "12", strict=True):
        assert " " not in row
        assert {char for char in row if char.isdigit()} == {number}


def test_every_curve_shows_where_they_differ() -> None:
    calm, other = steady(100, name="a"), Curve("b", [(T0 + n, 100.0 if n < 30 else 340.0) for n in range(61)])
    for curves in ((calm, other), (other, calm)):
        rows = body(draw(figure(*curves, levels=None), 66, 12))
        assert [len(row[35:].strip()) > 20 for row in rows].count(True) == 2


@pytest.mark.parametrize(("ranks", "owner"), [((0, 0), 0), ((0, 1), 1), ((2, 1), 0), ((1, 2), 1)])
def test_the_worse_of_two_curves_has_the_colour_of_the_cell_that_they_share(
    ranks: tuple[int, int], owner: int
) -> None:
    raster = blank(1, 1, GLYPHS["braille"])
    for series, rank in enumerate(ranks):
        ink(raster, Trace([series, series], [series, series], [rank, rank]), series)
    assert raster.owner == [[owner]]
    assert raster.text(0, 0, 1) == "⠛"


def test_charts_in_a_row_share_the_place_of_every_moment() -> None:
    marks = tuple(Mark(T0 + at, grave=at == 31) for at in (3, 17, 31, 44, 59))
    for width in range(60, 140):
        for columns in (2, 3):
            lines = text(
                arrange([figure(steady(9), marks=marks)] * columns, width, 12, columns, GLYPHS["braille"])
            )
            share = (width - 2 * (columns - 1)) // columns
            for line in lines:
                parts = {line[n * (share + 2) : n * (share + 2) + share] for n in range(columns)}
                assert len(parts) == 1


def test_curves_share_a_cell() -> None:
    one = Curve("a", [(T0, 250.0), (T0 + 60, 250.0)])
    two = Curve("b", [(T0, 240.0), (T0 + 60, 240.0)])
    both = "".join(body(draw(figure(one, two, levels=None), 36, 8)))
    assert any(char in both for char in map(chr, range(0x2801, 0x2900)))
    assert {role for line in draw(figure(one, two), 36, 8) for _, role in line} >= {"spark", "series2"}


def test_a_chart_without_values_says_so() -> None:
    assert any("no data" in row for row in text(draw(figure(), 40, 8)))
    assert any("no data" in row for row in text(draw(figure(steady(math.nan)), 40, 8)))


def test_times_are_by_the_clock_or_since_the_start() -> None:
    since = text(draw(figure(steady(9), seconds=60), 60, 8))[-1]
    assert since.split() == ["0s", "10s", "20s", "30s", "40s", "50s", "1:00"]
    clock = text(draw(figure(steady(9), origin=None), 60, 8))[-1].split()
    assert len(clock) >= 2
    assert all(len(at) == 8 for at in clock)


def test_every_role_is_one_of_the_theme() -> None:
    curves = [steady(100 * n, name=str(n)) for n in range(1, 6)]
    marks = (Mark(T0 + 1), Mark(T0 + 2, grave=True))
    for chart in (figure(*curves, marks=marks), figure(curves[3]), figure()):
        for line in draw(chart, 60, 12):
            assert {role for _, role in line} <= DARK.inks.keys()


def test_charts_stand_side_by_side_on_one_time_axis() -> None:
    figures = [figure(steady(n)) for n in (10, 20, 30, 40, 50)]
    lines = arrange(figures, 101, 23, 2, GLYPHS["braille"])
    assert len(lines) == 23
    assert {cells(line) for line in lines} == {101}
    assert "".join(text(lines)).count("RTT ms") == 5
    assert text(lines)[-1].split().count("30s") == 2


async def test_nothing_is_drawn_again_without_new_data() -> None:
    class Shown(App[None]):
        def compose(self) -> ComposeResult:
            yield Charts(id="charts")

    app = Shown()
    asked = 0

    def make() -> list[Figure]:
        nonlocal asked
        asked += 1
        return [figure(steady(100))]

    async with app.run_test(size=(80, 24)) as pilot:
        charts = app.query_one(Charts)
        charts.styles.height = 20
        charts.show(("call", 1), make)
        await pilot.pause()
        assert (charts.drawn, asked) == (1, 1)
        for _ in range(5):
            charts.show(("call", 1), make)
            charts.refresh()
            await pilot.pause()
        assert (charts.drawn, asked) == (1, 1)
        charts.show(("call", 2), make)
        await pilot.pause()
        assert (charts.drawn, asked) == (2, 2)
        charts.styles.height = 10
        await pilot.pause()
        assert charts.drawn == 3


def test_a_large_chart_is_drawn_fast() -> None:
    curves = [
        Curve(str(k), [(T0 + n / 2, 150 + 100 * math.sin(n / 30 + k) + n % 50) for n in range(720)])
        for k in range(3)
    ]
    chart = figure(*curves, seconds=360)

    def spent() -> float:
        start = time.process_time()
        draw(chart, 120, 20)
        return time.process_time() - start

    # Best of many on a busy machine; 3 to 4 ms on an idle one.
    assert min(spent() for _ in range(20)) < 0.015
