"""The keys of the table of calls that say what is shown: columns, groups, saved views."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from callmon.query.catalogue import CATALOGUE
from callmon.query.filter import Filter
from callmon.query.misread import Misread
from callmon.query.view import View
from callmon.query.viewline import ordering, read, write
from callmon.tui.keys import ACTIONS, written
from callmon.tui.line import Span
from callmon.tui.picker import Choice, Picker
from callmon.tui.rows import columns
from callmon.tui.screen import Page
from callmon.tui.sheet import ordered_by
from callmon.tui.spans import seconds_of

if TYPE_CHECKING:
    from callmon.config.views import Saved
    from callmon.tui.columnchooser import Chosen

HIDDEN_S = 5.0
"""So long it is said that a view was not copied."""

NOT_GROUPED = "no groups"
"""The choice of those who want no groups."""

GROUPED = (
    "provider", "room", "region", "relay", "sdk", "browser", "os", "device", "codec", "kind", "protocol", "verdict",
    "end_reason", "state", "grade", "reason",
)  # fmt: skip
"""Columns that calls are put together by, the usual ones; a view may name any."""


class Viewing(Page):
    """The part of the first page that chooses what is shown."""

    view: View

    def obey(self, command: str, words: tuple[str, ...]) -> bool:
        """Filter, sort, or show a view, as a command says."""
        from callmon.tui.commands import Refused

        try:
            if command == "filter":
                self.put(replace(self.view, filter=Filter(words[0])))
            elif command == "sort":
                key, turned = ordering(words[0], 0)
                self.put(replace(self.view, sort=key, reverse=turned != bool(words[1])))
                self.say_order()
            elif command == "view":
                self._obey_view(words[0])
            else:
                return False
        except Misread as wrong:
            raise Refused(str(wrong), 0, wrong.place) from None
        return True

    def say_order(self) -> None:
        """Say by which column calls are sorted, and which way."""
        key, shown = self.view.sort, columns(self.times, self.view)
        self.say(*ordered_by(shown.get(key, CATALOGUE[key]), self.view.reverse))

    def _obey_view(self, word: str) -> None:
        if word.isascii() and word.isdecimal() and len(word) == 1:
            self.action_view(int(word))
        else:
            self.put(read(word))

    def remembered(self) -> View | None:
        """Return the view of the last watch, None where there is none that can be read."""
        line = self.host.remembered
        try:
            return read(line) if line else None
        except Misread:
            # It is of another version of callmon.
            return None

    def whole_view(self) -> View:
        """Return the view with the span of the charts and without what is marked: as it is kept."""
        return replace(self.view, marked=frozenset(), span=seconds_of(self.chart_span))

    def told(self, view: View) -> str:
        """Return a view as a line as it may be shown now."""
        return write(replace(view, filter=Filter(self.host.told_filter(view.filter.text))))

    def put(self, view: View) -> None:
        """Show another view at once."""
        raise NotImplementedError

    def action_columns(self) -> None:
        """Let columns be chosen."""
        from callmon.tui.columnchooser import ColumnChooser

        def take(chosen: Chosen | None) -> None:
            if chosen is not None:
                self.put(replace(self.view, columns=chosen[0], widths=chosen[1]))

        self.app.push_screen(ColumnChooser(self.view), take)

    def action_group(self) -> None:
        """Let the column be chosen by which calls are put together."""
        choices = [Choice(NOT_GROUPED, "No groups", "every call by itself")]
        choices += [Choice(key, CATALOGUE[key].title or "Grade", CATALOGUE[key].meaning) for key in GROUPED]

        def take(key: str | None) -> None:
            if key is not None:
                self.put(replace(self.view, group="" if key == NOT_GROUPED else key))

        self.app.push_screen(Picker("Group calls by", choices, self.view.group), take)

    def action_view(self, number: int) -> None:
        """Show the saved view of a number; 0 shows all calls."""
        if number == 0:
            self.put(View())
            self.say(("all calls", "strong"))
            return
        saved = self.host.views.all().get(number)
        if saved is None:
            self.say((f"there is no view {number} yet: ", "text"), ("V", "key"), (" saves one", "text"))
            return
        self.put(saved.view)
        self.say((f"{number} ", "dim"), (self.called(saved), "strong"))

    def action_save_view(self) -> None:
        """Ask under which number the view shall be saved."""
        known = self.host.views.all()
        choices = [
            Choice(str(n), self.called(known[n]) if n in known else "–", "", str(n)) for n in range(1, 10)
        ]

        free = next((n for n in range(1, 10) if n not in known), 9)

        def take(key: str | None) -> None:
            if key is not None:
                named = key.startswith("=")
                self._save(free if named else int(key), key[1:] if named else "")

        title = f"Save this view: {self.told(self.whole_view()) or 'all calls'}"
        self.app.push_screen(
            Picker(title, choices, str(free), f"Enter saves it by this name as {free}"), take
        )

    def called(self, saved: Saved) -> str:
        """Return what a saved view is called, as may be shown now; without a name it is called as it is written."""
        from callmon.config.views import usual

        if saved in usual().values():
            return saved.name
        return self.told(saved.view) if saved.name == write(saved.view) else self.host.told(saved.name)

    def _save(self, number: int, name: str = "") -> None:
        from callmon.config.views import UnreadableViews, UnwritableViews

        try:
            where = self.host.views.save(number, self.host.named(self.whole_view()), name)
        except (UnreadableViews, UnwritableViews) as error:
            self.host.complain([f"view {number} saved for this watch only: {error}"], anew=True)
        else:
            where = "" if self.host.masked else f" in {where}"
            self.say((f"view {number}", "strong"), (f" saved{where}", "dim"), seconds=5.0)

    def action_copy_view(self) -> None:
        """Copy the view as one line of text; where the mask hides a part of it, say so and copy nothing."""
        line = self.told(self.whole_view())
        if line != write(self.host.named(self.whole_view())):
            hidden: Span = ("not copied: a part is hidden while the mask is on: ", "fair")
            self.say(
                hidden, (written(ACTIONS["mask"].keys[0]), "key"), (" shows it", "text"), seconds=HIDDEN_S
            )
            return
        self.app.copy_to_clipboard(line)
        self.say(("copied ", "dim"), (line or "the view of all calls", "strong"))
