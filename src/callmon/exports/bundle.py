"""The ticket of a call, put together: what replays it, and what people read."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

from callmon import __version__
from callmon.dumps import ticket
from callmon.engine import snapshot
from callmon.exports.export import Subject, report_text
from callmon.model import codec
from callmon.model.events import Restored
from callmon.query.document import document
from callmon.query.format import rfc3339

CONTENTS = {
    "manifest.json": "what this is",
    "call.json": "the call, as callmon --json prints it",
    "report.md": "its report",
    "ice.json": "why it is, or is not, connected: candidates, pairs, states, findings",
    "events.jsonl.gz": "what happened to it, in the words of callmon",
    "frames.jsonl.gz": "the messages, as they came, with their times",
    "replay.jsonl.gz": "what callmon opens: both, and the state of the call before and after them",
}
"""The parts of a ticket and what they are; ``screens/`` holds pictures of the screens."""


def parts(subject: Subject, masked: bool, screens: Mapping[str, str]) -> dict[str, bytes]:
    """Return the parts of the ticket of a call; ``screens`` are SVG by name, of the very same call."""
    call, now = subject.call, subject.now
    whole = document((call,), subject.sources, subject.rules, now)
    state = ticket.state_entry(now, Restored(call.id, now, snapshot.dump(call)))
    frames = [entry for entry in subject.entries if entry.frame.body is not None]
    found: dict[str, bytes] = {
        "call.json": _json(whole),
        "report.md": report_text(call, subject.rules, now).encode(),
        "ice.json": _json(whole["calls"][0]["ice"]),
        "events.jsonl.gz": ticket.packed(
            codec.text(event) + "\n" for entry in subject.entries for event in entry.events
            if not isinstance(event, Restored)
        ),
        "frames.jsonl.gz": ticket.packed(_line(ticket.told(entry.frame)) for entry in frames),
        ticket.REPLAY: ticket.packed(ticket.line(entry) for entry in (*subject.entries, state)),
    }  # fmt: skip
    for name, picture in screens.items():
        found[f"screens/{name}.svg"] = picture.encode()
    found[ticket.MANIFEST] = _json(
        {
            "form": ticket.FORM,
            "callmon": __version__,
            "written_at": rfc3339(now),
            "masked": masked,
            "rules": subject.rules,
            "call": call.id,
            "provider": call.provider,
            "since": rfc3339(subject.since),
            "entries": len(subject.entries),
            "frames": len(frames),
            "contents": CONTENTS | ({"screens/": "pictures of the screens"} if screens else {}),
        }
    )
    return found


def pack(found: Mapping[str, bytes]) -> bytes:
    """Return the ticket as bytes; the same parts are the same bytes."""
    out = io.BytesIO()
    ticket.write(out, found)
    return out.getvalue()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
