from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.model.frames import Frame
from callmon.tui import rawframe
from callmon.tui.line import plain
from tests.tui.boards import NOW


def shown(body: Any, provider: str = "webrtc") -> list[str]:
    return [plain(line) for line in rawframe.lines(Frame(provider, NOW, "x", body))]


@pytest.mark.parametrize(
    ("provider", "body", "line"),
    [
        ("webrtc", {"jitter": 0.011}, '"jitter": 0.011   0.011 s → 11.0 ms'),
        ("telnyx", {"rtt": 0.145, "mos": 4, "quality": "good"}, '"rtt": 0.145,   0.145 s → 145 ms'),
        ("telnyx", {"rtt": 145, "packetLoss": 2.5}, '"rtt": 145,   145 ms'),
        ("telnyx", {"rtt": 145, "packetLoss": 2.5}, '"packetLoss": 2.5   2.5 %'),
        ("telnyx", {"event": "f", "data": {"jitter": 11, "packetLoss": 0}}, '"jitter": 11,   11.0 ms'),
        ("telnyx", {"inboundAudio": {"packetsLost": 3, "jitter": 0.02}}, '"jitter": 0.02   0.02 s → 20.0 ms'),
        ("telnyx", {"summary": {}, "stats": [{"jitterAvg": 11.5}]}, '"jitterAvg": 11.5   11.5 ms'),
        ("telnyx", {"summary": {}, "stats": [{"jitter": 4}]}, '"jitter": 4   4.0 ms'),
        (
            "telnyx",
            {"summary": {}, "stats": [{"roundTripTime": 0.05}]},
            '"roundTripTime": 0.05   0.05 s → 50.0 ms',
        ),
        ("telnyx", [{"call_id": "c", "stats": [{"jitterAvg": 3}]}], '"jitterAvg": 3   3.0 ms'),
        ("telnyx", {"data": {"segments": [{"rtt": 45}]}}, '"rtt": 45   45.0 ms'),
        ("twilio-voice", {"jitter": 3}, '"jitter": 3'),
        ("webrtc", {"timestamp": 5}, '"timestamp": 5   ms, not an epoch'),
        ("webrtc", {"targetBitrate": 250000}, '"targetBitrate": 250000   250 kbit/s'),
        ("webrtc", {"jitter": float("nan")}, '"jitter": NaN'),
        ("webrtc", {"jitter": 10**400}, f'"jitter": 1{"0" * 398}…'),
        ("webrtc", {"jitter": None}, '"jitter": null'),
        ("webrtc", {"jitter": True}, '"jitter": true'),
        ("webrtc", {"jitter": "0.011"}, '"jitter": "0.011"'),
    ],
)
def test_a_number_is_read_by_its_dialect_and_never_by_its_size(provider: str, body: Any, line: str) -> None:
    assert line in [row.strip() for row in shown(body, provider)]


def test_a_frame_reads_as_json_does() -> None:
    assert shown({"a": [1, {"b": []}], "c": {}})[2:] == [
        "{",
        '  "a": [',
        "    1,",
        "    {",
        '      "b": []',
        "    }",
        "  ],",
        '  "c": {}',
        "}",
    ]


def test_no_frame_says_so() -> None:
    assert plain(rawframe.lines(None)[0]) == "no frame is kept of this call"


def test_a_frame_that_is_too_long_or_too_deep_is_cut() -> None:
    assert len(shown(list(range(100_000)))) == rawframe.MAX_LINES + 1
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    assert len(shown(deep)) < 100


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.just("jitter"), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["webrtc", "telnyx"]))
def test_any_frame_can_be_shown_and_nothing_in_it_reaches_the_terminal_raw(body: Any, provider: str) -> None:
    for line in shown(body, provider):
        assert line.isprintable()
