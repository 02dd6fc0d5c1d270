"""Session descriptions: nobody who is named in any line is named afterwards, and media are agreed on as before."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callmon.masking.frames import mask_body
from callmon.masking.mask import Mask
from callmon.masking.sdp import mask_sdp

PLAIN = (
    "v=0\r\n"
    "s=-\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0 audio\r\n"
    "a=extmap-allow-mixed\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111 63 126\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=rtcp:9 IN IP4 0.0.0.0\r\n"
    "a=ice-options:trickle renomination\r\n"
    "a=setup:actpass\r\n"
    "a=mid:0\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
    "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
    "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
    "a=sendrecv\r\n"
    "a=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
    "a=rtcp-fb:111 transport-cc\r\n"
    "a=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:126 telephone-event/8000\r\n"
    "a=fmtp:97 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n"
    "a=ssrc-group:FID 2231627014 632943048\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "a=sctp-port:5000\r\n"
    "a=max-message-size:262144\r\n"
)
"""Lines in which nobody is named."""

LINES = (
    "o={} 9149665662667418999 2 IN IP4 203.0.113.77",
    "o=- 1 2 IN IP4 {}",
    "s={}",
    "s=Call with {}",
    "i={} meeting",
    "u=https://acme.example/{}",
    "e={} <first.last@acme.example>",
    "p=+1 617 555-6011 ({})",
    "k=clear:{}",
    "c=IN IP4 {}",
    "a=label:{}",
    "a=mid:{}",
    "a=msid:{} -",
    "a=msid-semantic: WMS {}",
    "a=ssrc:99 cname:{}",
    "a=ssrc:99 label:{}",
    "a=ssrc:99 {}:x",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}",
    "a=ice-ufrag:{}",
    "a=fingerprint:sha-256 {}",
    "a=x-{}:1",
    "a={}",
    "a=tool:{}",
    "a=fmtp:111 minptime=10;title={}",
    "m=audio 9 RTP/AVP {}",
    "b=AS:{}",
    "{}",
)

names = st.one_of(
    st.sampled_from(
        ["Ottokar", "Ottokar Quast", "山田太郎", "ünal.öz", "quast7", "o'neil (sales)", "ab<cd>|ef"]
    ),
    st.text(st.characters(codec="utf-8", categories=("Ll", "Lu", "Lo")), min_size=5, max_size=16).filter(
        lambda text: not text.isascii()
    ),
)


def test_lines_that_name_nobody_stay_as_they_are() -> None:
    assert mask_sdp(Mask(), PLAIN) == PLAIN


@pytest.mark.parametrize("line", LINES)
@settings(max_examples=20)
@given(name=names)
def test_nobody_who_is_named_in_a_line_remains(line: str, name: str) -> None:
    masked = mask_sdp(Mask(), PLAIN + line.format(name) + "\r\n" + PLAIN)
    assert name not in masked
    assert not re.search("Quast|first.last|acme|617|203.0.113", masked)
    assert masked.startswith(PLAIN) and masked.endswith("\r\n" + PLAIN) and masked.count("\n") == 2 * 25 + 1


@pytest.mark.parametrize("place", ["sdp", "v", "note", "description"])
@pytest.mark.parametrize("name", ["offer", "setremotedescription"])
def test_a_description_is_one_wherever_it_stands_in_a_message(place: str, name: str) -> None:
    text = PLAIN + "s=Zelda Fox\r\n"
    body: dict[str, Any] = {"ev": name, "v": {place: text}} if place != "v" else {"ev": name, "v": text}
    masked = mask_body(Mask(), body)
    found = masked["v"] if place == "v" else masked["v"][place]
    assert found == PLAIN + "s=text-1\r\n"


def test_what_a_name_in_one_line_refers_to_in_another_is_the_same() -> None:
    masked = mask_sdp(Mask(), "v=0\na=group:BUNDLE zelda\na=msid:fox -\na=mid:zelda\na=ssrc:1 msid:fox -\n")
    assert masked == "v=0\na=group:BUNDLE id-1\na=msid:id-2 -\na=mid:id-1\na=ssrc:1 msid:id-2 -\n"
