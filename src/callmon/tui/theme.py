"""Colours: the only place that has any; everything else names roles and grounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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
    """

    name: str
    dark: bool
    inks: Mapping[str, Ink]
    grounds: Mapping[str, Ink]
    made: dict[tuple[str, str], Style] = field(default_factory=dict, compare=False, repr=False)

    def style(self, role: str, ground: str = "page") -> Style:
        """Return the style of a role on a ground; both must exist."""
        style = self.made.get((role, ground))
        if style is None:
            style = self.made[role, ground] = self._make(self.inks[role], self.grounds[ground])
        return style

    def _make(self, ink: Ink, ground: Ink) -> Style:
        return Style(
            color=ink.color,
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
        fallback = "#ffffff" if self.dark else "#000000"
        page = self.grounds["page"].color or ("#000000" if self.dark else "#ffffff")
        variables = {
            key: color or (page if key.startswith("ground") else fallback) for key, color in colors.items()
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
        )


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

PALETTES: dict[str, Palette] = {palette.name: palette for palette in (DARK, LIGHT, MONO)}
"""The palettes by name."""


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
