"""Files of rtcstats rows in every form there is: however a call was written down, it is the same call."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from callmon.cli import wire
from callmon.cli.opening import Files, finish
from callmon.engine.quality import RULE_SETS
from callmon.sources.files import Unreadable, open_file
from tests.golden.test_rtcstats import opened as golden
from tests.recordings.recordings import FOLDER
from tests.w3c.test_rtcstats import legacy, numbered

Row = list[Any]
T0 = 1_795_000_000_000
NAME = "ff_voice_loss3"


def opened(path: Path, *more: Path) -> dict[str, Any]:
    """The document of files, as the command prints it."""
    ends = [0.0]
    watch = wire.watch(RULE_SETS["telnyx"], lambda: ends[0])
    files = Files(watch, {str(one): one.stem for one in (path, *more)}, ends)
    for _ in files.steps():
        pass
    finish(watch)
    assert files.failed == 0, files.said
    found: dict[str, Any] = watch.calls()
    return found


def told(rows: list[Row], tmp_path: Path, head: str = "") -> list[dict[str, Any]]:
    """The calls of a file of rows, of which not one may be refused."""
    path = tmp_path / "f"
    path.write_text(head + "".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = opened(path)
    assert found["rejected"] == []
    calls: list[dict[str, Any]] = found["calls"]
    return calls


def chromium(name: str = NAME) -> Iterator[Row]:
    """The rows of a real dump, each with its time since the epoch."""
    at = 0.0
    for line in gzip.decompress((FOLDER / "rtcstats" / f"{name}.gz").read_bytes()).splitlines()[2:]:
        row = json.loads(line)
        at += row[-1]
        yield [*row[:-1], at]


def plain(report: Any) -> dict[str, dict[str, Any]]:
    """A report without what rtcstats clients leave out."""
    return {
        id: {name: value for name, value in entry.items() if name != "id" and not name.startswith("[")}
        for id, entry in report.items()
        if entry["type"] != "certificate"
    }


def deltas(
    compress: Callable[[Any, Any], Any], method: str | int, since_before: bool, name: str = NAME
) -> list[Row]:
    """A real dump as a client writes it that tells only what changed."""
    found, before, last = list[Row](), dict[str, Any](), 0.0
    for row in chromium(name):
        at = row[-1]
        if row[0] == "getStats":
            now = plain(row[2])
            row, before = [method, row[1], compress(before, now), at], now
        if isinstance(row[2], str):
            row[2] = row[2].strip('"')
        found.append([*row[:-1], at - last if since_before else at])
        last = at
    return found


def same(call: dict[str, Any]) -> None:
    """Fail where a call is not what Chromium's own export of it says."""
    (wanted,) = golden(NAME)["calls"]
    for one in (call["summary"], wanted["summary"]):
        assert one["packets"]["received"] > 1000
    assert call["ice"]["verdict"] == wanted["ice"]["verdict"]
    assert [issue["code"] for issue in call["issues"]] == [issue["code"] for issue in wanted["issues"]]
    for name in ("packets", "bytes", "codec", "end_reason", "rtt_ms", "jitter_ms", "loss_pct"):
        assert call["summary"][name] == wanted["summary"][name], name
    assert call["ice"]["transport"] == wanted["ice"]["transport"]


def test_numbers_and_differences_of_rtcstats_js(tmp_path: Path) -> None:
    ids: dict[str, str] = {}
    rows = deltas(lambda before, now: numbered(before, now, ids), "g", since_before=True)
    (call,) = told(rows, tmp_path, 'RTCStatsDump\n{"fileFormat":3,"userAgent":"Chrome/140.0"}\n')
    same(call)
    assert call["legs"][0]["attributes"]["browser"] == "Chromium 156"
    (headless,) = told([[39, None, {}, rows[0][-1]], ["create", *rows[1][1:]], *rows[2:]], tmp_path)
    same(headless)


def test_differences_of_protocol_2(tmp_path: Path) -> None:
    (call,) = told(deltas(legacy, "getstats", since_before=False), tmp_path)
    same(call)


def test_protocol_2_as_one_array(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(json.dumps(deltas(legacy, "getstats", since_before=False), indent=1), "utf-8")
    (call,) = opened(path)["calls"]
    same(call)


def test_an_export_of_the_rtcstats_server(tmp_path: Path) -> None:
    rows = [row for row in chromium() if row[1] == "8-1"]
    events = [{"time": row[-1], "type": row[0], "value": row[2]} for row in rows]
    for entry in events:
        if isinstance(entry["value"], str):
            entry["value"] = entry["value"].strip('"')
        if entry["type"] == "getStats":
            entry["value"] = plain(entry["value"])
    path = tmp_path / "f"
    both = {"PeerConnections": {}, "peerConnections": {"PC_0": events}, "userAgent": "Firefox/99.0"}
    path.write_text(json.dumps(both), "utf-8")
    (call,) = opened(path)["calls"]
    same(call)
    assert call["legs"][0]["attributes"]["browser"] == "Firefox 99"


def jitsi(before: Any, now: Any) -> dict[str, Any]:
    """What Jitsi's client sends: of what has not changed its time, if that is new; what is gone is not named."""
    still = {id: before.get(id, {}).get("timestamp") == entry["timestamp"] for id, entry in now.items()}
    return {id: {} if still[id] else {"timestamp": 0} for id in now} | legacy(before, now)


def test_jitsi(tmp_path: Path) -> None:
    about = {"clientProtocol": "3.1_STANDARD", "userAgent": "Firefox/118.0", "statsFormat": "firefox"}
    head = ["connectionInfo", None, about, T0 + 10**12]  # newer than the rows, as in files put together later
    (call,) = told([head, *deltas(jitsi, "getstats", since_before=False)], tmp_path)
    same(call)


def enveloped(number: int, row: Row) -> dict[str, Any]:
    return {"statsSessionId": "u", "type": "stats-entry", "data": json.dumps([*row, number])}


@pytest.mark.parametrize("enveloped_too", [False, True])
@pytest.mark.parametrize("array", [False, True])
def test_rows_of_jitsi_with_numbers_and_in_envelopes(
    tmp_path: Path, enveloped_too: bool, array: bool
) -> None:
    rows = [
        ["connectionInfo", None, json.dumps({"clientProtocol": "3.1_STANDARD"}), T0],
        *deltas(jitsi, "getstats", since_before=False),
    ]
    lines: list[Any] = [[*row, number] for number, row in enumerate(rows)]
    if enveloped_too:
        lines = [enveloped(number, row) for number, row in enumerate(rows)]
        about = {"statsSessionId": "u", "type": "identity", "data": {"displayName": "x"}}
        lines = [about, *lines, {"statsSessionId": "u", "type": "keepalive"}]
        lines.append({"statsSessionId": "u", "type": "close"})
    (call,) = told([lines], tmp_path) if array else told(lines, tmp_path)
    same(call)


@pytest.mark.parametrize("name", ["JVB", "jicofo", "jigasi"])
def test_a_dump_of_a_server_of_jitsi_is_refused(tmp_path: Path, name: str) -> None:
    about = {"statsSessionId": "u", "type": "identity", "data": {"applicationName": name}}
    path = tmp_path / "f"
    rows = [["getstats", "PC_0", {"A": stream(9)}, T0 + 1000 * second] for second in range(5)]
    lines = [about, *(enveloped(number, row) for number, row in enumerate(rows))]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    with pytest.raises(Unreadable, match="rtcstats dump of a server, which has no getStats in it"):
        open_file(str(path), "f", lambda frame: None)


def stream(packets: int, ssrc: int = 1) -> dict[str, Any]:
    return {"type": "inbound-rtp", "kind": "audio", "ssrc": ssrc, "timestamp": 0, "packetsReceived": packets}


def test_what_a_row_of_jitsi_does_not_name_is_gone_and_in_protocol_2_it_is_as_it_was(tmp_path: Path) -> None:
    def rows(gone_from: int) -> list[Row]:
        found: list[Row] = [["create", "PC_0", {}, T0], ["onconnectionstatechange", "PC_0", "connected", T0]]
        for second in range(30):
            row: dict[str, Any] = {"A": stream(50 * second), "B": stream(50 * second, 2)}
            if second >= gone_from:
                del row["B"]
            at = T0 + 1000 * second
            found.append(["getstats", "PC_0", {**row, "timestamp": at}, at])
        return found

    (removed,) = told([["connectionInfo", None, {}, T0], *rows(20)], tmp_path)
    assert removed["issues"] == []
    (kept,) = told(rows(20), tmp_path)
    assert [issue["code"] for issue in kept["issues"]] == ["media-stopped"]


def test_dtls_is_told_by_jitsi_alone(tmp_path: Path) -> None:
    states = [("oniceconnectionstatechange", "connected"), ("ondtlsstatechange", "failed")]
    rows: list[Row] = [["connectionInfo", None, {}, T0], ["create", "PC_0", {}, T0]]
    rows += [[method, "PC_0", value, T0 + 9] for method, value in states]
    (call,) = told(rows, tmp_path)
    assert (call["ice"]["verdict"], call["ice"]["transport"]["dtls_state"]) == ("dtls-failed", "failed")


def test_a_fork_that_leaves_types_out(tmp_path: Path) -> None:
    def report(second: int) -> dict[str, Any]:
        pair = {"localCandidateId": "L", "remoteCandidateId": "R", "nominated": True, "state": "succeeded"}
        inbound = {"kind": "audio", "ssrc": 1, "packetsReceived": 50 * second, "jitterBufferDelay": second}
        return {
            "T": {"dtlsState": "connected", "selectedCandidatePairId": "P", "srtpCipher": "x"},
            "P": {**pair, "currentRoundTripTime": 0.05},
            "I": inbound,
            "timestamp": T0 + 1000 * second,
        }

    rows: list[Row] = [["joinRequest", "sfu", {}, T0], ["create", "0-sub", {}, T0]]
    rows += [["getstats", "0-sub", report(second), T0 + 1000 * second] for second in range(5)]
    (call,) = told(rows, tmp_path)
    assert [leg["id"] for leg in call["legs"]] == ["0-sub"]
    assert call["summary"]["packets"]["received"] == 200
    assert call["ice"]["verdict"] == "connected"


def connection(id: str, begins: int, ends: int | None) -> list[Row]:
    """A peer connection that is created and closed, in seconds."""
    at = T0 + 1000 * begins
    rows: list[Row] = [["create", id, {}, at], ["onconnectionstatechange", id, "connected", at + 1]]
    return rows if ends is None else [*rows, ["close", id, None, T0 + 1000 * ends]]


@pytest.mark.parametrize(
    ("connections", "wanted"),
    [
        ([("PC_0", 0, 20), ("PC_1", 10, 30), ("PC_2", 25, 40)], {"f": ["PC_0", "PC_1", "PC_2"]}),
        ([("PC_0", 0, 20), ("PC_1", 21, 30)], {"f": ["PC_0"], "f/2": ["PC_1"]}),
        ([("PC_0", 0, 20), ("PC_1", 21, 30), ("PC_2", 25, None)], {"f": ["PC_0"], "f/2": ["PC_1", "PC_2"]}),
        ([("PC_0", 0, None), ("PC_1", 30, None)], {"f": ["PC_0", "PC_1"]}),
        ([("PC_0", 0, None), ("PC_1", 100, None)], {"f": ["PC_0"], "f/2": ["PC_1"]}),
        ([("8-1", 0, 20), ("9-1", 10, 30)], {"f": ["8-1"], "f/2": ["9-1"]}),
        ([("8-1", 0, 20), ("8-2", 10, 30)], {"f": ["8-1", "8-2"]}),
    ],
)
def test_which_peer_connections_are_one_call(tmp_path: Path, connections: Any, wanted: Any) -> None:
    rows = sorted((row for one in connections for row in connection(*one)), key=lambda row: row[-1])
    found = {call["id"]: [leg["id"] for leg in call["legs"]] for call in told(rows, tmp_path)}
    assert found == wanted


def test_what_stays_down_in_a_log_is_no_want_of_data(tmp_path: Path) -> None:
    rows = [*connection("8-1", 0, None), ["onconnectionstatechange", "8-1", "disconnected", T0 + 5000]]
    rows += [["onconnectionstatechange", "8-1", "failed", T0 + 25_000], ["create", "8-2", {}, T0 + 50_000]]
    (call,) = told(rows, tmp_path)
    assert (call["state"], call["ice"]["verdict"]) == ("failed", "dropped")
    assert [issue["code"] for issue in call["issues"]] == ["connection-dropped"]
    silent = [*connection("8-1", 0, None), ["onicecandidate", "8-1", None, T0 + 90_000]]
    (gap,) = told(silent, tmp_path)
    assert [issue["code"] for issue in gap["issues"]] == ["no-data"]


OLD = {
    "ssrc_1_recv": {"type": "ssrc", "ssrc": "1", "mediaType": "audio", "transportId": "C", "googCodecName": "opus"},
    "ssrc_2_send": {"type": "ssrc", "ssrc": "2", "mediaType": "audio", "audioInputLevel": "32767"},
    "C": {"type": "googComponent", "selectedCandidatePairId": "P", "srtpCipher": "x", "localCertificateId": "K"},
    "K": {"type": "googCertificate", "googFingerprint": "ab:cd"},
    "P": {"type": "googCandidatePair", "googActiveConnection": "true", "googWritable": "true", "googRtt": "40",
          "localCandidateId": "L", "remoteCandidateId": "R"},
    "L": {"type": "localcandidate", "candidateType": "relayed", "ipAddress": "192.0.2.1", "portNumber": "7",
          "transport": "udp"},
    "R": {"type": "remotecandidate", "candidateType": "host", "ipAddress": "192.0.2.2", "portNumber": "8"},
    "bweforvideo": {"type": "VideoBwe", "googAvailableSendBandwidth": "300000"},
}  # fmt: skip


def old(second: int) -> dict[str, Any]:
    """A report of goog stats at a second of a call that loses one packet in ten."""
    report = {id: {**entry, "timestamp": T0 + 1000 * second} for id, entry in OLD.items()}
    report["ssrc_1_recv"] |= {"packetsReceived": str(45 * second), "packetsLost": str(5 * second)}
    report["ssrc_1_recv"] |= {"googJitterReceived": "7", "audioOutputLevel": "0"}
    report["ssrc_2_send"] |= {"packetsSent": str(50 * second), "googRtt": "90", "packetsLost": "-1"}
    return report


def old_rows(second: int) -> Row:
    return ["getstats", "PC_0", {**old(second), "timestamp": T0 + 1000 * second}, T0 + 1000 * second]


def nested(entry: dict[str, Any]) -> dict[str, Any]:
    """A goog object as some SDKs write it: its members lie one level deeper."""
    members = {name: item for name, item in entry.items() if name not in ("type", "timestamp")}
    return {"type": entry["type"], "stats": members}


@pytest.mark.parametrize("rows", [True, False])
def test_stats_of_old_are_put_into_todays_words(tmp_path: Path, rows: bool) -> None:
    if rows:
        (call,) = told([["create", "PC_0", {}, T0], *map(old_rows, range(20))], tmp_path)
    else:
        path = tmp_path / "f"
        shaped = [
            [
                {"id": id, "timestamp": f"2026-11-18T10:00:{n:02}Z", **nested(one)}
                for id, one in old(n).items()
            ]
            for n in range(20)
        ]
        path.write_text("".join(json.dumps(report) + "\n" for report in shaped), "utf-8")
        (call,) = opened(path)["calls"]
    assert call["summary"]["codec"] == "opus"
    assert call["summary"]["packets"] == {"sent": 950, "received": 855, "lost": 95}
    assert call["summary"]["rtt_ms"]["max"] == pytest.approx(90)
    levels = {one["id"]: one["metrics"]["audio_level"] for one in call["legs"][0]["streams"]}
    assert levels == {"in-audio-1": 0.0, "out-audio-2": 1.0}
    assert call["summary"]["jitter_ms"]["avg"] == pytest.approx(7)
    assert [issue["code"] for issue in call["issues"]] == ["high-packet-loss", "low-mos"]
    assert call["ice"]["verdict"] == "connected"
    assert call["ice"]["selected_pair"]["local"]["type"] == "relay"
    assert call["ice"]["selected_pair"]["rtt_ms"] == 40


def test_two_ends_of_one_call_say_so(tmp_path: Path) -> None:
    dumped = FOLDER / "rtcstats" / "ice_failed.gz"
    far = FOLDER / "ice_failed-b.jsonl.gz"
    stranger = FOLDER / "rtcstats" / "voice_opus_clean.gz"
    calls = {call["id"]: call for call in opened(dumped, far, stranger)["calls"]}
    ends = {id: call["legs"][0]["attributes"].get("other_end") for id, call in calls.items()}
    assert ends == {
        "ice_failed": "ice_failed-b.jsonl",
        "ice_failed-b.jsonl": "ice_failed",
        "voice_opus_clean": None,
    }
    lines = [moment["what"] for moment in calls["ice_failed"]["ice"]["timeline"]]
    assert "the other end of this is ice_failed-b.jsonl (the same DTLS certificates)" in lines


@pytest.mark.parametrize("rows", [16, 17, 20, 22])
def test_a_log_that_ends_in_the_middle_of_setting_up_is_no_failure(tmp_path: Path, rows: int) -> None:
    path = tmp_path / "f"
    lines = gzip.decompress((FOLDER / "rtcstats" / "voice_opus_clean.gz").read_bytes()).splitlines(True)
    path.write_bytes(b"".join(lines[:rows]))
    (call,) = opened(path)["calls"]
    assert (call["state"], call["ice"]["verdict"], call["issues"]) == ("ended", "gathering", [])
    assert call["duration_s"] < 0.1


def test_what_never_gathered_a_candidate_has_failed_unless_its_log_breaks_off(tmp_path: Path) -> None:
    lines = gzip.decompress((FOLDER / "rtcstats" / "relay_unreachable.gz").read_bytes())
    path = tmp_path / "f"
    path.write_bytes(lines)
    (call,) = opened(path)["calls"]
    assert (call["state"], call["ice"]["verdict"]) == ("failed", "no-candidates")
    path.write_bytes(lines[:-9])
    (broken,) = opened(path)["calls"]
    assert (broken["state"], broken["summary"]["end_reason"]) == ("ended", "the file breaks off here")
    assert broken["duration_s"] < 0.1


@pytest.mark.parametrize("form", ["2.0", "3.1", "numbered", "envelopes"])
def test_what_never_gathered_a_candidate_has_failed_in_every_form(tmp_path: Path, form: str) -> None:
    rows = deltas(legacy, "getstats", since_before=False, name="relay_unreachable")
    lines: list[Any] = [["connectionInfo", None, {}, T0], *rows] if form != "2.0" else list(rows)
    if form in ("numbered", "envelopes"):
        lines = [[*row, number] for number, row in enumerate(lines)]
    if form == "envelopes":
        lines = [enveloped(number, row) for number, row in enumerate(lines)]
    (call,) = told(lines, tmp_path)
    assert (call["state"], call["ice"]["verdict"]) == ("failed", "no-candidates")
    assert [issue["code"] for issue in call["issues"]] == ["ice-failed"]
    if form == "envelopes":
        lines.append({"statsSessionId": "u", "type": "close"})
        (closed,) = told(lines, tmp_path)
        assert (closed["state"], closed["ice"]["verdict"]) == ("ended", "gathering"), "nobody waited"


@pytest.mark.parametrize("same_port", [True, False])
def test_a_far_end_whose_address_is_hidden_is_told_by_its_port(tmp_path: Path, same_port: bool) -> None:
    one, other = (tmp_path / f"{NAME}-{side}.jsonl" for side in "ab")
    for path in (one, other):
        path.write_bytes(gzip.decompress((FOLDER / f"{path.name}.gz").read_bytes()))
    (call,) = opened(one)["calls"]
    far = call["ice"]["selected_pair"]["remote"]
    assert (far["type"], far["address"]) == ("prflx", None)
    if not same_port:
        text = one.read_text("utf-8")
        assert str(far["port"]) in text
        one.write_text(text.replace(str(far["port"]), str(far["port"] + 1)), "utf-8")
    ends = {
        call["id"]: call["legs"][0]["attributes"].get("other_end") for call in opened(one, other)["calls"]
    }
    wanted = {one.stem: other.stem, other.stem: one.stem} if same_port else {one.stem: None, other.stem: None}
    assert ends == wanted
