"""The text of a filter that selects the calls behind a figure."""

from __future__ import annotations

from callmon.query import format as fmt
from callmon.query.aggregate import Wanted
from callmon.query.expression import quoted


def selection(wanted: Wanted, span: tuple[float, float] | None = None) -> str:
    """Return the filter that passes the calls whose field has any of the values, or all where there is no value.

    With a ``span``, in epoch seconds, only those that were under way in it. Issues are selected by ``issue:code``,
    rooms by ``is:room``.
    """
    between = ":" if wanted.field in ("issue", "is") else "="
    parts = [f"{wanted.field}{between}{quoted(value, keywords=True)}" for value in wanted.values]
    text = " or ".join(parts)
    if span is None:
        return text
    since, until = (fmt.rfc3339(at) for at in span)
    during = f'started<"{until}" and not ended<"{since}"'
    if not parts:
        return during
    return f"({text}) and {during}" if len(parts) > 1 else f"{text} and {during}"
