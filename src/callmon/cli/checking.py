"""``callmon check``: what must hold of calls, for scripts: exit code 0 where it does, 1 where it does not."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from callmon.cli.main import EXIT_DONE, EXIT_FAILED, Unusable, warn

if TYPE_CHECKING:
    from callmon.board import Board
    from callmon.engine.call import Call
    from callmon.query.expression import Expression
    from callmon.query.filter import Filter
    from callmon.query.view import View


def run(options: argparse.Namespace) -> int:
    """Run the command that was typed; what cannot be done is one line on stderr."""
    try:
        return _check(options)
    except Unusable as error:
        warn(str(error))
        return error.exit_code


def _check(options: argparse.Namespace) -> int:
    from callmon.cli.commands import view_of
    from callmon.cli.reading import board_of

    assertions = [_assertion(text) for text in options.assertions]
    view = view_of(options)
    board, code = board_of(options, "checked")
    calls = board.rows(view)
    if not calls:
        raise Unusable("there is no call to check: look at it with callmon open")
    failed = [(one, call) for one in assertions for call in calls if not one.passes(call, board.now())]
    if options.form in ("json", "jsonl"):
        print(json.dumps(_document(board, view, assertions, failed, len(calls)), ensure_ascii=False))
    else:
        for one, call in failed:
            print(_line(one, call, board.now()))
        held = len(assertions) * len(calls) - len(failed)
        print(f"{held} of {held + len(failed)} hold ({len(calls)} call{'' if len(calls) == 1 else 's'})")
    return EXIT_FAILED if failed else code or EXIT_DONE


def _assertion(text: str) -> Filter:
    """Return what must hold; Unusable where that cannot be read."""
    from callmon.cli.commands import NO_MARKS
    from callmon.query.expression import asks_for_marks
    from callmon.query.filter import Filter
    from callmon.query.misread import Misread, located

    try:
        found = Filter(text)
    except Misread as wrong:
        raise Unusable(f"--assert: {located(text, wrong)}") from None
    if asks_for_marks(found.expression):
        raise Unusable(f"--assert: {NO_MARKS}")
    if not text.strip():
        raise Unusable("--assert: there is nothing in it: write what must hold, such as 'loss<3'")
    return found


def _line(one: Filter, call: Call, now: float) -> str:
    """Return one assertion that failed, with the values that it asks about."""
    from callmon.query.columns import name_of
    from callmon.query.format import clean

    said = ", ".join(f"{name} {value}" for name, value in values(one.expression, call, now).items())
    return f"failed: {clean(one)}: {clean(name_of(call))}" + (f": {said}" if said else "")


def values(expression: Expression, call: Call, now: float) -> dict[str, str]:
    """Return what a call has in each field that an expression asks about, in the words of the screen.

    Where a number would read as what it is compared with, it has more digits.
    """
    from callmon.query.catalogue import CATALOGUE
    from callmon.query.fields import FIELDS
    from callmon.query.format import UNKNOWN, beside, clean
    from callmon.query.match import fields, limits

    found: dict[str, str] = {}
    for name in fields(expression):
        column = CATALOGUE[FIELDS[name].key]
        text = call.grade.value if column.key == "grade" else clean(column.text(call, now)) or UNKNOWN
        text = beside(text, FIELDS[name].value(call, now, None), limits(expression, name))
        unit = column.unit if column.unit in ("ms", "%") and text != UNKNOWN else ""
        found[name] = f"{text} {unit}".strip()
    return found


def _document(
    board: Board, view: View, assertions: list[Filter], failed: list[tuple[Filter, Call]], count: int
) -> dict[str, object]:
    """Return the result as JSON."""
    from callmon.query.format import rfc3339

    return {
        "schema": "callmon/1",
        "generated_at": rfc3339(board.now()),
        "rules": board.rules(),
        "filter": view.filter.text or None,
        "calls": count,
        "held": not failed,
        "assertions": [
            {
                "assert": one.text,
                "held": all(other is not one for other, _ in failed),
                "failed": [
                    {"id": call.id, "values": values(one.expression, call, board.now())}
                    for other, call in failed
                    if other is one
                ],
            }
            for one in assertions
        ],
    }
