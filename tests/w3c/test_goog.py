"""Chrome's old statistics: names and units become those of the standard, and nothing is made up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callmon.w3c import goog

T = 1_605_198_796_541

OLD: list[dict[str, Any]] = [
    {"id": "googTrack_a", "type": "googTrack", "timestamp": T, "googTrackId": "a"},
    {
        "id": "bweforvideo",
        "type": "VideoBwe",
        "timestamp": T,
        "googAvailableSendBandwidth": "900000",
        "googTargetEncBitrate": "400000",
    },
    {
        "id": "Channel-audio-1",
        "type": "googComponent",
        "timestamp": T,
        "selectedCandidatePairId": "Conn-audio-1-0",
        "srtpCipher": "AES_CM_128_HMAC_SHA1_80",
    },
    {
        "id": "Conn-audio-1-0",
        "type": "googCandidatePair",
        "timestamp": T,
        "googActiveConnection": "true",
        "googWritable": "true",
        "googReadable": "true",
        "googRtt": "57",
        "responsesReceived": "10",
        "bytesSent": "471019",
        "googChannelId": "Channel-audio-1",
        "localCandidateId": "Cand-l",
        "googRemoteAddress": "[2001:db8::1]:10000",
        "googRemoteCandidateType": "stun",
        "googTransportType": "udp",
    },
    {
        "id": "Conn-audio-1-1",
        "type": "googCandidatePair",
        "timestamp": T,
        "googWritable": "false",
        "googRtt": "3000",
        "responsesReceived": "0",
    },
    {
        "id": "Cand-l",
        "type": "localcandidate",
        "timestamp": T,
        "ipAddress": "192.0.2.7",
        "portNumber": "64230",
        "transport": "udp",
        "candidateType": "peerreflexive",
        "networkType": "lan",
    },
    {
        "id": "ssrc_7_recv",
        "type": "ssrc",
        "timestamp": T,
        "ssrc": "7",
        "mediaType": "audio",
        "packetsReceived": "752",
        "packetsLost": "3",
        "bytesReceived": "78960",
        "googJitterReceived": "5",
        "audioOutputLevel": "32767",
        "googCodecName": "opus",
        "googDecodingCTN": "1548",
        "googDecodingPLC": "10",
        "googDecodingPLCCNG": "2",
    },
    {
        "id": "ssrc_8_send",
        "type": "ssrc",
        "timestamp": T,
        "ssrc": "8",
        "mediaType": "video",
        "packetsSent": "448",
        "packetsLost": "4",
        "bytesSent": "384795",
        "googRtt": "51",
        "framesEncoded": "226",
        "googFrameRateInput": "30",
        "googFrameRateSent": "28",
        "googFrameHeightSent": "360",
        "googCpuLimitedResolution": "true",
        "googBandwidthLimitedResolution": "false",
    },
    {
        "id": "ssrc_9_send",
        "type": "ssrc",
        "timestamp": T,
        "ssrc": "9",
        "mediaType": "audio",
        "packetsSent": "10",
        "packetsLost": "-1",
        "googRtt": "0",
        "audioInputLevel": "0",
    },
]


def found(report: Any = OLD) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in goog.converted(report)}


def test_streams() -> None:
    heard = found()["ssrc_7_recv"]
    assert heard["type"] == "inbound-rtp"
    assert (heard["kind"], heard["ssrc"], heard["timestamp"]) == ("audio", 7, T)
    assert (heard["packetsReceived"], heard["packetsLost"], heard["bytesReceived"]) == (752, 3, 78960)
    assert heard["jitter"] == pytest.approx(0.005)
    assert heard["audioLevel"] == 1.0
    assert heard["concealedSamples"] / heard["totalSamplesReceived"] == pytest.approx(12 / 1548)
    assert found()[heard["codecId"]]["mimeType"] == "audio/opus"
    sent = found()["ssrc_8_send"]
    assert sent["type"] == "outbound-rtp"
    assert (sent["framesSent"], sent["framesPerSecond"], sent["frameHeight"]) == (226, 28, 360)
    assert sent["qualityLimitationReason"] == "cpu"
    assert sent["targetBitrate"] == 400000
    assert found()[sent["mediaSourceId"]]["framesPerSecond"] == 30


def test_what_the_far_end_says_is_an_object_of_its_own() -> None:
    told = found()[found()["ssrc_8_send"]["remoteId"]]
    assert told["type"] == "remote-inbound-rtp"
    assert (told["packetsLost"], told["ssrc"]) == (4, 8)
    assert told["roundTripTime"] == pytest.approx(0.051)
    assert "remoteId" not in found()["ssrc_9_send"], "it has not said anything yet"


def test_the_path() -> None:
    transport, pair = found()["Channel-audio-1"], found()["Conn-audio-1-0"]
    assert (transport["type"], transport["dtlsState"]) == ("transport", "connected")
    assert transport["selectedCandidatePairId"] == pair["id"]
    assert (pair["state"], pair["nominated"]) == ("succeeded", True)
    assert pair["currentRoundTripTime"] == pytest.approx(0.057)
    assert pair["availableOutgoingBitrate"] == 900000
    local, remote = found()[pair["localCandidateId"]], found()[pair["remoteCandidateId"]]
    assert (local["type"], local["address"], local["port"]) == ("local-candidate", "192.0.2.7", 64230)
    assert (remote["type"], remote["address"], remote["port"]) == ("remote-candidate", "2001:db8::1", 10000)
    assert remote["candidateType"] == "srflx"
    other = found()["Conn-audio-1-1"]
    assert other["state"] == "in-progress"
    assert "currentRoundTripTime" not in other, "3000 is what stands there before any answer"


def test_values_in_an_object_of_their_own_and_times_as_text() -> None:
    nested = [
        {
            "id": one["id"],
            "type": one["type"],
            "timestamp": "2020-11-12T16:33:16.541Z",
            "stats": {key: one[key] for key in one if key not in ("id", "type", "timestamp")},
        }
        for one in OLD
    ]
    assert found(nested) == found(OLD)
    assert found({one["id"]: {key: one[key] for key in one if key != "id"} for one in OLD}) == found(OLD)


def test_standard_objects_are_left_as_they_are_and_win() -> None:
    new = {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 7}
    assert not goog.is_old([new, *OLD])
    assert [one for one in goog.converted([new, *OLD]) if one["type"] != "googTrack"] == [new]
    assert goog.converted([new]) == [new]
    assert goog.is_old(OLD)


def test_types_by_id() -> None:
    named = {one["id"]: goog.type_of(one["id"]) for one in OLD}
    assert {id: kind for id, kind in named.items() if kind} == {
        one["id"]: one["type"] for one in OLD if one["type"] in goog.TYPES - {"localcandidate"}
    }


ODD = st.one_of(
    st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=5), st.just("1e999"), st.just([])
)


@given(st.lists(st.dictionaries(st.sampled_from(sorted({key for one in OLD for key in one})), ODD)))
def test_nothing_makes_it_fail(report: list[dict[str, Any]]) -> None:
    kinds = sorted(goog.TYPES)
    typed = [
        {**one, "id": f"ssrc_{n}_recv", "type": kinds[n % len(kinds)]} for n, one in enumerate(report)
    ]  # fmt: skip
    for one in goog.converted(typed):
        assert isinstance(one["id"], str)
        assert isinstance(one["type"], str)


@given(st.recursive(ODD, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_anything_is_taken(report: Any) -> None:
    goog.converted(report)
