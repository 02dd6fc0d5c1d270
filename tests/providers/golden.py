"""Golden frames of polled providers: a frame with its tag, and everything that it means and leads to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from callmon.model import codec
from callmon.model.frames import Fetch, Frame, Json, Rejected
from callmon.providers.provider import Provider


def check(provider: Provider, path: Path) -> None:
    """Read the frame of a file; fail where it means anything else than the file says, worked out by hand."""
    case = json.loads(path.read_text("utf-8"))
    assert case["why"]
    found = list(
        provider.read(Frame(provider.name, case["at"], case["tag"], case["body"], case["about"], "test"))
    )
    events = [codec.write(one) for one in found if not isinstance(one, Fetch | Rejected)]
    assert events == case["events"]
    assert [fetch(one) for one in found if isinstance(one, Fetch)] == case.get("fetches", [])
    assert [one.reason for one in found if isinstance(one, Rejected)] == case.get("rejected", [])


def fetch(one: Fetch) -> dict[str, Json]:
    """A fetch as it stands in a file."""
    query: list[Any] = [list(pair) for pair in one.query]
    return {"path": one.path, "tag": one.tag, "about": dict(one.about), "query": query, "after": one.after}
