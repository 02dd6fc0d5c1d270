"""The formats in which calls are exported, each declared once; menu and commands come from here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """One format; ``letter`` chooses it in a menu, ``end`` is how names of its files end.

    ``view`` says that it is for all calls of a view, ``call`` that it is for one call.
    """

    key: str
    letter: str
    title: str
    end: str
    view: str | None = None
    call: str | None = None


FORMATS: tuple[Format, ...] = (
    Format("csv", "c", "CSV", "csv", "a row for each call", "its curves, a row for each sample"),
    Format("json", "o", "JSON", "json", "the document of the calls", "the document of the call"),
    Format("markdown", "m", "Markdown", "md", "a table of the calls", "its report"),
    Format("rtcstats", "r", "rtcstats", "rtcstats", None, "a dump of file format 3"),
    Format("internals", "w", "webrtc-internals", "internals.json", None, "a dump for importers of Chrome's page"),
    Format("ticket", "t", "Ticket", "ticket.zip", None, "all of it, for another callmon and for people"),
)  # fmt: skip
"""All formats, in the order of the menu."""

BY_KEY: dict[str, Format] = {format.key: format for format in FORMATS}
"""The formats by their keys."""


def of_view() -> tuple[Format, ...]:
    """Return the formats of all calls of a view."""
    return tuple(format for format in FORMATS if format.view is not None)


def of_call() -> tuple[Format, ...]:
    """Return the formats of one call."""
    return tuple(format for format in FORMATS if format.call is not None)
