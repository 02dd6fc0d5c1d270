"""A yes-or-no question about a call, as text: every word must be found, ``!word`` must not."""

from __future__ import annotations

from dataclasses import dataclass

from callmon.engine.call import Call
from callmon.query.columns import COLUMNS


@dataclass(frozen=True, slots=True)
class Filter:
    """Words to look for in everything a row shows, without regard to case; prints back as it reads."""

    text: str

    def passes(self, call: Call, now: float) -> bool:
        """Return whether the call is shown."""
        words = [word for word in self.text.lower().split() if word != "!"]
        if not words:
            return True
        row = haystack(call, now)
        return all((word[1:] not in row) if word.startswith("!") else word in row for word in words)

    def __str__(self) -> str:
        """Return the text as it was typed."""
        return self.text


def haystack(call: Call, now: float) -> str:
    """Return everything a filter looks at: the text columns, issue codes, and leg attributes."""
    parts = [column.text(call, now) for column in COLUMNS.values() if column.searched]
    parts.append(call.id)
    parts.extend(issue.code for issue in call.issues)
    for leg in call.legs.values():
        parts.append(leg.label or "")
        parts.extend(leg.attributes.values())
        parts.extend(stream.codec or "" for stream in leg.streams.values())
    return "\n".join(parts).lower()
