"""What one may subscribe to, and that its secrets stay its own."""

from __future__ import annotations

import pytest

from callmon.sources.feed import Feed


@pytest.mark.parametrize("url", ["http://example.com/x", "ws://10.0.0.1/x", "http://localhost.example.com/"])
def test_a_secret_is_not_sent_in_the_clear_to_another_machine(url: str) -> None:
    for given in ({"token": "t0ps3cret"}, {"headers": {"X-Key": "t0ps3cret"}}):
        with pytest.raises(ValueError, match="would be sent in the clear: use (http|ws)s") as error:
            Feed("far", url, "telnyx", **given)
        assert "t0ps3cret" not in str(error.value)
        Feed("far", url, "telnyx", allow_plain_http=True, **given)
    Feed("far", url, "telnyx")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "ws://[::1]:1/x", "http://localhost:1/", "https://a.example/"]
)
def test_a_secret_may_be_sent_to_this_machine_or_encrypted(url: str) -> None:
    Feed("near", url, "telnyx", token="t0ps3cret")


@pytest.mark.parametrize(
    "url", ["http://", "ftp://example.com/", "http://[::1", "http://h:99999/", "http://user:pw@example.com/"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the address") as error:
        Feed("feed", url, "telnyx")
    assert "pw" not in str(error.value)


def test_secrets_are_not_in_any_text() -> None:
    feed = Feed("feed", "https://a.example/x/t0ps3cret?q=t0ps3cret", "telnyx", token="t0ps3cret")
    assert feed.place == "https://a.example/x/…"
    assert feed.conceal("so t0ps3cret it is") == "so … it is"
    assert "Bearer" not in repr(feed)
    assert "token=" not in repr(feed)


@pytest.mark.parametrize(
    ("url", "dialect", "address"),
    [
        ("http://127.0.0.1:7880", "callmon", "http://127.0.0.1:7880/v1/events"),
        ("ws://127.0.0.1:7880/", "callmon", "ws://127.0.0.1:7880/v1/events"),
        ("http://127.0.0.1:7880/other", "callmon", "http://127.0.0.1:7880/other"),
        ("http://127.0.0.1:7880/", "telnyx", "http://127.0.0.1:7880/"),
        ("http://127.0.0.1/?t={since}", "telnyx", "http://127.0.0.1/?t=1500"),
    ],
)
def test_a_callmon_is_known_by_its_host_alone(url: str, dialect: str, address: str) -> None:
    assert Feed("feed", url, dialect).address(1.5) == address


@pytest.mark.parametrize(("url", "place"), [("-", "stdin"), ("/run/feed.sock", "/run/feed.sock")])
def test_what_is_on_this_machine_has_a_place_too(url: str, place: str) -> None:
    feed = Feed("feed", url, "telnyx", token="t0ps3cret")
    assert (feed.place, feed.is_web) == (place, False)
