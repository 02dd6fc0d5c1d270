"""All columns there are: those of every call, and those that only rooms have."""

from __future__ import annotations

from dataclasses import replace

from callmon.query.columns import COLUMNS, Column, several
from callmon.query.people import LEFT_REASON, left_reasons
from callmon.query.rooms import ROOM_COLUMNS

CATALOGUE: dict[str, Column] = {
    **COLUMNS,
    **{
        key: replace(column, usual=False, stretch=False, searched=False)
        for key, column in ROOM_COLUMNS.items()
        if key not in COLUMNS
    },
    LEFT_REASON: several(
        LEFT_REASON, "Left because", 16, left_reasons, "Why participants left, in the source's words."
    ),
}
"""Every column by key, in the order of display."""
