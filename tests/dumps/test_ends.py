"""The end of what is known of a call, in the words of each dialect."""

from __future__ import annotations

from typing import Any

import pytest

from callmon.dumps.documents import DOCUMENTS
from callmon.dumps.ends import call_of, ending
from callmon.model.frames import Frame
from tests.dumps.reading import Read, fold
from tests.dumps.samples import body, client_samples


def frames_of(value: Any) -> list[Frame]:
    form = next(form for form in DOCUMENTS if form.fits(value))
    return [item for item in form.frames(value, "f") if isinstance(item, Frame)]


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("telnyx", "nested"), ("telnyx", "report-segment"), ("telnyx", "service-call"), ("daily", "network-stats"),
        ("twilio_voice", "sdk-sample"), ("twilio_voice", "sdk-post"), ("twilio_video", "bare-stats-report"),
        ("observertc", ""),
    ],
)  # fmt: skip
def test_a_call_of_which_no_more_is_known_is_over(provider: str, name: str) -> None:
    value = body(provider, name) if name else client_samples("av_clean-a")[3]
    frames = frames_of(value)
    frames = [frame for frame in frames if not (isinstance(frame.body, dict) and frame.body.get("end"))]
    before = fold(Read(None, frames)).call
    assert before["state"] == "live"
    end = ending(frames[-1], "enough")
    assert end is not None
    after = fold(Read(None, [*frames, end])).call
    assert (after["id"], after["state"], after["summary"]["end_reason"]) == (before["id"], "ended", "enough")
    assert [leg["id"] for leg in after["legs"]] == [leg["id"] for leg in before["legs"]]


def test_an_end_and_an_answer_have_none() -> None:
    assert ending(Frame("webrtc", 1.0, "snapshot", {"leg": "a", "end": 1}, {"call": "c"})) is None
    assert ending(Frame("webrtc", 1.0, "snapshot", {"leg": "a"})) is None, "of no call"
    for provider, name in (
        ("daily", "meetings"),
        ("twilio_voice", "summary-partial"),
        ("twilio_video", "room"),
    ):
        assert ending(frames_of(body(provider, name))[-1]) is None


def test_who_a_message_is_about() -> None:
    assert call_of(Frame("x", 0.0, "t", {"call": "a"}, {"call": "b"})) == "a"
    assert call_of(Frame("x", 0.0, "t", [7], {"call": "b"})) == "b"
    assert call_of(Frame("x", 0.0, "t", {"summary": {"callId": "s"}})) == "s"


@pytest.mark.parametrize("name", ["webhook-hang-up", "api-by-call", "api-list"])
def test_an_answer_or_a_webhook_of_telnyx_is_no_call_named_after_the_file(name: str) -> None:
    value = body("telnyx", name)
    calls = fold(Read(None, frames_of(value if isinstance(value, dict) else {"data": value}))).calls
    assert [(call["state"], len(call["legs"])) for call in calls] == [("ended", 1)]
    assert calls[0]["id"] != "f"
