"""Raw messages masked: what is counted stays, what refers to something goes on doing so, names go."""

from __future__ import annotations

import pytest

from callmon.masking.frames import mask_body
from callmon.masking.mask import Mask

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
