"""Whether what is written can be read: contrast, eyes that see fewer colours, terminals that have few or none."""

from __future__ import annotations

import itertools
import math
from typing import get_args

import pytest
from rich.color import ColorType

from callmon.cli.commands import look_of
from callmon.cli.main import CHARTS, THEMES, parse
from callmon.config.settings import Look
from callmon.engine.quality import Grade
from callmon.tui.theme import DARK, PALETTES, Palette, contrast
from tests.tui import boards, strips
from tests.tui.conftest import Show

Rgb = tuple[float, float, float]

TRUE = [palette for palette in PALETTES.values() if palette.grounds["page"].color and not palette.ansi]

# Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
DEFICIENCIES: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}

APART = 20.0
"""A difference in CIELAB that nobody overlooks, also between two letters; 2 is just noticeable on large areas."""


def shown(palette: Palette, role: str, ground: str) -> tuple[str, str]:
    """The colours of a text and of what is behind it, as they are drawn."""
    style = palette.style(role, ground)
    assert style.color is not None and style.bgcolor is not None
    assert style.color.triplet is not None and style.bgcolor.triplet is not None
    return style.color.triplet.hex, style.bgcolor.triplet.hex


def linear(color: str) -> Rgb:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return bent(red), bent(green), bent(blue)


def bent(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 0.008856 else 7.787 * part + 16 / 116


def seen(color: str, deficiency: str) -> Rgb:
    """A colour as an eye with a deficiency sees it, in CIELAB."""
    given = linear(color)
    red, green, blue = (
        min(1.0, max(0.0, sum(a * b for a, b in zip(row, given, strict=True))))
        for row in DEFICIENCIES[deficiency]
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    return 116 * root(y) - 16, 500 * (root(x) - root(y)), 200 * (root(y) - root(z))


def nearest(palette: Palette, deficiency: str) -> float:
    """How far apart the two grades are that look most alike."""
    grades = [seen(palette.inks[grade].color or "", deficiency) for grade in ("good", "fair", "poor")]
    return min(math.dist(one, other) for one, other in itertools.combinations(grades, 2))


def test_there_is_every_theme_under_every_name() -> None:
    assert tuple(PALETTES) == THEMES == get_args(Look.model_fields["theme"].annotation)


def test_charts_are_chosen_by_the_same_words_everywhere() -> None:
    assert get_args(Look.model_fields["charts"].annotation) == CHARTS
    assert look_of(parse(["demo", "--charts", "ascii"]))["charts"] == "ascii"


@pytest.mark.parametrize("palette", TRUE, ids=lambda palette: palette.name)
def test_every_role_can_be_read_on_every_ground(palette: Palette) -> None:
    # Faint is rules, ticks and the dots between words: graphics, for which WCAG asks 3.
    for role, ground in itertools.product(palette.inks, palette.grounds):
        least = palette.rule if role == "faint" else palette.least
        assert contrast(*shown(palette, role, ground)) >= least, (role, ground)
    assert palette.least >= 4.5 and palette.rule >= 3.0


def test_high_contrast_is_higher() -> None:
    assert PALETTES["high-contrast"].least >= 7


@pytest.mark.parametrize("palette", TRUE, ids=lambda palette: palette.name)
def test_the_chosen_row_stands_out(palette: Palette) -> None:
    page = palette.grounds["page"].color or ""
    assert contrast(palette.grounds["cursor"].color or "", page) >= 1.25
    assert contrast(palette.grounds["banner"].color or "", page) >= 1.25


@pytest.mark.parametrize(
    ("theme", "deficiency"),
    [("deuteranopia", "deuteranopia"), ("deuteranopia", "protanopia"), ("tritanopia", "tritanopia")],
)
def test_grades_stay_apart_for_eyes_with_fewer_colours(theme: str, deficiency: str) -> None:
    assert nearest(PALETTES[theme], deficiency) >= APART


def test_the_usual_colours_do_not_so_that_the_test_can_fail() -> None:
    assert nearest(DARK, "deuteranopia") < APART


def test_the_terminal_s_own_colours_are_the_first_eight_and_no_grey() -> None:
    # Bright black is the colour of the background in some widespread schemes.
    palette = PALETTES["terminal"]
    for role, ground in itertools.product(palette.inks, palette.grounds):
        style = palette.style(role, ground)
        assert style.bgcolor is None
        if style.color is not None:
            assert style.color.type is ColorType.STANDARD and (style.color.number or 0) in range(1, 8)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_says_the_same_in_letters_and_shapes(show: Show, theme: str) -> None:
    async with show(boards.mixed(), (120, 40)) as pilot:
        usual = strips.lines(pilot.app)
    async with show(boards.mixed(), (120, 40), theme=theme) as pilot:
        assert strips.lines(pilot.app) == usual
        assert pilot.app.theme == theme
    text = "\n".join(usual)
    for grade in (Grade.GOOD, Grade.FAIR, Grade.POOR):
        assert f" {grade.value[0].upper()} " in text


async def test_the_terminal_s_background_is_left_alone(show: Show) -> None:
    async with show(boards.mixed(), (80, 24), theme="terminal") as pilot:
        for strip in pilot.app.screen._compositor.render_strips():
            for segment in strip:
                color = segment.style.bgcolor if segment.style is not None else None
                assert color is None or color.is_default


async def test_a_key_goes_through_all_themes(show: Show) -> None:
    async with show(boards.mixed(), (80, 24)) as pilot:
        found = [pilot.app.theme]
        for _ in THEMES:
            await pilot.press("T")
            await pilot.pause()
            found.append(pilot.app.theme)
            assert f"theme {pilot.app.theme}" in strips.lines(pilot.app)[-1]
        assert tuple(found) == (*THEMES, THEMES[0])


async def test_without_colour_there_is_one_theme(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with show(boards.mixed(), (80, 24), theme="light") as pilot:
        assert pilot.app.theme == "mono"
        await pilot.press("T")
        assert pilot.app.theme == "mono"
