"""Rows of rtcstats clients: however a report is sent it reads back, and only calls become calls."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.w3c.numbers import MEMBERS, METHODS, TYPES
from callmon.w3c.rtcstats import BadRow, Rows

Report = dict[str, dict[str, Any]]
NUMBER = {name: number for number, name in MEMBERS.items()}
TYPE = {name: number for number, name in TYPES.items()}
T0 = 1_795_000_000_000


def numbered(before: Report, now: Report, ids: dict[str, str]) -> dict[str, Any]:
    """What a client of file format 3 sends for a report, given the one before."""
    newest = max((entry["timestamp"] for entry in now.values()), default=None)
    row: dict[str, Any] = {ids[id]: None for id in before if id not in now}
    for id in now:
        ids.setdefault(id, str(len(ids)))
    for id, entry in now.items():
        changed = {name: item for name, item in entry.items() if item != before.get(id, {}).get(name)}
        if changed.get("timestamp") == newest:
            del changed["timestamp"]
        changed = {name: ids.get(item) if name.endswith("Id") else item for name, item in changed.items()}
        if "type" in changed:
            changed["type"] = TYPE.get(changed["type"], changed["type"])
        if changed:
            row[ids[id]] = {NUMBER.get(name, name): item for name, item in changed.items()}
    return row | {"t": newest}


def legacy(before: Report, now: Report) -> dict[str, Any]:
    """What a client of protocol 2.0 sends for a report, given the one before."""
    row: dict[str, Any] = {}
    for id, entry in now.items():
        changed = {name: item for name, item in entry.items() if item != before.get(id, {}).get(name)}
        if changed.keys() - {"timestamp"}:
            row[id] = changed
    newest = max((entry["timestamp"] for entry in row.values() if "timestamp" in entry), default=None)
    for entry in row.values():
        if entry.get("timestamp") == newest:
            entry["timestamp"] = 0
    return row | {"timestamp": newest}


def read_back(rows: Rows, row: list[Any]) -> Report:
    """The report in the message that a getStats row becomes."""
    (message,) = rows.read(json.loads(json.dumps(row)), 0.0)
    return {entry["id"]: {k: v for k, v in entry.items() if k != "id"} for entry in message["stats"]}


@st.composite
def reports(draw: st.DrawFn) -> list[Report]:
    """A report at each second: objects come and go, counters grow, the far end reports when it likes."""
    said: list[Report] = []
    kinds = {"A": "inbound-rtp", "B": "outbound-rtp", "C": "remote-inbound-rtp", "D": "custom"}
    far = T0
    for second in range(draw(st.integers(1, 8))):
        now = T0 + 1000 * (second + 1)
        if draw(st.booleans()):
            far = now - draw(st.integers(1, 900))
        report: Report = {}
        for id in ["A", *draw(st.lists(st.sampled_from("BCD"), unique=True))]:
            report[id] = {
                "type": kinds[id],
                "timestamp": far if id == "C" else now,
                "ssrc": ord(id),
                "packetsReceived": draw(st.integers(0, 3)),
                "qualityLimitationDurations": {"cpu": draw(st.integers(0, 2)), "none": 1},
                "psnrSum": draw(st.lists(st.integers(0, 1), max_size=2)),
                "unheardOf": draw(st.booleans()),
            }
        said.append(report)
    return said


@given(reports())
def test_a_numbered_report_reads_back(said: list[Report]) -> None:
    rows, ids, before = Rows("5.0"), dict[str, str](), Report()
    rows.read(["create", "PC_0", {}, T0], 0.0)
    for report in said:
        back = read_back(rows, ["g", "PC_0", numbered(before, report, ids), 1000])
        assert back == {ids[id]: entry for id, entry in report.items()}
        before = report


@given(reports())
def test_a_legacy_report_reads_back_but_for_what_is_gone(said: list[Report]) -> None:
    rows, before = Rows("2.0"), Report()
    for report in said:
        back = read_back(rows, ["getstats", "PC_0", legacy(before, report), T0])
        for id, entry in report.items():
            told = {name: back[id][name] for name in entry if name != "timestamp"}
            assert told == {name: item for name, item in entry.items() if name != "timestamp"}
        before = report


def test_references_are_renumbered_with_what_they_refer_to() -> None:
    report = {
        "T01": {"type": "transport", "timestamp": T0, "selectedCandidatePairId": "CP"},
        "CP": {"type": "candidate-pair", "timestamp": T0, "nominated": True},
    }
    back = read_back(Rows("5.0"), [1, "PC_0", numbered({}, report, {}), T0])
    assert back["0"]["selectedCandidatePairId"] == "1"
    assert back["1"]["nominated"] is True


def test_a_whole_report_replaces_the_one_before() -> None:
    rows = Rows("5.0")
    first = {"T01": {"id": "T01", "type": "transport", "timestamp": T0, "dtlsState": "connected"}}
    second = {"T11": {"id": "T11", "type": "transport", "timestamp": T0 + 1}}
    read_back(rows, ["getStats", "8-1", first, T0])
    assert read_back(rows, ["getStats", "8-1", second, 1.5]).keys() == {"T11"}


def test_an_old_remote_report_stays_old_and_everything_else_is_new() -> None:
    remote = {"type": "remote-inbound-rtp", "timestamp": T0 - 500, "roundTripTime": 0.1}
    track = {"type": "inbound-rtp", "timestamp": T0, "packetsReceived": 5}
    first = {"R": remote, "I": track}
    second = {"R": remote, "I": track | {"timestamp": T0 + 1000}}
    for protocol, method in (("5.0", "g"), ("2.0", "getstats")):
        rows = Rows(protocol)
        ids: dict[str, str] = {"R": "R", "I": "I"}
        for before, now in (({}, first), (first, second)):
            told = legacy(before, now) if protocol == "2.0" else numbered(before, now, ids)
            if protocol == "2.0":
                told["X"] = {"type": "codec", "timestamp": 0}  # something changes at every poll
                told["timestamp"] = now["I"]["timestamp"]
            back = read_back(rows, [method, "PC_0", copy.deepcopy(told), T0])
        assert back["R"]["timestamp"] == T0 - 500
        assert back["I"]["timestamp"] == T0 + 1000


def test_a_report_of_the_far_end_is_new_when_it_was_measured_anew() -> None:
    """Its time is left out both when it is as it was and when it is that of all others."""
    rows = Rows("5.0")
    first = {"type": 3, "102": 0, "78": 1, "75": 0.1, "timestamp": T0 - 500}
    read_back(rows, ["g", "PC_0", {"R": first, "t": T0}, T0])
    assert read_back(rows, ["g", "PC_0", {"t": T0 + 1000}, 1000])["R"]["timestamp"] == T0 - 500
    assert (
        read_back(rows, ["g", "PC_0", {"R": {"78": 2}, "t": T0 + 2000}, 1000])["R"]["timestamp"] == T0 + 2000
    )
    assert read_back(rows, ["g", "PC_0", {"t": T0 + 3000}, 1000])["R"]["timestamp"] == T0 + 2000


@pytest.mark.parametrize("time", [-1, 1e14, 1e300, float("nan"), True, None, "1"])
def test_a_time_that_is_none_is_refused_and_harms_nobody(time: Any) -> None:
    rows = Rows("5.0")
    rows.read(["create", "PC_0", {}, T0], 0.0)
    with pytest.raises(BadRow):
        rows.read(["onconnectionstatechange", "PC_0", "connected", time if time != -1 else -2 * T0], 0.0)
    (message,) = rows.read(["onconnectionstatechange", "PC_0", "connected", 5], 0.0)
    assert message["t"] == T0 + 5


@pytest.mark.parametrize("negotiated", [False, True])
def test_a_legacy_stream_that_is_no_longer_told_is_gone_only_if_something_was_negotiated(
    negotiated: bool,
) -> None:
    rows = Rows("2.0")
    codec = {"type": "codec", "timestamp": 0}
    read_back(rows, ["getstats", "PC_0", {"V": {"type": "inbound-rtp", "ssrc": 1}, "timestamp": T0}, T0])
    if negotiated:
        rows.read(["setRemoteDescription", "PC_0", {"type": "offer", "sdp": "v=0"}, T0 + 1], 0.0)
    seen = [
        read_back(rows, ["getstats", "PC_0", {"C": codec, "timestamp": T0 + 1000 * n}, T0]).keys()
        for n in range(1, 12)
    ]
    assert "V" in seen[0]
    assert ("V" in seen[-1]) is not negotiated
    again = read_back(rows, ["getstats", "PC_0", {"V": {"packetsReceived": 9}, "timestamp": T0}, T0])
    assert again["V"]["ssrc"] == 1


def test_a_legacy_report_in_which_nothing_changed_is_of_the_time_of_its_row() -> None:
    """There is no newest time in what changed; the clock of the reports is not that of the rows."""
    rows = Rows("2.0")
    stopped = {"type": "outbound-rtp", "timestamp": 0, "packetsSent": 9}
    read_back(rows, ["getstats", "PC_0", {"O": stopped, "timestamp": T0 - 700}, T0])
    for second in (1, 2):
        back = read_back(rows, ["getstats", "PC_0", {"timestamp": None}, T0 + 1000 * second])
        assert back["O"] == {"type": "outbound-rtp", "timestamp": T0 - 700 + 1000 * second, "packetsSent": 9}


def rows_of(protocol: str, told: list[list[Any]], **about: str) -> list[dict[str, Any]]:
    """The messages of many rows; the time at the end of each is added."""
    rows = Rows(protocol, about)
    out: list[dict[str, Any]] = []
    for number, row in enumerate(told):
        time = T0 + 10 * number if protocol == "2.0" or number == 0 else 10
        out += rows.read([*row, time], 0.0)
    return out


def test_the_life_of_a_legacy_connection() -> None:
    messages = rows_of(
        "2.0",
        [
            ["navigator.mediaDevices.getUserMedia", None, {"audio": True}],
            ["create", "PC_0", {"iceServers": [], "iceTransportPolicy": "relay", "browserType": "webkit"}],
            ["setRemoteDescription", "PC_0", {"type": "offer", "sdp": "v=0"}],
            ["setRemoteDescriptionOnSuccess", "PC_0"],
            ["oniceconnectionstatechange", "PC_0", "checking"],
            [
                "onicecandidate",
                "PC_0",
                {"candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host", "sdpMid": "0"},
            ],
            ["onicecandidate", "PC_0", None],
            ["addIceCandidate", "PC_0", {"candidate": "candidate:2 1 udp 1 10.0.0.2 9 typ host"}],
            ["ontrack", "PC_0", "audio:abc stream:def"],
            ["onconnectionstatechange", "PC_0", "connected"],
            ["getstats", "PC_0", {"T": {"type": "transport", "timestamp": 0}, "timestamp": T0}],
            ["close", "PC_0", {}],
            ["getstats", "PC_0", {"timestamp": T0}],
        ],
        connection="c1",
        label="/page",
        agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36",
    )
    assert {(m["call"], m["leg"], m["label"]) for m in messages} == {("c1/PC_0", "PC_0", "/page")}
    assert messages[0]["policy"] == "relay"
    assert messages[0]["page"] == {"browser": "Chrome 156", "os": "Linux"}
    assert all("policy" not in message for message in messages[1:])
    events = [event for message in messages for event in message.get("events", [])]
    assert [(event["ev"], event["v"]) for event in events] == [
        ("iceconnectionstatechange", "checking"),
        ("icecandidate", "candidate:1 1 udp 1 10.0.0.1 9 typ host"),
        ("addicecandidate", "candidate:2 1 udp 1 10.0.0.2 9 typ host"),
        ("track", "audio"),
        ("connectionstatechange", "connected"),
    ]
    assert events[0]["t"] == T0 + 40
    assert messages[-2]["states"] == {"ice": "checking", "connection": "connected"}
    assert messages[-1]["end"] == 1
    assert messages[-1]["states"]["connection"] == "closed"
    assert "sdp" not in json.dumps(messages)


def test_the_life_of_a_numbered_connection() -> None:
    hints = {
        "brands": [{"brand": "Not:A-Brand", "version": "8"}, {"brand": "Chromium", "version": "156"}],
        "platform": "Linux",
    }
    messages = rows_of(
        "5.0",
        [
            ["create", None, {"userAgentData": hints}],
            [39, "PC_0", {"iceServers": []}],
            [25, "PC_0", "connecting"],
            [21, "PC_0", {"errorCode": 701, "errorText": "timed out", "url": "stun:192.0.2.1"}],
            [15, "PC_0", "OperationError: no", "8-0"],
            [22, "PC_0", ["video", "id", "label"]],
            ["g", "PC_0", {"0": {"type": 5, "123": "connected"}, "t": T0}, "connected-0"],
            [36, "PC_0", None],
            ["close", None, 1001],
        ],
    )
    assert [message["t"] - T0 for message in messages] == [20, 30, 40, 50, 60, 70]
    assert messages[0]["page"] == {"browser": "Chromium 156", "os": "Linux"}
    assert messages[0]["policy"] == "all"
    assert messages[0]["states"] == {"connection": "connecting"}
    assert messages[1]["events"][0]["v"]["errorCode"] == 701
    assert messages[2]["events"][0] == {
        "t": T0 + 40,
        "ev": "setRemoteDescription failed:",
        "v": "OperationError: no",
    }
    assert messages[4]["stats"] == [
        {"type": "transport", "dtlsState": "connected", "timestamp": T0, "id": "0"}
    ]
    assert messages[5]["end"] == 1


def test_what_chromium_exports() -> None:
    messages = rows_of(
        "5.0",
        [
            ["create", "8-1", {}, "https://app.example/"],
            ["navigator.mediaDevices.getUserMedia", "8-0", {"audio": True}, "getUserMedia-8-0"],
            ["ontrack", "undefined-undefined", ["audio"]],
            ["transceiverAdded", "8-1", {"kind": "audio", "currentDirection": None, "transceiverIndex": 0}],
            [
                "transceiverModified",
                "8-1",
                {"kind": "audio", "currentDirection": "recvonly", "transceiverIndex": 0},
            ],
            ["oniceconnectionstatechange", "8-1", '"connected"'],
            ["onicecandidateerror", "8-1", '{"error_code": 701, "url": "stun:x"}'],
        ],
    )
    assert {message["leg"] for message in messages} == {"8-1"}
    assert messages[1]["transceivers"][0]["currentDirection"] == "recvonly"
    assert messages[2]["states"] == {"ice": "connected"}
    assert messages[3]["events"][0]["v"]["error_code"] == 701


OPENING: list[list[Any]] = [["create", "PC_0", {}], ["onsignalingstatechange", "PC_0", "stable"]]


@pytest.mark.parametrize(
    ("first", "about", "expected"),
    [
        ([], {}, {"call": "PC_0", "leg": "PC_0", "room": None, "label": None}),
        ([], {"connection": "c"}, {"call": "c/PC_0", "leg": "PC_0", "room": None, "label": None}),
        ([], {"connection": "c", "call": "x"}, {"call": "x", "leg": "c/PC_0", "room": None, "label": None}),
        (
            [["identity", None, {"user": "ann", "conference": "standup"}]],
            {"connection": "c", "label": "/p"},
            {"call": "standup", "leg": "c/PC_0", "room": "standup", "label": "ann"},
        ),
        (
            [
                [
                    "constraints",
                    "PC_0",
                    {"optional": [{"rtcStatsConferenceId": "weekly"}, {"rtcStatsPeerId": "bob"}]},
                ]
            ],
            {"connection": "c"},
            {"call": "weekly", "leg": "c/PC_0", "room": "weekly", "label": "bob"},
        ),
    ],
)
def test_who_is_which_call(first: list[list[Any]], about: dict[str, str], expected: dict[str, Any]) -> None:
    (message,) = rows_of("2.0", first + OPENING, **about)
    assert {key: message[key] for key in expected} == expected


def test_connections_of_one_page_are_calls_of_their_own_unless_it_names_one() -> None:
    told = [["onsignalingstatechange", id, "stable"] for id in ("PC_0", "PC_1", "PC_0")]
    assert [message["call"] for message in rows_of("2.0", told, connection="c")] == [
        "c/PC_0",
        "c/PC_1",
        "c/PC_0",
    ]
    shared = rows_of("2.0", told, connection="c", call="x")
    assert [(message["call"], message["leg"]) for message in shared] == [
        ("x", "c/PC_0"),
        ("x", "c/PC_1"),
        ("x", "c/PC_0"),
    ]


def test_a_connection_that_does_nothing_is_no_call() -> None:
    assert rows_of("2.0", [["create", "PC_0", {}], ["constraints", "PC_0", {}]]) == []


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        [],
        ["create", "PC_0"],
        [None, "PC_0", {}, 1],
        ["create", "PC_0", {}, None],
        ["create", "PC_0", {}, "now"],
        ["create", "PC_0", {}, 10**400],
        ["getstats", "PC_0", None, T0],
        ["g", "PC_0", [1], T0],
    ],
)
def test_a_row_that_cannot_be_read_is_told(row: Any) -> None:
    with pytest.raises(BadRow):
        Rows("2.0").read(row, 0.0)


def test_json_of_every_kind_is_read_or_told() -> None:
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    )
    methods = st.sampled_from([*METHODS, *METHODS.values(), "identity", "transceiverAdded", ":custom"])
    row = st.tuples(methods, st.just("PC_0") | json_values, json_values, st.integers(0, 10**13)).map(list)

    @given(st.lists(row | json_values, max_size=8), st.sampled_from(["2.0", "5.0"]))
    def check(told: list[Any], protocol: str) -> None:
        rows = Rows(protocol)
        for one in told:
            try:
                messages = rows.read(one, 0.0)
            except BadRow:
                continue
            for message in messages:
                assert isinstance(message["call"], str)
                assert isinstance(message["t"], float)

    check()
