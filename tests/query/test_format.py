"""Numbers as text: unknown is a sign and never 0, times are UTC, foreign strings are safe."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call
from callmon.model.metrics import METRICS
from callmon.query import format as fmt
from callmon.query.columns import COLUMNS


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("rtt_ms", 145.4, "145"),
        ("jitter_ms", 11.04, "11.0"),
        ("jitter_ms", 123.4, "123"),
        ("loss_pct", 5.25, "5.2"),
        ("loss_pct", 0.0, "0.0"),
        ("mos", 4.409, "4.41"),
        ("bitrate_bps", 950.0, "950"),
        ("bitrate_bps", 999.6, "1k"),
        ("bitrate_bps", 24_400.0, "24k"),
        ("bitrate_bps", 999_499.0, "999k"),
        ("bitrate_bps", 999_501.0, "1.0M"),
        ("bitrate_bps", 250e6, "250M"),
        ("rtt_ms", None, "–"),
        ("loss_pct", math.nan, "–"),
    ],
)
def test_metrics(key: str, value: float | None, text: str) -> None:
    assert fmt.metric(key, value) == text


@pytest.mark.parametrize(
    ("key", "value", "limit", "text"),
    [
        ("rtt_ms", 150.3, 150.0, "150.3"),
        ("rtt_ms", 150.04, 150.0, "150.04"),
        ("rtt_ms", 149.7, 150.0, "149.7"),
        ("rtt_ms", 150.4, 150.3, "150.4"),
        ("rtt_ms", 151.0, 150.0, "151"),
        ("rtt_ms", 150.00000000000003, 150.0, "150"),
        ("loss_pct", 3.01, 3.0, "3.01"),
        ("bitrate_bps", 29_800.0, 30_000.0, "29.8k"),
        ("bitrate_bps", 1.02e6, 1e6, "1.02M"),
        ("rtt_ms", None, 150.0, "–"),
        ("rtt_ms", 150.3, None, "150"),
    ],
)
def test_a_value_beside_a_limit_reads_as_what_it_is(
    key: str, value: float | None, limit: float | None, text: str
) -> None:
    assert fmt.beside(fmt.metric(key, value), value, (limit,)) == text


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_what_is_written_beside_a_limit_compares_as_it_does(value: float, limit: float) -> None:
    shown = float(fmt.beside(fmt.number(value), value, (limit,)))
    if abs(value - limit) > 1e-8 * limit + 1e-9:
        assert (shown > limit) == (value > limit) and shown != limit


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (-5, "0s"),
        (0, "0s"),
        (59.9, "59s"),
        (60, "1:00"),
        (185, "3:05"),
        (3599, "59:59"),
        (3723, "1:02:03"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert fmt.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "seven", "four"),
    [
        (None, "–", "–"),
        (-5, "0s", "0s"),
        (599, "9:59", "9:59"),
        (600, "10:00", "10m"),
        (3723, "1:02:03", "1h"),
        (35_999, "9:59:59", "9h"),
        (36_000, "10h 00m", "10h"),
        (43_384, "12h 03m", "12h"),
        (172_799, "47h 59m", "47h"),
        (172_800, "2d 0h", "2d"),
        (8_639_999, "99d 23h", "99d"),
        (8_640_000, "100d 0h", "100d"),
        (86_400_000, "1000d", "1000d"),
    ],
)
def test_spans_in_narrow_columns(seconds: float | None, seven: str, four: str) -> None:
    assert (fmt.span(seconds, 7), fmt.span(seconds, 4)) == (seven, four)


@pytest.mark.parametrize("key", ["duration", "age"])
@given(seconds=st.floats(0, 8e7))
def test_a_span_fits_the_column_in_which_it_stands(key: str, seconds: float) -> None:
    assert len(fmt.span(seconds, COLUMNS[key].width)) <= COLUMNS[key].width


def test_a_call_of_a_year_is_legible_in_a_table() -> None:
    call = Call("c", "daily", 1e9, last_frame_at=1e9)
    assert COLUMNS["duration"].text(call, 1e9 + 31_536_000) == "365d 0h"
    assert COLUMNS["age"].text(call, 1e9 + 31_536_000) == "365d"


@pytest.mark.parametrize(
    ("octets", "text"),
    [(None, "–"), (950, "950 B"), (24_000, "24.0 kB"), (1_234_567, "1.2 MB"), (3e9, "3.0 GB")],
)
def test_sizes(octets: float | None, text: str) -> None:
    assert fmt.size(octets) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (900, "15 min"),
        (90, "1 min 30 s"),
        (356_400, "4 d 3 h"),
        (5400, "1 h 30 min"),
        (90_061, "1 d 1 h"),
        (0.5, "0.5 s"),
    ],
)
def test_spans_in_sentences(seconds: float, words: str) -> None:
    assert fmt.words(seconds) == words


def test_other_numbers() -> None:
    assert fmt.number(None) == fmt.bare(None) == fmt.count(None) == fmt.bitrate(None) == "–"
    assert fmt.number(2.345, 2) in ("2.35", "2.34")
    assert fmt.bare(3.0) == "3"
    assert fmt.bare(0.25) == "0.25"
    assert fmt.count(1_234_567.0).replace("\N{NARROW NO-BREAK SPACE}", " ") == "1 234 567"
    assert fmt.stopwatch(3665) == "61:05"
    assert fmt.measure("bitrate_bps", 24_000, "bit/s") == "24 kbit/s"
    assert fmt.measure("jitter_ms", 11, "ms") == "11.0 ms"
    assert fmt.measure("jitter_ms", None, "ms") == "–"


@given(st.floats(fmt.EARLIEST_S, 4e9))
def test_times_are_rfc_3339_in_utc_with_milliseconds(at: float) -> None:
    text = fmt.rfc3339(at)
    assert text is not None
    assert len(text) == 24
    assert text.endswith("Z")
    assert datetime.fromisoformat(text).timestamp() == pytest.approx(at, abs=0.00051)


def test_a_time_that_no_calendar_has_is_the_nearest_that_one_has() -> None:
    for at in (1.8e12, 1e300, float("inf")):
        text = fmt.rfc3339(at)
        assert text is not None
        assert len(text) == 24
        assert len(fmt.utc(at)) == 9
        assert len(fmt.clock(at)) == 8


def test_an_unknown_time_is_none() -> None:
    for at in (None, -1.0, 0.0, 1.0, 90_000.0, float("nan")):
        assert fmt.rfc3339(at) is None
        assert fmt.utc(at) == fmt.clock(at) == "–"
    assert fmt.utc(1_800_000_000.0) == "08:00:00Z"


@given(st.text(), st.integers(2, 300))
def test_foreign_strings_are_printable_and_bounded(text: str, limit: int) -> None:
    cleaned = fmt.clean(text, limit)
    assert cleaned.isprintable()
    assert len(cleaned) <= limit
    assert "\x1b" not in cleaned
    if text.isprintable() and len(text) <= limit:
        assert cleaned == text


@given(st.sampled_from(sorted(METRICS)), st.floats(0, 1e12))
def test_no_metric_is_written_too_wide_for_its_kind(key: str, value: float) -> None:
    text = fmt.metric(key, value)
    assert text == text.strip()
    assert not text.startswith("-")
    assert float(text.removesuffix("k").removesuffix("M")) >= 0
