"""Every action of the terminal: id, keys, what it does; footer, help and documentation come from here."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType
from textual.keys import REPLACED_KEYS, key_to_character

GROUPS = ("Move", "Look", "Past", "Calls", "Views", "Screens", "callmon")
"""The groups of the help screen, in their order."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a key does.

    ``id`` is what a user's keymap refers to; ``keys`` in Textual's names, the first is the one shown;
    ``does`` is the Textual action; ``label`` is for the footer (empty: not there); ``meaning`` one sentence.
    ``first`` says that no widget sees the key before it: then what is typed right after it, before anything
    was drawn, already goes where it leads.
    """

    id: str
    keys: tuple[str, ...]
    does: str
    label: str
    meaning: str
    group: str = "Look"
    first: bool = False

    def binding(self) -> Binding:
        """Return the action as a Textual binding."""
        return Binding(
            ",".join(self.keys),
            self.does,
            self.label or self.meaning,
            show=bool(self.label),
            tooltip=self.meaning,
            id=self.id,
            priority=self.first,
        )


_ALL = (
    Action("move.up", ("up", "k"), "move(-1)", "", "One line up.", "Move"),
    Action("move.down", ("down", "j"), "move(1)", "", "One line down.", "Move"),
    Action("move.page_up", ("pageup", "ctrl+b"), "page(-1)", "", "One page up.", "Move"),
    Action("move.page_down", ("pagedown", "ctrl+f"), "page(1)", "", "One page down.", "Move"),
    Action("move.first", ("g", "home"), "edge(0)", "", "To the first line.", "Move"),
    Action("move.last", ("G", "end"), "edge(1)", "", "To the last line.", "Move"),
    Action("move.left", ("left", "h"), "step(-1)", "", "The leg before; of one leg the tab before.", "Move"),
    Action("move.right", ("right", "l"), "step(1)", "", "The next leg; of one leg the next tab.", "Move"),
    Action("pane.next", ("tab",), "pane(1)", "Next", "To the next tab, leg or pane.", "Move"),
    Action("pane.previous", ("shift+tab",), "pane(-1)", "", "To the tab, leg or pane before.", "Move"),
    Action("pane.whole", ("backslash",), "whole(1)", "", "The whole screen for this pane; again: as before.", "Move"),
    Action("pane.part", ("escape",), "whole(0)", "Smaller", "The pane beside the others again.", "Move"),
    Action("back", ("escape", "q"), "back", "Back", "Back to the screen before.", "Screens"),
    Action("last", ("apostrophe",), "last", "", "To the screen one was on last, and back again.", "Screens"),
    Action("filter", ("slash",), "filter", "Filter", "Only calls with these words; !word: without.", "Calls", True),
    Action("filter.clear", ("escape",), "clear_filter", "Clear", "Show all calls again.", "Calls"),
    Action("typing.keep", ("enter",), "keep", "Keep", "Keep the filter.", "Calls"),
    Action("typing.drop", ("escape",), "drop", "Undo", "Restore the filter as it was.", "Calls"),
    Action("typing.erase", ("backspace",), "erase", "", "Erase a character.", "Calls"),
    Action("typing.erase_word", ("ctrl+w",), "erase_word", "", "Erase a word.", "Calls"),
    Action("typing.delete", ("delete",), "delete", "", "Erase the character behind the cursor.", "Calls"),
    Action("typing.left", ("left",), "cursor(-1)", "", "The cursor one character to the left.", "Calls"),
    Action("typing.right", ("right",), "cursor(1)", "", "The cursor one character to the right.", "Calls"),
    Action("typing.start", ("home", "ctrl+a"), "cursor_edge(0)", "", "The cursor to the beginning.", "Calls"),
    Action("typing.end", ("end", "ctrl+e"), "cursor_edge(1)", "", "The cursor to the end.", "Calls"),
    Action("typing.complete", ("tab",), "complete(1)", "Complete", "Complete the word; again: the next.", "Calls"),
    Action("typing.complete_back", ("shift+tab",), "complete(-1)", "", "The completion before.", "Calls"),
    Action("typing.clear", ("ctrl+u",), "erase_all", "Erase", "Erase all of it.", "Calls"),
    Action("sort.previous", ("less_than_sign",), "sort(-1)", "Sort", "Sort by the column before.", "Calls"),
    Action("sort.next", ("greater_than_sign",), "sort(1)", "Sort", "Sort by the next column.", "Calls"),
    Action("sort.reverse", ("r",), "reverse", "Reverse", "Reverse the order.", "Calls"),
    Action("sort.worst", ("w",), "worst", "Worst", "Worst calls first.", "Calls"),
    Action("mark", ("space",), "mark", "Mark", "Mark this call, or take its mark away.", "Calls"),
    Action("mark.range", ("ctrl+@", "ctrl+space"), "mark_range", "", "Mark all from the last mark to here.", "Calls"),
    Action("mark.clear", ("U",), "mark_none", "", "Take all marks away.", "Calls"),
    Action("mark.only", ("M",), "mark_only", "", "Only the marked calls; again: all.", "Calls"),
    Action("follow", ("F",), "follow", "", "The cursor stays on its call; again: in its place.", "Calls"),
    Action("columns", ("C", "f10"), "columns", "Columns", "Choose columns, their order and width.", "Calls"),
    Action("group", ("v",), "group", "Group", "Put calls together: by provider, region, browser and more.", "Calls"),
    Action("group.fold", ("enter",), "fold", "Fold", "Fold the group, or unfold it.", "Calls"),
    *(
        Action(f"view.{n}", (str(n),), f"view({n})", "", f"The saved view {n}." if n else "All calls.", "Views")
        for n in range(10)
    ),
    Action("view.save", ("V",), "save_view", "", "Save filter, order, columns, group as a view.", "Views"),
    Action("view.copy", ("Y",), "copy_view", "", "Copy the view as one line of text.", "Views"),
    Action("freeze", ("p",), "freeze", "Freeze", "Freeze the screen, not the work; again: now.", "Look"),
    Action("past.back", ("left_square_bracket",), "rewind(-1)", "Rewind", "A second back; held down faster.", "Past"),
    Action("past.on", ("right_square_bracket",), "rewind(1)", "Rewind", "A second on, and in the end now.", "Past"),
    Action("past.minute_back", ("left_curly_bracket",), "rewind(-60)", "Minute", "A minute back.", "Past"),
    Action("past.minute_on", ("right_curly_bracket",), "rewind(60)", "Minute", "A minute on.", "Past"),
    Action("past.seek", ("S",), "seek", "Time", "To a time: 10:15, 10:15:30, -5m, +30s.", "Past", True),
    Action("past.now", ("end",), "now", "Now", "Back to now, from an earlier moment.", "Past", True),
    Action("seek.go", ("enter",), "keep", "Go", "Show that moment.", "Past"),
    Action("seek.drop", ("escape",), "drop", "Stay", "Stay where one is.", "Past"),
    Action("times", ("t",), "times", "Times", "Times by the clock, since the start, since the last.", "Look"),
    Action("copy", ("y",), "copy", "Copy", "Copy the call's id, or what this screen offers.", "Look"),
    Action("span.shorter", ("plus",), "span(-1)", "Span", "A shorter span of time in the charts.", "Look"),
    Action("span.longer", ("minus",), "span(1)", "Span", "A longer span of time in the charts.", "Look"),
    Action("scale", ("equals_sign",), "scale", "", "One scale for all calls, or each its own.", "Look"),
    Action("cursor.back", ("left", "h"), "step(-1)", "Cursor", "The cursor line a cell back, in all charts.", "Look"),
    Action("cursor.on", ("right", "l"), "step(1)", "Cursor", "The cursor line a cell on, in all charts.", "Look"),
    Action("cursor.first", ("g", "home"), "edge(0)", "", "The cursor line to the beginning.", "Look"),
    Action("cursor.last", ("G",), "edge(1)", "", "The cursor line to the end.", "Look"),
    Action("cursor.drop", ("escape",), "drop_cursor", "Newest", "No cursor line: the newest values.", "Look"),
    Action("overlay", ("o",), "overlay", "Overlay", "All calls in one chart, or each in its own.", "Look"),
    Action("differences", ("d",), "differences", "Differences", "What differs; all facts; charts again.", "Look"),
    Action("baseline", ("b",), "baseline", "Baseline", "Hold the others against this call, or no longer.", "Look"),
    Action("call.next", ("tab",), "pane(1)", "Next", "To the next of the calls that are compared.", "Move"),
    Action("call.previous", ("shift+tab",), "pane(-1)", "", "To the one before, of the calls compared.", "Move"),
    *(Action(f"call.{n}", (str(n),), f"pick({n})", "", f"To call {n}, where some are compared.", "Move")
      for n in range(1, 7)),
    Action("raw", ("x",), "raw", "Raw", "The newest raw frame, and how it was converted.", "Look"),
    Action("export.call", ("e",), "export('call')", "Export", "Export this call; a menu asks how.", "Calls"),
    Action("export.view", ("E",), "export('view')", "Export", "Export all calls that are shown.", "Calls"),
    Action("ticket", ("B",), "ticket", "Ticket", "This call as one file that another callmon opens.", "Calls"),
    Action("choose.up", ("up", "k"), "choose(-1)", "", "The format before.", "Calls"),
    Action("choose.down", ("down", "j"), "choose(1)", "", "The next format.", "Calls"),
    Action("choose.take", ("enter",), "take", "Write", "Write the file.", "Calls"),
    Action("choose.mask", ("space",), "mask", "Mask", "Names and addresses as aliases, or as they are.", "Calls"),
    Action("choose.show", ("space",), "mark", "Show", "Show the column, or hide it.", "Calls"),
    Action("choose.later", ("J", "shift+down"), "shift(1)", "Later", "Move the column to the right.", "Calls"),
    Action("choose.earlier", ("K", "shift+up"), "shift(-1)", "Earlier", "Move the column to the left.", "Calls"),
    Action("choose.wider", ("plus",), "widen(1)", "Wider", "Make the column wider.", "Calls"),
    Action("choose.narrower", ("minus",), "widen(-1)", "Narrower", "Make the column narrower.", "Calls"),
    Action("choose.reset", ("r",), "reset", "Reset", "The usual columns again.", "Calls"),
    Action("pick.up", ("up",), "choose(-1)", "", "The choice before.", "Calls"),
    Action("pick.down", ("down",), "choose(1)", "", "The next choice.", "Calls"),
    Action("pick.take", ("enter",), "take", "Choose", "Take the choice under the cursor.", "Calls"),
    Action("pick.erase", ("backspace",), "erase", "", "Erase the last character typed.", "Calls"),
    Action("pick.drop", ("escape",), "drop", "Back", "Choose nothing.", "Calls"),
    Action("choose.drop", ("escape", "q"), "drop", "Back", "Export nothing.", "Calls"),
    Action("palette", ("ctrl+p",), "palette", "", "All that can be done, found by some letters.", "callmon", True),
    Action("command", ("colon",), "command", "", "A command line; Tab completes, Up is history.", "callmon", True),
    Action("command.run", ("enter",), "keep", "Run", "Run the command.", "callmon"),
    Action("command.drop", ("escape",), "drop", "Back", "Run nothing.", "callmon"),
    Action("command.complete", ("tab",), "complete(1)", "Complete", "The next word that fits.", "callmon"),
    Action("command.complete_back", ("shift+tab",), "complete(-1)", "", "The word that fits before it.", "callmon"),
    Action("command.before", ("up",), "recall(-1)", "Before", "The command before.", "callmon"),
    Action("command.after", ("down",), "recall(1)", "", "The command after.", "callmon"),
    Action("find.up", ("up", "ctrl+k"), "choose(-1)", "", "The row before.", "callmon"),
    Action("find.down", ("down", "ctrl+j", "ctrl+n"), "choose(1)", "", "The next row.", "callmon"),
    Action("find.page_up", ("pageup",), "choose(-10)", "", "A page up.", "callmon"),
    Action("find.page_down", ("pagedown",), "choose(10)", "", "A page down.", "callmon"),
    Action("find.take", ("enter",), "take", "Do", "Do it.", "callmon"),
    Action("find.drop", ("escape",), "drop", "Back", "Do nothing.", "callmon"),
    Action("acknowledge", ("a",), "acknowledge", "Ack", "What is wrong with this call was seen.", "Calls"),
    Action("snooze", ("z",), "snooze", "", "Put this call off for a quarter of an hour.", "Calls"),
    Action("mask", ("P",), "mask", "", "Names, addresses and ids as aliases, or as they are.", "Look"),
    Action("stop", ("escape",), "stop_reading", "Stop", "Read no further; what was read stays.", "callmon"),
    Action("answer.yes", ("y",), "answer(1)", "Yes", "End the recording, and quit.", "callmon"),
    Action("answer.no", ("n", "escape", "q"), "answer(0)", "No", "Go on.", "callmon"),
    Action("quit", ("q",), "leave", "Quit", "Quit; on any other screen: back.", "callmon"),
    Action("quit.keep", ("Q",), "leave_kept", "", "Quit; the screen stays in the scrollback.", "callmon"),
    Action("quit.now", ("ctrl+c",), "leave_now", "", "Quit from anywhere.", "callmon", True),
    Action("suspend", ("ctrl+z",), "suspend_process", "", "Suspend; fg brings it back.", "callmon"),
    Action("record", ("R",), "record", "", "Record what arrives into a file; again: stop.", "callmon"),
    Action("reload", ("ctrl+r",), "reload", "", "Look, keys, rules, feeds, alerts as configured now.", "callmon"),
    Action("refresh", ("ctrl+l", "f5"), "ask_now", "", "Ask APIs and lost feeds now, if they let us.", "callmon"),
    Action("theme", ("T",), "next_theme", "", "The next theme; --theme and the configuration choose one.", "callmon"),
    Action("open.row", ("enter",), "open_row", "Open", "Look into the row; of a bar: its calls.", "Screens"),
    Action("show.call", ("enter",), "show('call')", "Open", "Look into the call.", "Screens"),
    Action("show.compare", ("c",), "show('compare')", "Compare", "Up to six marked calls side by side.", "Screens"),
    Action("show.ice", ("i",), "show('ice')", "ICE", "Why the call is, or is not, connected.", "Screens"),
    Action("show.report", ("s",), "show('report')", "Report", "The report of the call.", "Screens"),
    Action("show.rooms", ("O",), "show('rooms')", "Rooms", "Rooms and who takes part in them.", "Screens"),
    Action("show.dashboard", ("D",), "show('dashboard')", "Dashboard", "Figures over all calls.", "Screens"),
    Action("show.wallboard", ("W",), "show('wallboard')", "", "The wallboard; again: back.", "Screens"),
    Action("wallboard.leave", ("W",), "app.back", "", "Back from the wallboard.", "Screens"),
    Action("show.log", ("L",), "show('log')", "Log", "What happened to the sources.", "Screens"),
    Action("show.help", ("question_mark", "f1"), "show('help')", "Help", "The keys that work here.", "Screens"),
)  # fmt: skip

ACTIONS: dict[str, Action] = {action.id: action for action in _ALL}
"""All actions by id; those that open a screen are called ``show.`` and the screen's name."""


def bindings(*ids: str) -> list[BindingType]:
    """Return the bindings of some actions, in this order."""
    return [ACTIONS[id].binding() for id in ids]


PAST = ("past.back", "past.on", "past.minute_back", "past.minute_on", "past.seek", "past.now")
"""The ids of the actions that lead to an earlier moment and back."""

EXPORTS = ("export.call", "export.view", "ticket")
"""The ids of the actions that write calls to files."""

OPENERS: tuple[str, ...] = tuple(id for id in ACTIONS if id.startswith("show."))
"""The ids of the actions that open a screen."""

EVERYWHERE = (
    *OPENERS,
    *PAST,
    "freeze",
    "back",
    "last",
    "stop",
    *EXPORTS,
    "quit",
    "quit.keep",
    "quit.now",
    "suspend",
    "record",
    "reload",
    "refresh",
    "theme",
    "palette",
    "command",
    "acknowledge",
    "snooze",
    "mask",
)
"""The ids of the actions that the app has, on whatever page, in their order."""

NAMES = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "enter": "Enter",
    "escape": "Esc",
    "tab": "Tab",
    "shift+tab": "S-Tab",
    "slash": "/",
    "question_mark": "?",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "apostrophe": "'",
    "backslash": "\\",
    "f1": "F1",
    "f10": "F10",
    "delete": "Del",
    "backspace": "Bksp",
    "shift+up": "S-↑",
    "shift+down": "S-↓",
    "space": "Spc",
    "ctrl+@": "^Space",
    "ctrl+space": "^Space",
}
"""How keys are written on screen where their name is not what is printed on them."""


def written(key: str) -> str:
    """Return a key as it is written on screen: ``^f`` for ctrl+f, the sign for one that types a sign."""
    if key in NAMES:
        return NAMES[key]
    if key[:1] == "f" and key[1:].isdecimal():
        return key.upper()
    held, plus, last = key.rpartition("+") if len(key) > 1 else ("", "", key)
    shown = f"{held}{plus}{sign(last) or last}"
    return f"^{shown.removeprefix('ctrl+')}" if shown.startswith("ctrl+") else shown


def sign(key: str) -> str | None:
    """Return the sign that a key types, None for keys that type none."""
    found = key_to_character(REPLACED_KEYS.get(key, key))
    return found if found is not None and found.isprintable() and not found.isspace() else None
