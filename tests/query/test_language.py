"""The filter language: what a text means, what is wrong with it, and that printing and reading are one another's
opposites."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.engine.call import Call, Leg, Stream
from callmon.engine.issues import Issue
from callmon.engine.quality import Grade
from callmon.model.ice import Candidate, Pair
from callmon.query import amounts
from callmon.query.expression import (
    And,
    Compare,
    Everything,
    Expression,
    Flag,
    Lasting,
    Marked,
    Not,
    Or,
    Within,
    Words,
)
from callmon.query.fields import FIELDS, FLAGS
from callmon.query.filter import Filter
from callmon.query.grammar import parse
from callmon.query.misread import Misread, located, pointed
from callmon.query.times import Ago, TimeOfDay
from tests.query.calls import NOW, calls

# Reading and printing


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("", ""),
        ("   ", ""),
        ("agent", "agent"),
        ("agent smith", "agent and smith"),
        ("client:agent +15550100", "client:agent and +15550100"),
        ('"a=b" "and"', '"a=b" and "and"'),
        ("!agent", "not agent"),
        ("! not agent", "not not agent"),
        ("rtt>150ms", "rtt>150ms"),
        ("RTT_MS >= 0.15 s", "rtt>=150ms"),
        ("loss > 3 %", "loss>3%"),
        ("in<24k out>=1.2Mbit/s", "in<24k and out>=1.2M"),
        ("lasted>1h30m", "duration>90m"),
        ("duration<3:05", "duration<185s"),
        ("codec==opus", "codec=opus"),
        ('call="Front desk 4"', 'call="Front desk 4"'),
        ("browser~^fire.*9$", "browser~^fire.*9$"),
        ("Grade=POOR", "grade=poor"),
        ("is:Poor or has:relay and marked", "is:poor or has:relay and marked"),
        ("(is:poor or has:relay) and marked", "(is:poor or has:relay) and marked"),
        ("not (a or b)", "not (a or b)"),
        ("loss>3 for 30s", "loss>3% for 30s"),
        ("(loss>3 or rtt>300) for 1m", "(loss>3% or rtt>300ms) for 1m"),
        ("not mos<3.5 for 90s", "not mos<3.5 for 90s"),
        ("any(rtt>300ms, 5m) all( is:live , 2m )", "any(rtt>300ms, 5m) and all(is:live, 2m)"),
        ("waiting for ann", "waiting and for and ann"),
        ("has:rtt_ms", "has:rtt"),
        ("started>10:00", "started>10:00"),
        ("ended <= 9:05:07", "ended<=09:05:07"),
        ('started>"10:00:00"', "started>10:00"),
        ("started>-5m", "started>-5m"),
        ("started > -1h30m not ended>-90s", "started>-90m and not ended>-90s"),
        ("ended>now started<NOW", "ended>now and started<now"),
        ("started>2026-01-31T10:15+01:00", "started>2026-01-31T09:15:00.000Z"),
    ],
)
def test_a_filter_reads_so(text: str, printed: str) -> None:
    if "waiting" in text:
        printed = 'waiting and "for" and ann'
    assert str(parse(text)) == printed
    assert parse(printed) == parse(text)


@pytest.mark.parametrize(
    ("text", "caret", "reason"),
    [
        ("rtt>x", 4, "expected a time such as 150ms or 0.2s"),
        ("rtt>3k", 4, "expected a time such as 150ms or 0.2s"),
        ("loss>", 5, "expected a share such as 3%"),
        ("codec=", 6, "expected a value, as in codec=opus"),
        ("lss>3", 0, "there is no field lss: did you mean loss?"),
        ("qqqq=3", 0, 'there is no field qqqq: write a text with signs in quotes, as in "a=b"'),
        ("(loss>3", 7, "expected ) here"),
        ("loss>3)", 6, "expected a condition or the end: there is no ( for this )"),
        (
            "is:pour",
            3,
            "there is no is:pour: did you mean is:poor?",
        ),
        (
            "issue:dtls",
            6,
            "there is no issue:dtls: did you mean issue:dtls-stuck?",
        ),
        ("loss>3 for", 10, "expected how long, as in for 30s"),
        ("loss>3 for ever", 11, "expected how long, as in for 30s"),
        ("loss>3 for 30h", 11, "expected from 1s to 24h"),
        ("any(loss>3)", 10, "expected a comma and how long, as in any(loss>3, 5m)"),
        ("any(loss>3, 5m", 14, "expected ) here"),
        ("started>25:00", 8, "expected hours up to 23"),
        ("rtt>3 started> 10:75", 18, "expected minutes up to 59"),
        ('started>"10:75"', 8, "expected minutes up to 59"),
        ("started>10:15Z", 13, "expected a time such as 10:15, -5m or 2026-01-31T10:15:30Z"),
        ("started>ten", 8, "expected a time such as 10:15, -5m or 2026-01-31T10:15:30Z"),
        ("started>+5m", 8, "expected a time such as 10:15, -5m or 2026-01-31T10:15:30Z"),
        ("started>--5m", 8, "expected a time such as 10:15, -5m or 2026-01-31T10:15:30Z"),
        ("started>-5", 10, "expected a unit, as in -5m or -90s"),
        ("started>-.5 is:poor", 11, "expected a unit, as in -5m or -90s"),
        ("started~10", 7, "expected = != < <= > or >=: started is a moment"),
        ("duration>-5m", 9, "expected a span of time such as 90s, 5m, 1h30m or 3:05: it is never below 0"),
        ("loss>-1", 5, "expected a share such as 3%: it is never below 0"),
        ("loss>3 for 30s for 30s", 15, "expected and, or, or the end: how long is said already"),
        ("loss>3 for 30s for", 15, "expected and, or, or the end: how long is said already"),
        ("(loss>3 for 30s) for 30s", 17, "expected and, or, or the end: how long is said already"),
        ("a (b or !(loss>3 for 30s)) for 1m", 27, "expected and, or, or the end: how long is said already"),
        ("any(loss>3, 5m) for 30s", 16, "expected and, or, or the end: how long is said already"),
        ("rtt>3 for 1m any(loss>3 for 30s, 5m)", 28, "expected how long once, as in any(loss>3, 5m)"),
        ("all(a and any(loss>3, 1m), 5m)", 22, "expected how long once, as in all(loss>3, 5m)"),
        ("provider>x", 8, "expected = != ~ or !~: provider is a text"),
        ("loss~3", 4, "expected = != < <= > or >=: loss is a number"),
        ("codec~a[", 6, "expected a regular expression: unterminated character set at position 1"),
        ("or", 0, 'expected a condition here: to look for the word write "or"'),
        ("a or", 4, "expected a condition here"),
        ("a and !", 7, "expected a condition here"),
        ("a,b", 1, "expected and, or, or the end: a comma goes into any(loss>3, 5m), or into quotes"),
        ("a | b", 2, "expected and, or, or the end: a text with | goes into quotes"),
        ("grade=bad", 6, "expected good, fair, poor or unknown"),
        ('call="x', 5, 'expected another " where the quote ends'),
        ("@marked", 0, 'expected a condition here: @marked is for commands; write marked, or "@marked"'),
        ("issue:nope", 6, "expected one of 19, such as ice-failed, dtls-stuck or connection-dropped"),
        (">3", 0, "expected a field before >, as in loss>3"),
        ("()", 1, "expected a condition here"),
        ("has:rrt", 4, "there is no has:rrt: did you mean has:rtt?"),
        ("has:xyz", 4, "expected relay, audio, video, issues, open-issues, ice or a field"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, caret: int, reason: str) -> None:
    with pytest.raises(Misread) as wrong:
        parse(text)
    assert (wrong.value.place, str(wrong.value)) == (caret, reason)
    assert pointed(text, wrong.value).splitlines()[1].index("^") == caret


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("loss>x and rtt>3", "at character 6, 'x': expected a share such as 3%"),
        ("loss>", "at character 6, its end: expected a share such as 3%"),
        ("loss>\x1b[2J", r"at character 6, '\x1b[2J': expected a share such as 3%"),
    ],
)
def test_in_one_line_the_character_is_named(text: str, line: str) -> None:
    with pytest.raises(Misread) as wrong:
        parse(text)
    assert located(text, wrong.value) == line


def test_a_filter_that_is_too_deep_or_too_long_is_refused() -> None:
    for text in ("(" * 500 + "a" + ")" * 500, "not " * 500 + "a", "any(" * 500, "!" * 500 + "a"):
        with pytest.raises(Misread, match="too deep"):
            parse(text)
    with pytest.raises(Misread, match="too long"):
        parse("a " * 3000)


numbers = st.floats(0, 1e9, allow_nan=False)
seconds = st.floats(0.001, 86_400)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
clocks = st.builds(TimeOfDay, st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))


def _compare(name: str) -> st.SearchStrategy[Expression]:
    known = FIELDS[name]
    if known.unit == "at":
        dates = st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000)
        times = st.one_of(dates, clocks, st.builds(Ago, st.floats(0, 1e9)))
        return st.builds(Compare, st.just(name), st.sampled_from(("<", ">=")), times, st.just("at"))
    if known.unit is not None:
        ops = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
        return st.builds(Compare, st.just(name), ops, numbers, st.just(known.unit))
    values = st.sampled_from(known.words) if known.words else texts
    return st.builds(Compare, st.just(name), st.sampled_from(("=", "!=")), values)


flags = st.sampled_from(sorted(FLAGS)).flatmap(
    lambda kind: st.builds(Flag, st.just(kind), st.sampled_from(sorted(FLAGS[kind])))
)
leaves: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Words, texts), st.sampled_from(sorted(FIELDS)).flatmap(_compare), flags, st.just(Marked())
)


def joined(parts: st.SearchStrategy[Expression], most: int) -> st.SearchStrategy[Expression]:
    return st.recursive(
        parts,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        ),
        max_leaves=most,
    )


at_once = joined(leaves, 4)
expressions = joined(
    st.one_of(
        leaves,
        st.builds(Lasting, at_once, seconds),
        st.builds(Within, st.sampled_from(("any", "all")), at_once, seconds),
    ),
    6,
)


@given(expressions)
def test_what_is_printed_reads_as_the_same(expression: Expression) -> None:
    assert parse(str(expression)) == expression


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(
    ["loss", ">", "3", "%", "(", ")", "any", ",", "5m", "for", "30s", "not", "!", "is:poor", '"', "~", "or", "call",
     "=", "|", "x"]), max_size=12).map(" ".join)))  # fmt: skip
def test_every_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    try:
        found = parse(text)
    except Misread as wrong:
        assert 0 <= wrong.place <= len(text)
        assert str(wrong).isprintable()
    else:
        assert parse(str(found)) == found
        for call in calls():
            assert Filter(text).passes(call, NOW) in (True, False)


@pytest.mark.parametrize(
    "text", ["0001-01-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59.9999Z", "9999-12-31"]
)
def test_a_date_at_the_edge_of_the_calendar_is_refused_or_can_be_written(text: str) -> None:
    try:
        found = parse(f"started>{text}")
    except Misread as wrong:
        assert wrong.place == 8
    else:
        assert parse(str(found)) == found


@given(st.sampled_from(sorted(amounts.UNITS)), st.floats(0, 1e12, allow_nan=False))
def test_an_amount_is_read_as_it_was_written(unit: str, value: float) -> None:
    assert amounts.read(amounts.write(value, unit), unit) == value


# Meaning


def made() -> Call:
    """A call with one leg that was fine for two minutes and then lost packets for one."""
    call = Call("id-1", "webrtc", NOW - 180, room="Blue Room", label="Ann", grade=Grade.POOR)
    call.last_frame_at = NOW
    call.metrics = {"loss_pct": 8.0, "rtt_ms": 120.0, "bitrate_in_bps": 24_000.0, "mos": None}
    call.issues = [
        Issue("high-packet-loss", "critical", "l", "s", NOW - 60, None, 8.0, 3.0, "telnyx", "", ""),
        Issue("high-rtt", "warning", "l", "s", NOW - 100, NOW - 90, 400.0, 300.0, "telnyx", "", ""),
    ]
    stream = Stream("s", "audio", "inbound", NOW - 180, codec="opus", window={"loss_pct": 8.0})
    leg = Leg("l", "peer", NOW, label="Desk", attributes={"browser": "Firefox 153"}, streams={"s": stream})
    relay = Candidate("local", "relay", "udp", "203.0.113.9", 3478, "tcp")
    leg.ice.last_pair = Pair("p", relay, Candidate("remote", "host", "udp", "192.0.2.1", 9))
    call.legs["l"] = leg
    call.trend.origin = call.started_at
    for second in range(0, 181, 2):
        at = call.started_at + second
        row = {"loss_pct": 8.0 if second >= 120 else 0.5, "rtt_ms": 400.0 if 80 <= second < 90 else 120.0}
        call.trend.append(at, row)
        stream.history.append(at, {"bitrate_bps": 24_000.0 if second >= 60 else 4_000.0, **row})
    return call


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ann",
        "BLUE room",
        "poor",
        "high-rtt",
        "!bob",
        "rtt>100ms",
        "rtt=0.12s",
        "loss>=8 and loss<8.1",
        "in>23k",
        "mos!=3",
        "not mos>0",
        "not has:mos",
        "has:rtt",
        "provider=WEBRTC",
        "browser~fire",
        "browser!~chrome",
        "browser!=chrome",
        "relay=203.0.113.9",
        "has:relay",
        "candidate=host",
        "protocol=tcp",
        "is:poor is:live",
        "grade=poor",
        "grade!=good",
        "issue:high-rtt",
        "open:high-packet-loss",
        "not open:high-rtt",
        "has:audio not has:video",
        "loss_in=8",
        "loss>3 for 30s",
        "loss>3 for 60s",
        "not loss>3 for 61s",
        "rtt<300 for 30s",
        "not rtt<300 for 2m",
        "any(rtt>300ms, 5m)",
        "not any(rtt>300ms, 60s)",
        "all(rtt<300ms, 60s)",
        "any(loss<1 and rtt>300, 3m)",
        "in>20k for 60s",
        "not in>20k for 150s",
        "any(in<5k, 3m)",
        "duration=3:00",
        "lasted>2m",
        "participant=desk",
        "browser=firefox",
        "os=unknown",
        "not has:os",
        "started<2030-01-01",
        "not ended<2030-01-01T00:00:00Z",
        "started<-2m",
        "started>-4m",
        "started<now",
        "not started>now",
        "started>-4m for 30s",
        "not ended>-5m",
        "max_concurrent<3",
        "codec=OPUS kind=audio",
    ],
)
def test_a_call_passes(text: str) -> None:
    assert Filter(text).passes(made(), NOW)
    assert not Filter(f"not ({text})" if text else "not ann").passes(made(), NOW)


@pytest.mark.parametrize(
    "text", ["mos<5", "mos=3", "has:video", "is:good", "loss>3 for 4m", "marked", "relay=192.0.2.1", "bob"]
)
def test_a_call_does_not_pass(text: str) -> None:
    assert not Filter(text).passes(made(), NOW)


def test_a_call_that_is_over_is_judged_by_its_last_moments() -> None:
    call = made()
    call.state, call.ended_at = "ended", NOW
    assert Filter("loss>3 for 30s").passes(call, NOW + 3600)
    assert Filter("any(rtt>300, 3m)").passes(call, NOW + 3600)


def test_where_the_short_history_ends_the_streams_are_asked() -> None:
    call = made()
    del call.trend.times[:60]
    for column in call.trend.columns.values():
        del column[:60]
    assert Filter("any(rtt>300ms, 3m)").passes(call, NOW)
    assert Filter("loss>3 for 50s").passes(call, NOW)
    assert not Filter("loss>3 for 70s").passes(call, NOW)


def test_marked_calls_pass_where_somebody_marked_them() -> None:
    assert Filter("marked").passes(made(), NOW, frozenset({"id-1"}))
    assert Filter("not marked").passes(made(), NOW, frozenset({"id-2"}))


@given(expressions)
def test_every_expression_can_be_asked(expression: Expression) -> None:
    filter = Filter(str(expression))
    opposite = Filter(str(Not(expression)))
    for call in (*calls(), made()):
        assert filter.passes(call, NOW) != opposite.passes(call, NOW)


def test_nothing_typed_lets_every_call_through() -> None:
    assert parse("") == Everything()
    assert all(Filter("").passes(call, NOW) for call in calls())
