"""What lies over a page and has the keys for itself: they stand at the foot, where those of the page were."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.screen import ModalScreen

from callmon.tui.widgets.footer import Footer

Result = TypeVar("Result")


class Overlay(ModalScreen[Result], inherit_bindings=False):
    """Lines over the page that was there, whose own keys do nothing meanwhile and are covered."""

    def compose(self) -> ComposeResult:
        """Yield what is over the page, and the keys that work in it."""
        yield from self.body()
        yield Footer()

    def body(self) -> ComposeResult:
        """Yield the widgets above the foot."""
        raise NotImplementedError

    @property
    def room(self) -> int:
        """How many lines there are above the foot."""
        return max(1, self.app.size.height - 1)
