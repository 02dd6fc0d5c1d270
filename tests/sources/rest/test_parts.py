"""What a poller is made of: the budget, what waits, addresses and credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model.frames import Fetch
from callmon.providers.provider import Limits
from callmon.sources.rest.answer import says_error
from callmon.sources.rest.api import Api, Elsewhere
from callmon.sources.rest.budget import DAY_S, Budget, FileLedger
from callmon.sources.rest.credential import Credential
from callmon.sources.rest.waiting import Waiting

T0 = 1_800_000_000.0
MIDNIGHT = (T0 // DAY_S + 1) * DAY_S
NOBODY: frozenset[str] = frozenset()


@given(st.floats(0.1, 50), st.lists(st.floats(0, 3), max_size=200))
def test_no_second_sees_more_than_its_share(rate: float, waits: list[float]) -> None:
    budget, now, spent = Budget(Limits(rate)), T0, []
    for wait in waits:
        now += wait
        if budget.next_at(now) <= now:
            budget.spend(now)
            spent.append(now)
    share = max(1, int(rate))
    for index in range(len(spent) - share):
        assert spent[index + share] - spent[index] >= share / rate


def test_a_day_is_a_utc_day() -> None:
    budget = Budget(Limits(1000.0, 3))
    for number in range(3):
        budget.spend(T0 + number)
    assert (budget.used(T0 + 3), budget.left(T0 + 3), budget.next_at(T0 + 3)) == (3, 0, MIDNIGHT)
    assert (budget.used(MIDNIGHT), budget.left(MIDNIGHT)) == (0, 3)
    assert budget.next_at(MIDNIGHT) <= MIDNIGHT


def test_a_clock_that_is_set_back_does_not_stop_it() -> None:
    budget = Budget(Limits(1.0))
    budget.spend(T0)
    assert budget.next_at(T0 - 3600) <= T0 - 3600 + 1.05


def test_the_day_is_kept_in_a_file(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path / "state" / "requests-a.json")
    first = Budget(Limits(1000.0, 100), ledger)
    for number in range(25):
        first.spend(T0 + number)
    assert Budget(Limits(1.0, 100), ledger).used(T0 + 30) == 20  # what a crash may lose
    first.keep()
    assert Budget(Limits(1.0, 100), ledger).used(T0 + 30) == 25
    assert Budget(Limits(1.0, 100), ledger).used(MIDNIGHT) == 0
    assert [path.name for path in ledger.path.parent.iterdir()] == ["requests-a.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"day": "x", "used": 1}', '{"day": 1}', "\x00"])
def test_a_file_that_is_broken_counts_nothing(tmp_path: Path, text: str) -> None:
    ledger = FileLedger(tmp_path / "requests-a.json")
    ledger.path.write_text(text, "utf-8")
    assert Budget(Limits(1.0, 100), ledger).used(T0) == 0


def test_a_thing_is_asked_once_for_each_time_that_it_is_wanted() -> None:
    waiting = Waiting()
    waiting.add(Fetch("a", "t", after=T0), T0)
    waiting.add(Fetch("a", "t", after=T0), T0)
    assert len(waiting) == 1
    assert waiting.take(T0, NOBODY) is not None
    waiting.add(Fetch("a", "t", after=T0), T0 + 1)  # asked since
    assert len(waiting) == 0
    waiting.add(Fetch("a", "t", after=T0 + 60), T0 + 1)  # wanted again, later
    assert waiting.take(T0 + 59, NOBODY) is None
    assert waiting.next_at(NOBODY) == T0 + 60
    assert waiting.take(T0 + 60, NOBODY) is not None


def test_a_query_tells_two_things_apart_and_a_key_joins_them() -> None:
    waiting = Waiting()
    waiting.add(Fetch("a", "t", query=(("page", "1"),)), T0)
    waiting.add(Fetch("a", "t", query=(("page", "2"),)), T0)
    assert len(waiting) == 2
    waiting.add(Fetch("b", "t", key="k"), T0)
    waiting.add(Fetch("c", "t", key="k"), T0)
    assert len(waiting) == 3


def test_who_is_looked_at_comes_first_then_weight_then_age() -> None:
    waiting = Waiting()
    for since, (call, weight) in enumerate([("x", 1), ("y", 0), ("z", 0), ("seen", 5), ("", 9)]):
        about = {"call": call} if call else {}
        waiting.add(Fetch(f"calls/{call}", "t", about, weight=weight), T0 + since)
    order = []
    while (errand := waiting.take(T0 + 9, frozenset({"seen"}))) is not None:
        order.append(errand.call)
    assert order == ["seen", None, "y", "z", "x"]


def test_what_finds_no_room_is_counted() -> None:
    waiting = Waiting(most=2)
    for number in range(5):
        waiting.add(Fetch(f"{number}", "t"), T0)
    assert (len(waiting), waiting.dropped) == (2, 3)


def api(base: str, vendor: str = "https://api.vendor.example/v1") -> Api:
    return Api(base, vendor, lambda: Credential("bearer"))


@pytest.mark.parametrize(
    ("path", "query", "address"),
    [
        ("calls", (), "https://eu.example/v1/calls"),
        ("/calls", (), "https://eu.example/v1/calls"),
        ("calls", (("a[b]", "c d&"),), "https://eu.example/v1/calls?a%5Bb%5D=c+d%26"),
        ("calls?x=1", (("y", "2"),), "https://eu.example/v1/calls?x=1&y=2"),
        ("https://eu.example/v1/calls?t=a%2Fb%3D", (), "https://eu.example/v1/calls?t=a%2Fb%3D"),
        ("https://EU.example:443/v1/calls", (), "https://EU.example:443/v1/calls"),
        ("https://api.vendor.example/v1/calls?t=%2F", (), "https://eu.example/v1/calls?t=%2F"),
    ],
)
def test_addresses(path: str, query: tuple[tuple[str, str], ...], address: str) -> None:
    assert api("https://eu.example/v1").address(Fetch(path, "t", query=query)) == address


@pytest.mark.parametrize(
    "path",
    [
        "http://eu.example/v1/calls",
        "https://eu.example:444/v1/calls",
        "https://eu.example.evil.example/v1",
        "https://eu.example@evil.example/v1",
        "//evil.example/v1",
        "https://api.vendor.example/v2/calls",
        "https://api.vendor.example/v1evil",
        "file:///etc/passwd",
        "https://[::1/v1",
        "https://eu.example:port/v1",
    ],
)
def test_addresses_that_lead_elsewhere(path: str) -> None:
    with pytest.raises(Elsewhere):
        api("https://eu.example/v1").address(Fetch(path, "t"))


def test_a_secret_is_found_however_it_is_written() -> None:
    credential = Credential("basic", "pä ss/w0rd", "me")
    header = credential.headers()["Authorization"].removeprefix("Basic ")
    for written in ("pä ss/w0rd", "p%C3%A4%20ss%2Fw0rd", header):
        assert credential.conceal_text(f"a {written} b") == "a … b"
    assert Credential("bearer", "abc").conceal_text("abc") == "abc"
    assert "w0rd" not in repr(credential)


def test_what_nobody_wants_any_more_is_forgotten_and_what_is_wanted_is_not() -> None:
    waiting = Waiting()
    for path in ("kept", "gone"):
        waiting.add(Fetch(path, "t"), T0)
        assert waiting.take(T0, NOBODY) is not None
    for minute in range(1, 60):
        waiting.add(Fetch("kept", "t"), T0 + 60 * minute)
    assert len(waiting) == 0
    waiting.add(Fetch("gone", "t"), T0 + 3600)
    assert len(waiting) == 1


def test_two_processes_spend_one_budget(tmp_path: Path) -> None:
    ledger = FileLedger(tmp_path / "requests-a.json")
    budgets = [Budget(Limits(1.0, 100), ledger) for _ in range(2)]
    now, made = 5 * DAY_S, 0
    for _ in range(200):
        for budget in budgets:
            if budget.left(now):
                budget.spend(now)
                made += 1
    assert 100 <= made <= 102, "at the end of the day each may be one ahead of what the other wrote"


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"error": "maintenance"}, True),
        ({"errors": [{"code": "10011", "title": "Too many requests"}]}, True),
        ({"code": 20429, "message": "Too Many Requests", "status": 429}, True),
        ({"data": [3, "rubbish"], "meta": {}}, False),
        ({"error": None, "data": []}, False),
        ([], False),
        (None, False),
    ],
)
def test_the_shape_of_an_error(body: Any, wrong: bool) -> None:
    assert says_error(body) is wrong
