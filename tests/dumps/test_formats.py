"""One call in the three forms in which it was kept: the same words and the same numbers, or a reason why not."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.dumps import reading
from tests.dumps.test_rows import deltas, told
from tests.golden import test_rtcstats as rtcstats
from tests.recordings.recordings import call
from tests.w3c.test_rtcstats import legacy

TOLD: dict[str, Any] = tomllib.loads((Path(__file__).parent / "formats.toml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = TOLD["step"]
EXCEPTIONS: list[dict[str, Any]] = TOLD["exception"]
WITHIN = 0.02
DUMPS = ("internals", "rtcstats")

Figures = dict[str, Any]


@cache
def figures(scenario: str, form: str) -> Figures:
    """The words and numbers of a call by name; times as epoch seconds."""
    if form == "capture":
        found = call(f"{scenario}-a")
    elif form == "internals":
        found = reading.opened(scenario).call
    else:
        (found,) = rtcstats.opened(scenario)["calls"]
    told: Figures = {name: found[name] for name in ("state", "grade")}
    told["verdict"] = found["ice"]["verdict"]
    told |= {f"summary.{name}": value for name, value in _flat(found["summary"])}
    for issue in sorted(found["issues"], key=lambda one: (one["code"], one["stream"] or "")):
        direction = f" {issue['stream'].partition('-')[0]}" if issue["stream"] else ""
        name = f"issue.{issue['code']}{direction}"
        assert f"{name}.severity" not in told
        told |= {f"{name}.{part}": issue[part] for part in ("severity", "value")}
        told |= {f"{name}.{part}_at": _seconds(issue[part]) for part in ("since", "until")}
    return told


def _flat(summary: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The members of a summary by name, but why it ended, and when something was worst: of equals it is any."""
    for name, value in summary.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{part}", one) for part, one in value.items() if not part.endswith("_at"))
        elif name != "end_reason":
            yield name, value


def _seconds(stamp: str | None) -> float | None:
    return datetime.fromisoformat(stamp).timestamp() if stamp is not None else None


def step_of(figure: str) -> float:
    """By how much a figure may be off, however small it is."""
    return max((float(one["by"]) for one in STEPS if _is_of(one, figure)), default=0.0)


def _is_of(one: dict[str, Any], figure: str) -> bool:
    return any(fnmatchcase(figure, name) for name in one["figures"])


def agree(figure: str, captured: Any, dumped: Any, step: float) -> bool:
    """Whether a figure is the same in both."""
    if not isinstance(captured, int | float) or not isinstance(dumped, int | float):
        return bool(captured == dumped)
    within = 0.0 if figure.endswith("_at") else WITHIN * abs(captured)
    return abs(captured - dumped) <= max(step, within, 1e-9)


def different(scenario: str, form: str) -> dict[str, tuple[Any, Any]]:
    """What a dump says otherwise than the capture, beyond a step: both values by figure."""
    one, other = figures(scenario, "capture"), figures(scenario, form)
    return {
        name: (one.get(name), other.get(name))
        for name in one | other
        if not agree(name, one.get(name), other.get(name), step_of(name))
    }


def excepted(scenario: str, form: str) -> list[str]:
    return [
        figure
        for one in EXCEPTIONS
        if scenario == one["scenario"] and form in one.get("forms", DUMPS)
        for figure in one["figures"]
    ]


def test_every_scenario_is_there_in_every_form() -> None:
    assert reading.SCENARIOS == rtcstats.SCENARIOS
    assert len(reading.SCENARIOS) == 13
    assert {one["scenario"] for one in EXCEPTIONS} <= set(reading.SCENARIOS)
    assert all(len(one["why"]) > 10 for one in STEPS + EXCEPTIONS)


@pytest.mark.parametrize("form", DUMPS)
@pytest.mark.parametrize("scenario", reading.SCENARIOS)
def test_what_is_different_is_excepted_and_nothing_else_is(scenario: str, form: str) -> None:
    """An exception that is no longer needed fails as well."""
    found = different(scenario, form)
    assert sorted(found) == sorted(excepted(scenario, form)), found


@pytest.mark.parametrize("step", STEPS, ids=lambda step: ",".join(step["figures"]))
def test_every_step_is_needed(step: dict[str, Any]) -> None:
    assert any(
        _is_of(step, name) and not agree(name, value, figures(scenario, form).get(name), 0.0)
        for scenario in reading.SCENARIOS
        for form in DUMPS
        for name, value in figures(scenario, "capture").items()
        if name not in excepted(scenario, form)
    )


@pytest.mark.parametrize("name", rtcstats.SCENARIOS)
def test_what_stands_still_is_not_gone_in_protocol_2(tmp_path: Path, name: str) -> None:
    """Of an object that changes in nothing but its time nothing is told."""
    (call,) = told(deltas(legacy, "getstats", since_before=False, name=name), tmp_path)
    (wanted,) = rtcstats.opened(name)["calls"]
    assert {**call["summary"], "time_in_grade_s": 0} == {**wanted["summary"], "time_in_grade_s": 0}
    assert call["summary"]["time_in_grade_s"] == pytest.approx(wanted["summary"]["time_in_grade_s"], abs=0.1)
    assert [one["code"] for one in call["issues"]] == [one["code"] for one in wanted["issues"]]
    for ours, theirs in zip(call["legs"], wanted["legs"], strict=True):
        for stream, other in zip(ours["streams"], theirs["streams"], strict=True):
            known = {key for key, value in other["metrics"].items() if value is not None}
            assert {key for key, value in stream["metrics"].items() if value is not None} == known
