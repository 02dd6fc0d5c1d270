"""Raw messages masked: what is counted stays, what refers to something goes on doing so, names go."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.masking.frames import mask_body
from callmon.masking.mask import Mask
from callmon.w3c.report import parse

OLD = [
    {"id": "Channel-audio-1", "type": "googComponent", "timestamp": 1.7e12, "googComponent": "1",
     "selectedCandidatePairId": "Conn-audio-1-0"},
    {"id": "Conn-audio-1-0", "type": "googCandidatePair", "timestamp": 1.7e12, "googChannelId": "Channel-audio-1",
     "googActiveConnection": "true", "googWritable": "true", "bytesReceived": "16565899",
     "googLocalAddress": "10.8.1.7:5000", "googRemoteAddress": "[fd00::7]:443"},
    {"id": "ssrc_1666418784_send", "type": "ssrc", "timestamp": 1.7e12, "ssrc": "1666418784", "mediaType": "audio",
     "transportId": "Channel-audio-1", "bytesSent": "4268352", "packetsSent": "24816123", "packetsLost": "-100000001",
     "googRtt": "85", "totalAudioEnergy": "1.23456789e-05", "googCodecName": "opus"},
]  # fmt: skip
"""Statistics as Chromium told them before the standard."""


def test_what_is_counted_stays_however_it_is_written_and_however_large_it_is() -> None:
    _, pair, stream = mask_body(Mask(), OLD)
    for before, after, names in (
        (OLD[1], pair, ("bytesReceived",)),
        (OLD[2], stream, ("ssrc", "bytesSent", "packetsSent", "packetsLost", "googRtt", "totalAudioEnergy")),
    ):
        assert {name: after[name] for name in names} == {name: before[name] for name in names}


@pytest.mark.parametrize(
    "body",
    [{"bytesSent": "Ana 4268352"}, {"note": "4268352"}, {"ssrc": "+49 30 901820"}, {"packetsSent": "1" * 30}],
)
def test_what_is_no_number_or_stands_elsewhere_is_none_that_stays(body: dict[str, str]) -> None:
    (after,) = mask_body(Mask(), body).values()
    assert after not in body.values()


def test_an_object_of_old_statistics_is_found_by_what_refers_to_it() -> None:
    channel, pair, stream = mask_body(Mask(), OLD)
    assert channel["id"] == pair["googChannelId"] == stream["transportId"]
    assert channel["selectedCandidatePairId"] == pair["id"]
    assert stream["id"] == "ssrc_1666418784_send"


def shapes(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """A report in each shape in which it travels."""
    return {
        "array": objects,
        "object": {one["id"]: one for one in objects},
        "pairs of names": [{"key": one["id"], "value": one} for one in objects],
        "pairs": [[one["id"], one] for one in objects],
        "without ids": {one["id"]: {k: v for k, v in one.items() if k != "id"} for one in objects},
    }


@pytest.mark.parametrize("shape", shapes([]))
@pytest.mark.parametrize(
    "id", ["RTCCodec_video_Inbound_100", "CIT01_111_minptime=10;useinbandfec=1", "Cx7Kq/pL+", "Zelda Fox", "c",
           "id-1", "CF" + ":".join(["AB"] * 32), "4915112345678", "9f1c03de-77aa-4c1b-8f00-1234567890ab"]
)  # fmt: skip
def test_a_report_in_any_shape_refers_to_the_same_objects_when_it_is_masked(shape: str, id: str) -> None:
    objects = [
        {
            "id": "a name of Zelda Fox",
            "type": "inbound-rtp",
            "kind": "audio",
            "codecId": id,
            "timestamp": 1.0,
        },
        {"id": id, "type": "codec", "mimeType": "audio/opus", "timestamp": 1.0},
    ]
    mask, body = Mask(), shapes(objects)[shape]
    mask.text("9f1c03de-77aa-4c1b-8f00-aaaaaaaaaaaa")
    masked = mask_body(mask, body)
    mask.learn("person", "Zelda Fox")
    assert mask_body(mask, body) == masked
    report = parse(masked)
    assert report is not None and len(report.by_id) == 2
    (stream,) = report.of("inbound-rtp")
    codec = report.get(stream["codecId"])
    assert codec is not None and codec["mimeType"] == "audio/opus"
    assert "Zelda" not in repr(masked) and "4915112345678" not in repr(masked) and "9f1c" not in repr(masked)
