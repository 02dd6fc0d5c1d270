"""All columns there are: those of every call, and those that only rooms have."""

from __future__ import annotations

from dataclasses import replace

from callmon.query.columns import COLUMNS, Column
from callmon.query.rooms import ROOM_COLUMNS

CATALOGUE: dict[str, Column] = {
    **COLUMNS,
    **{
        key: replace(column, usual=False, stretch=False, searched=False)
        for key, column in ROOM_COLUMNS.items()
        if key not in COLUMNS
    },
}
"""Every column by key, in the order of display."""
