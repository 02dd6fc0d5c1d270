"""What is wrong with something that a person typed, and where."""

from __future__ import annotations

from callmon.model.text import printable


class Misread(ValueError):
    """What was typed means nothing: ``place`` is the first character that is wrong, and the text says why."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(printable(reason, 300))
        self.place = place


def located(text: str, wrong: Misread) -> str:
    """Return in one line where something is wrong and why: at character 6, 'x': expected a share such as 3%."""
    found = text[wrong.place :].split(maxsplit=1)
    there = repr(found[0][:20]) if found else "its end"
    return f"at character {wrong.place + 1}, {there}: {wrong}"


def pointed(text: str, wrong: Misread) -> str:
    """Return two lines: what was typed, and below it a caret at what is wrong, with the reason."""
    return f"{text}\n{' ' * wrong.place}^ {wrong}"
