"""From getStats to samples: units, joins, the streams of a report, the fields of each browser."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.model.events import Described, Event, IceChanged, Sampled
from callmon.model.ice import IceFacts
from callmon.w3c import stats
from callmon.w3c.report import parse
from tests.recordings.recordings import rows

PLACE = stats.Place("c", "pc", 100.0, 2100.0)


def read(*entries: dict[str, Any], states: dict[str, str] | None = None) -> list[Event]:
    report = parse(list(entries))
    assert report is not None
    return list(stats.events(report, PLACE, 1_000_000.0, states))


def sampled(events: list[Event], stream: str | None, origin: str = "local") -> Sampled:
    (found,) = [e for e in events if isinstance(e, Sampled) and e.stream == stream and e.origin == origin]
    return found


def facts(events: list[Event]) -> IceFacts:
    (found,) = [event.facts for event in events if isinstance(event, IceChanged)]
    return found


IN = {
    "id": "IT01A7", "type": "inbound-rtp", "timestamp": 2_000_000.0, "kind": "audio", "ssrc": 7, "codecId": "C",
    "remoteId": "ROA7", "jitter": 0.011, "packetsReceived": 1174, "packetsLost": 64, "bytesReceived": 59360,
    "audioLevel": 0.0156, "concealedSamples": 41885, "totalSamplesReceived": 990720,
    "jitterBufferDelay": 62572.8, "jitterBufferEmittedCount": 938880, "packetsDiscarded": 3,
}  # fmt: skip
CODEC = {"id": "C", "type": "codec", "mimeType": "audio/opus"}


def test_units_are_ours() -> None:
    found = sampled(read(IN, CODEC), "in-audio-7")
    assert found.at == 2100.0
    assert found.clock == 2000.0
    assert found.gauges == {"jitter_ms": 11.0, "audio_level": 0.0156}
    assert found.counters == {
        "packets": 1174, "lost": 64, "bytes": 59360, "concealed": 41885, "samples": 990720,
        "buffer_delay_s": 62572.8, "buffer_emitted": 938880, "discarded": 3,
    }  # fmt: skip


@pytest.mark.parametrize(("ms", "at"), [(1e18, 2160.0), (1e6, 1100.0), (-1e18, 2100.0 - 86_400)])
def test_no_time_is_far_from_when_it_was_heard(ms: float, at: float) -> None:
    assert sampled(read(IN | {"timestamp": ms}), "in-audio-7").at == at


def test_a_stream_is_described_with_its_codec() -> None:
    (described,) = [event for event in read(IN, CODEC) if isinstance(event, Described)]
    assert (described.kind, described.direction, described.codec, described.ssrc) == (
        "audio",
        "inbound",
        "opus",
        7,
    )


def test_media_type_is_the_old_name_of_kind() -> None:
    old = {key: value for key, value in IN.items() if key != "kind"} | {"mediaType": "audio"}
    assert sampled(read(old), "in-audio-7").counters["packets"] == 1174
    assert not [event for event in read(IN | {"kind": "smell"}) if isinstance(event, Sampled)]


def test_old_firefox_nests_the_remote_stream_under_the_same_type() -> None:
    assert not [event for event in read(IN | {"isRemote": True}) if isinstance(event, Sampled)]


OUT = {"id": "OT01A9", "type": "outbound-rtp", "timestamp": 2_000_000.0, "kind": "audio", "ssrc": 9,
       "packetsSent": 100, "bytesSent": 8000, "mediaSourceId": "S", "targetBitrate": 32000}  # fmt: skip
FAR = {"id": "RIA9", "type": "remote-inbound-rtp", "timestamp": 1_997_000.0, "ssrc": 9, "packetsLost": 5,
       "fractionLost": 0.046875, "roundTripTime": 0.14502, "jitter": 0.01104}  # fmt: skip


@pytest.mark.parametrize("joined", [{"remoteId": "RIA9"}, {}])
def test_the_far_report_is_found_by_id_or_by_ssrc_and_has_its_own_clock(joined: dict[str, str]) -> None:
    found = sampled(read(OUT | joined, FAR), "out-audio-9", "remote")
    assert (found.at, found.clock) == (2097.0, 1997.0)
    assert found.gauges["rtt_ms"] == pytest.approx(145.02)
    assert found.gauges["jitter_ms"] == pytest.approx(11.04)
    assert found.gauges["loss_pct"] == pytest.approx(4.6875)
    assert found.counters == {"lost": 5}


def test_an_absent_round_trip_is_absent() -> None:
    early = {key: value for key, value in FAR.items() if key != "roundTripTime"}
    assert "rtt_ms" not in sampled(read(OUT, early), "out-audio-9", "remote").gauges


def test_the_level_of_the_microphone_comes_from_the_source() -> None:
    source = {"id": "S", "type": "media-source", "timestamp": 1, "kind": "audio", "audioLevel": 0.25}
    assert sampled(read(OUT, source), "out-audio-9").gauges["audio_level"] == 0.25
    assert "audio_level" not in sampled(read(OUT), "out-audio-9").gauges


def test_firefox_says_nothing_of_what_it_does_not_know() -> None:
    bare = {key: OUT[key] for key in ("id", "type", "timestamp", "kind", "ssrc", "packetsSent", "bytesSent")}
    assert sampled(read(bare), "out-audio-9").gauges == {}


def pair(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "candidate-pair", "timestamp": 2_000_000.0, "state": "succeeded",
            "nominated": True, "localCandidateId": "L", "remoteCandidateId": "R", **more}  # fmt: skip


LOCAL = {"id": "L", "type": "local-candidate", "candidateType": "relay", "protocol": "udp", "relayProtocol": "tcp",
         "ip": "10.8.9.1", "port": 4000, "url": "turn:10.8.9.1:3478", "networkType": "wifi"}  # fmt: skip
REMOTE = {
    "id": "R",
    "type": "remote-candidate",
    "candidateType": "host",
    "protocol": "udp",
    "address": "",
    "port": 9,
}


def test_the_selected_pair_is_the_one_that_the_transport_names() -> None:
    transport = {"id": "T", "type": "transport", "iceState": "connected", "selectedCandidatePairId": "P2"}
    found = facts(read(pair("P1", bytesReceived=999), pair("P2"), transport, LOCAL, REMOTE)).pair
    assert found is not None
    assert found.id == "P2"
    assert found.local is not None
    assert (found.local.type, found.local.relay_protocol, found.local.address) == ("relay", "tcp", "10.8.9.1")
    assert found.local.network_type == "wifi"
    assert found.remote is not None
    assert found.remote.address is None


def test_else_the_one_that_firefox_marks_else_the_one_that_carried_most() -> None:
    found = facts(read(pair("P1", bytesSent=9), pair("P2", selected=True), pair("P3", selected=False))).pair
    assert found is not None
    assert found.id == "P2"
    found = facts(
        read(pair("P1", bytesSent=9), pair("P2", bytesReceived=50), pair("P3", nominated=False))
    ).pair
    assert found is not None
    assert found.id == "P2"
    assert facts(read(pair("P1", nominated=False))).pair is None
    assert facts(read(pair("P1", state="in-progress"))).pair is None


def test_the_transport_that_is_worst_off_among_those_in_use_speaks() -> None:
    one = {"id": "T1", "type": "transport", "iceState": "connected", "dtlsState": "connected"}
    two = {"id": "T2", "type": "transport", "iceState": "failed", "dtlsState": "new"}
    assert facts(read(one, two)).transport_ice == "failed"
    used = IN | {"transportId": "T1"}
    assert facts(read(one, two, used)).transport_ice == "connected"
    assert facts(read(one, two, used, OUT | {"transportId": "T2"})).transport_ice == "failed"


def test_states_of_the_page_stand_beside_those_of_the_transport() -> None:
    found = facts(read(IN, states={"connection": "failed", "ice": "disconnected", "signaling": "stable"}))
    assert (found.connection, found.ice, found.signaling, found.gathering) == (
        "failed",
        "disconnected",
        "stable",
        None,
    )
    assert found.transport_ice is None


def test_the_round_trip_of_the_path_belongs_to_the_leg() -> None:
    found = sampled(
        read(pair("P", currentRoundTripTime=0.139, totalRoundTripTime=1.84, responsesReceived=12)), None
    )
    assert found.gauges == {"pair_rtt_ms": 139.0}
    assert found.counters == {"rtt_total_s": 1.84, "rtt_count": 12}


@pytest.mark.parametrize(
    ("relay", "hop"),
    [
        ({"url": "turn:h:3478?transport=tcp"}, "tcp"),
        ({"url": "turn:h:3478"}, "udp"),
        ({"url": "turns:h:443?transport=tcp"}, "tls"),
        ({"url": "stun:h:3478"}, None),
        ({}, None),
        ({"url": "turn:h:3478", "relayProtocol": "tls"}, "tls"),
    ],
)
def test_safari_tells_the_hop_to_the_relay_by_its_url_alone(relay: dict[str, str], hop: str | None) -> None:
    local = {key: value for key, value in LOCAL.items() if key not in ("url", "relayProtocol")} | relay
    (found,) = facts(read(local)).candidates
    assert found.relay_protocol == hop


@pytest.mark.parametrize("name", ["av_clean-a", "ff_av_clean-b", "simulcast_sfu-a", "mute_resend-b"])
def test_every_stream_of_a_real_report_is_found(name: str) -> None:
    for row in rows(name):
        report = parse(row.get("stats") or [])
        assert report is not None
        events = list(stats.events(report, PLACE, row["t"], row.get("states")))
        described = {event.stream for event in events if isinstance(event, Described)}
        received = {f"in-{e['kind']}-{e['ssrc']}" for e in report.of("inbound-rtp")}
        assert {stream for stream in described if stream.startswith("in-")} == received
        senders = {e.get("mid") or e["ssrc"] for e in report.of("outbound-rtp")}
        assert len([stream for stream in described if stream.startswith("out-")]) == len(senders)
