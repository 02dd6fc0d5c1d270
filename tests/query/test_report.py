"""The report of a call as blocks and as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg
from callmon.engine.ice import Diagnosis, IceFinding
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade, Reason
from callmon.engine.summary import Spread, Summary
from callmon.model.ice import Candidate, Pair
from callmon.query.report import Heading, Items, Table, Words, broken, endpoint, escape, markdown, report

T0 = 1_800_000_000.0


def issue(
    code: str, value: float | None = None, limit: float | None = None, until: float | None = None
) -> Issue:
    return Issue(
        code, "critical", "a", "in", T0 + 65, until, value, limit, "telnyx", code, "Look at the Wi-Fi."
    )


def ended() -> Call:
    call = Call("CA75", "telnyx", T0, "support", "Ana", "ended", T0 + 125, "hang-up", T0 + 125)
    call.grade, call.reason = Grade.POOR, Reason("loss_pct", ">", 6.2, 3.0, "inbound", "a", "in")
    leg = Leg("a", "peer", T0)
    leg.diagnosis = Diagnosis(
        "connected",
        "Connected over host udp → relay udp.",
        None,
        (IceFinding("relay-in-use", "Media goes through a TURN server.", {"path": "host → relay"}, "Fine."),),
    )
    local = Candidate("local", "host", "udp", "10.8.1.1", 5000, network_type="wifi")
    leg.ice.last_pair = Pair("p", local, Candidate("remote", "relay", "udp", "2001:db8::1", 3478, "tls"))
    call.legs["a"], call.ice_leg = leg, "a"
    call.issues = [issue("high-rtt", 312, 300, T0 + 70), issue("high-packet-loss", 6.2, 3.0)]
    return call


def summary() -> Summary:
    return Summary(
        "provisional",
        125.0,
        "hang-up",
        "connected",
        "opus",
        Spread(145.0, 160.0, 171.0, T0 + 61),
        Spread(11.0, 20.25, None, None),
        Spread(2.2, 5.0, 6.2, T0 + 70),
        Spread(4.1, 4.3, 4.4, T0, 3.2, T0 + 70),
        "est-g107",
        {"sent": 6250.0, "received": 6100.0, "lost": 140.0},
        {"sent": 375_000.0, "received": None},
        {"good": 65.0, "fair": 20.0, "poor": 40.0, "unknown": 0.0},
    )


EXPECTED = """\
# Call Ana: poor, connected

- Grade: ▲ poor (loss↓ 6.2>3)
- Call id: CA75
- Provider: telnyx
- Room: support
- Started: 2027-01-15T08:00:00.000Z
- Ended: 2027-01-15T08:02:05.000Z
- Duration: 2:05
- State: ended, hang-up
- Codec: opus
- Rule set: telnyx
- Summary: callmon's own; the provider told none

## Quality

| Metric | Avg | p95 | Worst | Worst at | Into the call |
| --- | ---: | ---: | ---: | ---: | ---: |
| RTT ms | 145 | 160 | 171 | 08:01:01Z | 1:01 |
| Jitter ms | 11.0 | 20.2 | – | – | – |
| Loss % | 2.2 | 5.0 | 6.2 | 08:01:10Z | 1:10 |
| MOS | 4.10 | 4.30 | 3.20 | 08:01:10Z | 1:10 |

MOS: estimated, ITU-T G.107.

## Time in each grade

| Grade | Time | % of graded |
| --- | ---: | ---: |
| good | 1:05 | 52 |
| fair | 20s | 16 |
| poor | 40s | 32 |
| not graded | 0s | – |

## Packets and bytes

| Direction | Packets | Bytes | Lost |
| --- | ---: | ---: | ---: |
| Sent | 6 250 | 375 kB | – |
| Received | 6 100 | – | 140 |

## Issues

- high-packet-loss (critical): 6.2 % > 3
  - 08:01:05Z – the end, 1:00
  - Next step: Look at the Wi-Fi.
- high-rtt (critical): 312 ms > 300
  - 08:01:05Z – 08:01:10Z, 5s
  - Next step: Look at the Wi-Fi.

## Connection

**connected: Connected over host udp → relay udp.**

- Local: host udp 10.8.1.1:5000 (wifi)
- Remote: relay udp \\[2001:db8::1\\]:3478 (to the relay over tls)

- relay-in-use: Media goes through a TURN server.
  - path: host → relay
  - Next step: Fine.
"""


def test_the_report_of_an_ended_call() -> None:
    call = ended()
    assert markdown(report(call, summary(), "telnyx", T0 + 125)) == EXPECTED


def test_while_the_call_lasts_the_report_is_provisional() -> None:
    call = ended()
    call.state, call.ended_at = "live", None
    blocks = report(call, summary(), "telnyx", T0 + 125)
    assert Words("Provisional: the call is not over.", "strong") in blocks
    text = markdown(blocks)
    assert "Ended: not yet" in text
    assert "08:01:05Z – still there, 1:00" in text


@pytest.mark.parametrize(
    ("status", "told_status", "told", "whose", "end"),
    [
        ("provisional", None, {}, "callmon's own; the provider told none", None),
        ("provisional", None, {"rtt_ms.avg": 50.0}, "callmon's own; the provider told some figures",
         "The provider does not say whether it is final."),
        ("provisional", "partial", {"rtt_ms.avg": 50.0}, "callmon's own; the provider's is partial so far",
         "It is partial."),
        ("final", "final", {"rtt_ms.avg": 50.0}, "final", "It is final."),
    ],
)  # fmt: skip
def test_a_report_of_a_call_that_is_over_says_whose_the_summary_is(
    status: str, told_status: str | None, told: dict[str, float], whose: str, end: str | None
) -> None:
    found = replace(summary(), status=status, told_status=told_status, told=told)
    text = markdown(report(ended(), found, "telnyx", T0 + 500))
    assert f"- Summary: {whose}\n" in text and "rovisional" not in text
    assert end is None or f"{end}\n" in text


def test_a_call_of_which_nothing_is_known_has_a_report() -> None:
    text = markdown(report(Call("x", "webrtc", T0), None, "daily", T0 + 5))
    assert "# Call x: unknown, unknown" in text
    assert "The source says nothing about ICE." in text
    assert "None." in text
    assert "None\n" not in text.replace("None.\n", "")


def test_open_issues_come_first() -> None:
    blocks = report(ended(), None, "telnyx", T0 + 125)
    entries = next(block for block in blocks if isinstance(block, Items)).entries
    assert [entry.text.split()[0] for entry in entries] == ["high-packet-loss", "high-rtt"]


@pytest.mark.parametrize(
    ("code", "value", "limit", "words"),
    [
        ("high-packet-loss", 6.2, 3.0, "6.2 % > 3"),
        ("low-mos", 2.9, 3.5, "2.90 < 3.5"),
        ("low-bitrate", 9_000.0, 12_000.0, "9 kbit/s < 12k"),
        ("bandwidth-limited", 373_927.0, None, "374 kbit/s"),
        ("high-rtt", 300.3, 300.0, "300.3 ms > 300"),
        ("high-packet-loss", 3.0, 3.0, "3.0 % >= 3"),
        ("media-stopped", 9.0, None, "for 9s"),
        ("media-stopped", 98.0, 90.0, "98.0 % > 90"),
        ("no-data", 75.0, 10.0, "for 1:15"),
        ("ice-failed", None, None, ""),
        ("silent-microphone", 0.0, 0.0005, ""),
    ],
)
def test_an_issue_tells_its_value_in_its_unit(
    code: str, value: float | None, limit: float | None, words: str
) -> None:
    assert broken(issue(code, value, limit)) == words


def test_an_end_of_a_path_says_what_is_hidden() -> None:
    assert endpoint(None) == "–"
    assert endpoint(Candidate("local", "host", "udp")) == "host udp address hidden"


@pytest.mark.parametrize(
    "name", ["# x", "> q", "- l", "1. n", "a|b", "<b>", "[x](y)", "_em_", "**b**", "`c`", "~~s~~"]
)
def test_foreign_strings_are_not_markup(name: str) -> None:
    call = ended()
    call.label, call.room = name, name
    text = markdown(report(call, summary(), "telnyx", T0 + 125))
    assert text.count("\n## ") == EXPECTED.count("\n## ")
    assert text.count("\n| ") == EXPECTED.count("\n| ")
    assert re.search(r"(?<!\\)[<`~]", text) is None


@given(st.text(max_size=60))
def test_an_escaped_text_reads_as_it_was(text: str) -> None:
    escaped = escape(text)
    assert "\n" not in escaped
    assert re.sub(r"\\([\\`*\[\]<|~_#>+\-.)])", r"\1", escaped) == " ".join(text.splitlines())


def test_the_first_block_is_the_headline() -> None:
    assert report(ended(), None, "telnyx", T0)[0] == Heading("Call Ana: poor, connected", 1)


@pytest.mark.parametrize(
    ("seconds", "rows"),
    [
        (
            {"unknown": 15.0},
            [("good", "–", "–"), ("fair", "–", "–"), ("poor", "–", "–"), ("not graded", "15s", "–")],
        ),
        (
            {"unknown": 60.0, "good": 30.0, "poor": 10.0},
            [("good", "30s", "75"), ("fair", "0s", "0"), ("poor", "10s", "25"), ("not graded", "1:00", "–")],
        ),
    ],
)
def test_shares_are_of_the_time_that_was_graded(
    seconds: dict[str, float], rows: list[tuple[str, ...]]
) -> None:
    said = replace(summary(), time_in_grade_s=seconds)
    tables = [block for block in report(ended(), said, "telnyx", T0 + 200) if isinstance(block, Table)]
    assert list(next(table.rows for table in tables if table.head[0] == "Grade")) == rows
