"""Candidates, from the lines that pages signal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model.ice import Candidate
from callmon.w3c.candidates import from_line, from_stats


@pytest.mark.parametrize(
    ("line", "candidate"),
    [
        (
            "candidate:1 1 UDP 2122 10.8.1.1 4000 typ host generation 0",
            Candidate("local", "host", "udp", "10.8.1.1", 4000),
        ),
        (
            "a=candidate:9 1 tcp 15 2001:db8::1 9 typ srflx raddr 10.0.0.1 rport 9 tcptype active",
            Candidate("local", "srflx", "tcp", "2001:db8::1", 9),
        ),
        (
            "candidate:1 1 udp 1 3f2a-7.local 50000 typ relay",
            Candidate("local", "relay", "udp", "3f2a-7.local", 50000),
        ),
        ("candidate:1 1 udp 1 10.8.1.1 99999999 typ odd", Candidate("local", None, "udp", "10.8.1.1", None)),
    ],
)
def test_a_line_is_a_candidate(line: str, candidate: Candidate) -> None:
    assert from_line(line, "local") == candidate


@pytest.mark.parametrize(
    "line", ["", "candidate:1", "end-of-candidates", "candidate:1 1 udp 1 h 1 kind host"]
)
def test_anything_else_is_none(line: str) -> None:
    assert from_line(line, "local") is None


@given(st.text())
def test_no_line_is_too_odd(line: str) -> None:
    for text in (line, f"candidate:1 1 udp {line} typ host", f"candidate:1 1 udp 1 a {line} typ host"):
        found = from_line(text, "remote")
        if found is not None:
            assert found.address is None or found.address.isprintable()
            assert found.port is None or 0 <= found.port <= 99999


@pytest.mark.parametrize(
    ("told", "type"),
    [
        ("relay", "relay"),
        ("serverreflexive", "srflx"),
        ("peerreflexive", "prflx"),
        ("relayed", "relay"),
        ("x", None),
    ],
)
def test_types_are_the_four_that_there_are(told: str, type: str | None) -> None:
    assert from_stats({"candidateType": told}, "local").type == type


@pytest.mark.parametrize("port", ["5000", -1, 70_000, True, 1.5, None])
def test_ports_are_ports(port: object) -> None:
    assert from_stats({"port": port}, "local").port is None
