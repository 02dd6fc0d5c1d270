"""What is printed when there is no screen: one document, a call a line, or lines for people."""

from __future__ import annotations

import json
import select
import sys
from collections.abc import Sequence

from callmon.board import Board
from callmon.engine.call import Call
from callmon.engine.changes import Change, Cleared, Ended, Raised, Regraded
from callmon.query import format as fmt
from callmon.query.columns import issue_text, name_of, reason_text, verdict_of
from callmon.query.document import call_document, document
from callmon.query.view import View


def unread() -> bool:
    """Return whether what is printed goes into a pipe that nobody reads any more."""
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # there is no stdout, or it is no file
        return False
    return any(event & select.POLLERR for _, event in poll.poll(0))


def print_all(board: Board, view: View, form: str) -> None:
    """Print the calls of a view in one of the forms: json, jsonl or plain."""
    if form == "json":
        whole = document(board.rows(view), board.sources(), board.rules(), board.now())
        print(json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1))
        return
    for call in board.rows(view):
        (print_call if form == "jsonl" else print_plain)(call, board.now())


def print_changed(board: Board, view: View, printed: dict[str, int]) -> None:
    """Print, a line each, the calls that changed since ``printed`` was written; it is brought up to date."""
    for call in board.rows(view):
        if printed.get(call.id) != call.version:
            printed[call.id] = call.version
            print_call(call, board.now())


def print_call(call: Call, now: float) -> None:
    """Print one call as a line of JSON."""
    print(json.dumps(call_document(call, now), ensure_ascii=False, allow_nan=False), flush=True)


def print_plain(call: Call, now: float) -> None:
    """Print one call as a line for people; words only, nothing that needs a column or a colour."""
    parts = [
        f"{call.grade.value:<7}",
        name_of(call),
        f"({call.provider}, {call.state}, {fmt.duration(call.duration_s(now))})",
    ]
    why = reason_text(call)
    if why:
        parts.append(f"because {why}")
    values = (
        ("rtt_ms", "RTT", " ms"),
        ("jitter_ms", "jitter", " ms"),
        ("loss_pct", "loss", " %"),
        ("mos", "MOS", ""),
    )
    for key, title, unit in values:
        value = call.metrics.get(key)
        parts.append(f"{title} {fmt.metric(key, value)}{unit if value is not None else ''}")
    parts.append(f"ICE {verdict_of(call)}")
    issues = issue_text(call)
    if issues:
        parts.append(f"issues {issues}")
    print(fmt.clean(" ".join(parts), 400), flush=True)


def print_changes(changes: Sequence[Change], board: Board) -> None:
    """Print what became different, a line each for people."""
    for change in changes:
        _print_change(change, board)


def _print_change(change: Change, board: Board) -> None:
    call = board.call(change.call)
    name = name_of(call) if call is not None else change.call
    if isinstance(change, Raised | Cleared):
        verb = "begins" if isinstance(change, Raised) else "is over"
        what = f"{change.issue.code} {verb} ({change.issue.severity})"
    elif isinstance(change, Regraded):
        what = f"{change.old.value} → {change.new.value}"
    elif isinstance(change, Ended):
        what = change.state
    print(fmt.clean(f"{fmt.clock(change.at)} {name}: {what}", 400), flush=True)
