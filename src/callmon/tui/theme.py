"""Colours: the only place that has any; everything else names roles and grounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Ink:
    """How a role is written: a colour (None is the terminal's own) and attributes."""

    color: str | None = None
    bold: bool = False
    dim: bool = False
    underline: bool = False
    reverse: bool = False


@dataclass(frozen=True)
class Palette:
    """A theme as styles: ``style(role, ground)``; a role is what a text is, a ground what it stands on.

    Roles: text strong dim faint title key accent · good fair poor unknown over · spark series2 series3
    series4 (curves) · match error.
    Grounds: page, bar (header and footer), cursor (the chosen row), quiet (the chosen row of a pane that has
    not the focus), banner (what must not be overlooked).

    ``least`` is the contrast (WCAG, 1 to 21) that text has on every ground, ``rule`` that of the role faint, of
    rules and ticks: an ink that has less there is brought nearer to white or black until it has it. ``ansi`` says
    that the colours are the names of the terminal's own.
    """

    name: str
    dark: bool
    inks: Mapping[str, Ink]
    grounds: Mapping[str, Ink]
    least: float = 4.5
    rule: float = 3.0
    ansi: bool = False
    made: dict[tuple[str, str], Style] = field(default_factory=dict, compare=False, repr=False)

    def style(self, role: str, ground: str = "page") -> Style:
        """Return the style of a role on a ground; both must exist."""
        style = self.made.get((role, ground))
        if style is None:
            least = self.rule if role == "faint" else self.least
            style = self.made[role, ground] = self._make(self.inks[role], self.grounds[ground], least)
        return style

    def _make(self, ink: Ink, ground: Ink, least: float) -> Style:
        color = ink.color
        if color is not None and ground.color is not None and not self.ansi:
            color = readable(color, ground.color, least)
        return Style(
            # Reversed, each ink would become a ground of its own and the row a patchwork.
            color=color if not ground.reverse else None,
            bgcolor=ground.color,
            bold=(ink.bold or ground.bold) or None,
            dim=(ink.dim and not ground.reverse) or None,
            underline=(ink.underline or ground.underline) or None,
            reverse=(ink.reverse or ground.reverse) or None,
        )

    def theme(self) -> Theme:
        """Return the palette as a Textual theme, with a variable for each role and ground."""
        colors = {f"ink-{role}": ink.color for role, ink in self.inks.items()}
        colors |= {f"ground-{name}": ground.color for name, ground in self.grounds.items()}
        if self.ansi:
            variables = {key: f"ansi_{color or 'default'}" for key, color in colors.items()}
            variables |= {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
            page = "ansi_default"
        else:
            fallback = "#ffffff" if self.dark else "#000000"
            page = self.grounds["page"].color or ("#000000" if self.dark else "#ffffff")
            variables = {
                key: color or (page if key.startswith("ground") else fallback)
                for key, color in colors.items()
            }
        return Theme(
            name=self.name,
            primary=variables["ink-accent"],
            foreground=variables["ink-text"],
            background=page,
            surface=page,
            panel=variables["ground-bar"],
            success=variables["ink-good"],
            warning=variables["ink-fair"],
            error=variables["ink-poor"],
            dark=self.dark,
            variables=variables,
            ansi=self.ansi,
        )


def luminance(color: str) -> float:
    """Return how light a colour (``#rrggbb``) is, 0 to 1, as WCAG 2 has it."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2 has it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(color: str, ground: str, least: float) -> str:
    """Return a colour that has at least this contrast on a ground: the same, or one nearer to white or black."""
    end = 255 if luminance(ground) < 0.18 else 0
    parts = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    for step in range(STEPS + 1):
        mixed = "".join(f"{round(part + (end - part) * step / STEPS):02x}" for part in parts)
        if contrast(f"#{mixed}", ground) >= least:
            break
    return f"#{mixed}"


STEPS = 25
"""An ink is brought nearer to white or black in so many steps at most."""


DARK = Palette(
    "dark",
    True,
    {
        "text": Ink("#c4ccd6"),
        "strong": Ink("#f2f5f8", bold=True),
        "dim": Ink("#8a95a3"),
        "faint": Ink("#4a5460"),
        "title": Ink("#8fa3b8", bold=True),
        "key": Ink("#8ab8f0", bold=True),
        "accent": Ink("#8ab8f0"),
        "good": Ink("#67bd8a"),
        "fair": Ink("#e0b25a"),
        "poor": Ink("#f47c7c", bold=True),
        "unknown": Ink("#98a2b0"),
        "over": Ink("#6f7a87"),
        "spark": Ink("#7097c4"),
        "series2": Ink("#c79bd8"),
        "series3": Ink("#6fc3c9"),
        "series4": Ink("#d6a27a"),
        "match": Ink("#f2f5f8", bold=True, underline=True),
        "error": Ink("#f47c7c"),
    },
    {
        "page": Ink("#10141a"),
        "bar": Ink("#1a2029"),
        "cursor": Ink("#283a52"),
        "quiet": Ink("#1d2632"),
        "banner": Ink("#1f4368", bold=True),
    },
)
"""Quiet on near-black; the default."""

LIGHT = Palette(
    "light",
    False,
    {
        "text": Ink("#2a3038"),
        "strong": Ink("#0c1016", bold=True),
        "dim": Ink("#5d6875"),
        "faint": Ink("#b4bcc6"),
        "title": Ink("#4a5b6d", bold=True),
        "key": Ink("#0b5cad", bold=True),
        "accent": Ink("#0b5cad"),
        "good": Ink("#1c7a45"),
        "fair": Ink("#8f5b00"),
        "poor": Ink("#c01f2d", bold=True),
        "unknown": Ink("#626c78"),
        "over": Ink("#77818d"),
        "spark": Ink("#3c6ea8"),
        "series2": Ink("#8a4aa8"),
        "series3": Ink("#117a83"),
        "series4": Ink("#94561c"),
        "match": Ink("#0c1016", bold=True, underline=True),
        "error": Ink("#c01f2d"),
    },
    {
        "page": Ink("#fbfcfd"),
        "bar": Ink("#e9edf2"),
        "cursor": Ink("#cfe0f5"),
        "quiet": Ink("#e6eef8"),
        "banner": Ink("#bcd8f6", bold=True),
    },
)
"""Dark ink on near-white."""

MONO = Palette(
    "mono",
    True,
    {
        "text": Ink(),
        "strong": Ink(bold=True),
        "dim": Ink(),
        "faint": Ink(dim=True),
        "title": Ink(bold=True),
        "key": Ink(bold=True),
        "accent": Ink(bold=True),
        "good": Ink(),
        "fair": Ink(bold=True),
        "poor": Ink(bold=True, underline=True),
        "unknown": Ink(),
        "over": Ink(dim=True),
        "spark": Ink(),
        "series2": Ink(dim=True),
        "series3": Ink(bold=True),
        "series4": Ink(underline=True),
        "match": Ink(bold=True, underline=True),
        "error": Ink(bold=True),
    },
    {
        "page": Ink(),
        "bar": Ink(),
        "cursor": Ink(reverse=True),
        "quiet": Ink(underline=True),
        "banner": Ink(reverse=True, bold=True),
    },
)
"""No colour at all, for NO_COLOR: bold, dim, underline and reverse only."""

HIGH_CONTRAST = Palette(
    "high-contrast",
    True,
    {
        "text": Ink("#ffffff"),
        "strong": Ink("#ffffff", bold=True),
        "dim": Ink("#d6d6d6"),
        "faint": Ink("#8f8f8f"),
        "title": Ink("#ffffff", bold=True),
        "key": Ink("#ffe14d", bold=True),
        "accent": Ink("#ffe14d"),
        "good": Ink("#4dff88"),
        "fair": Ink("#ffd000"),
        "poor": Ink("#ff9090", bold=True),
        "unknown": Ink("#e0e0e0"),
        "over": Ink("#b5b5b5"),
        "spark": Ink("#7cc7ff"),
        "series2": Ink("#ff9dff"),
        "series3": Ink("#5cf2f2"),
        "series4": Ink("#ffb469"),
        "match": Ink("#ffffff", bold=True, underline=True),
        "error": Ink("#ff9090", bold=True),
    },
    {
        "page": Ink("#000000"),
        "bar": Ink("#1a1a1a"),
        "cursor": Ink("#22417a", bold=True),
        "quiet": Ink("#303030"),
        "banner": Ink("#5c005c", bold=True),
    },
    least=7.0,
    rule=4.5,
)
"""White on black, every text at 7:1 or better (WCAG AAA)."""

DEUTERANOPIA = replace(
    DARK,
    name="deuteranopia",
    inks={
        **DARK.inks,
        "good": Ink("#6cb6f5"),
        "fair": Ink("#f5e08a"),
        "poor": Ink("#f08030", bold=True),
        "error": Ink("#f08030"),
        "spark": Ink("#6d93c9"),
        "series2": Ink("#f5e08a"),
        "series3": Ink("#dfe8f2"),
        "series4": Ink("#c08a3e"),
    },
    made={},
)
"""Dark; what is good, fair and poor is blue, pale yellow and orange, for eyes without green (or without red)."""

TRITANOPIA = replace(
    DARK,
    name="tritanopia",
    inks={
        **DARK.inks,
        "key": Ink("#7fd0d6", bold=True),
        "accent": Ink("#7fd0d6"),
        "good": Ink("#3fc1c9"),
        "fair": Ink("#ffd9cf"),
        "poor": Ink("#ff6464", bold=True),
        "error": Ink("#ff6464"),
        "spark": Ink("#5fa9b0"),
        "series2": Ink("#f0a0a0"),
        "series3": Ink("#e3ecec"),
        "series4": Ink("#c07070"),
    },
    made={},
)
"""Dark; what is good, fair and poor is cyan, pale pink and red, for eyes without blue."""

TERMINAL = Palette(
    "terminal",
    True,
    {
        **MONO.inks,
        "title": Ink("cyan", bold=True),
        "key": Ink("cyan", bold=True),
        "accent": Ink("cyan"),
        "good": Ink("green"),
        "fair": Ink("yellow"),
        "poor": Ink("red", bold=True),
        "spark": Ink("blue"),
        "series2": Ink("magenta"),
        "series3": Ink("cyan"),
        "series4": Ink("yellow"),
        "error": Ink("red", bold=True),
    },
    MONO.grounds,
    ansi=True,
)
"""The terminal's own sixteen colours on its own background; grey by its dim, since its grey may be invisible."""

PALETTES: dict[str, Palette] = {
    palette.name: palette
    for palette in (DARK, LIGHT, HIGH_CONTRAST, DEUTERANOPIA, TRITANOPIA, MONO, TERMINAL)
}
"""The palettes by name, in the order in which a key goes through them."""


class Colourless(LineFilter):
    """Takes every colour out of what is drawn and leaves the attributes."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without colour."""
        return [
            Segment(text, style.without_color if style is not None else None, control)
            for text, style, control in segments
        ]


def palette_of(app: App[Any]) -> Palette:
    """Return the palette of the theme that the app has now."""
    return PALETTES.get(app.theme, DARK)
