"""Real calls in a real browser, seen through callmon.js and through the client of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import Collector, Site

pytestmark = pytest.mark.e2e

AUDIO = {"audio": True}
BOTH = {"audio": True, "video": {"width": 320, "height": 240}}


def script(collector: Collector, **data: str) -> str:
    """The tag that a page needs."""
    attributes = " ".join(f'data-{name}="{value}"' for name, value in data.items())
    return f'<script src="{collector.url}/callmon.js" {attributes}></script>'


async def opened(browser: Browser, url: str) -> Page:
    """A page that is ready to call; what goes wrong in it fails the test."""
    page = await browser.new_page()
    await page.add_init_script(
        "window.wrong = []; addEventListener('error', e => wrong.push(String(e.message)));"
        "addEventListener('unhandledrejection', e => wrong.push(String(e.reason)));"
    )
    await page.goto(url)
    await page.wait_for_function("window.ready")
    return page


def connected(call: dict[str, Any], kinds: set[str]) -> bool:
    """Whether everything that can be known of a call is known."""
    streams = [stream for leg in call["legs"] for stream in leg["streams"]]
    ways = {(stream["kind"], stream["direction"]) for stream in streams}
    pair = call["ice"]["selected_pair"]
    return (
        call["state"] == "live"
        and call["ice"]["verdict"] == "connected"
        and ways == {(kind, way) for kind in kinds for way in ("inbound", "outbound")}
        and all(stream["codec"] for stream in streams)
        and call["metrics"]["rtt_ms"] is not None
        and call["metrics"]["loss_pct"] is not None
        and call["metrics"]["bitrate_in_bps"] > 0
        and call["metrics"]["bitrate_out_bps"] > 0
        and pair["local"]["type"] == "host"
        and pair["remote"]["port"] > 0
    )


def both_ended(calls: dict[str, Any], local: str, remote: str) -> bool:
    """Whether the side that closed and the side that was left are over, each with its report."""
    near, far = calls[local], calls[remote]
    return bool(
        (near["state"], near["ice"]["verdict"]) == ("ended", "closed")
        and (far["state"], far["ice"]["verdict"]) == ("ended", "closed-by-remote")
        and all(one["summary"]["packets"]["received"] > 0 for one in (near, far))
        and all(one["summary"]["status"] == "provisional" for one in (near, far))
    )


async def names(page: Page, calls: dict[str, Any]) -> tuple[str, str]:
    """The ids of the calls of the sides a and b, told apart by the ports that their pages see."""
    port = await page.evaluate(
        """async () => {
            const report = [...(await sides.a.getStats()).values()];
            const transport = report.find((entry) => entry.type === "transport");
            const pair = report.find((entry) => entry.id === transport.selectedCandidatePairId);
            return report.find((entry) => entry.id === pair.localCandidateId).port;
        }"""
    )
    a = next(id for id, call in calls.items() if call["ice"]["selected_pair"]["local"]["port"] == port)
    b = next(id for id in calls if id != a)
    return a, b


@pytest.mark.parametrize("kinds", [AUDIO, BOTH], ids=["audio", "audio+video"])
async def test_callmon_js(collector: Collector, site: Site, browser: Browser, kinds: dict[str, Any]) -> None:
    page = await opened(browser, site.page("call", script(collector, room="standup", label="ann")))
    await page.evaluate("kinds => connect(kinds)", kinds)
    calls = await collector.until(
        lambda calls: len(calls) == 2 and all(connected(call, set(kinds)) for call in calls.values())
    )
    for call in calls.values():
        assert (call["provider"], call["room"]) == ("webrtc", "standup")
        assert call["legs"][0]["attributes"]["browser"].startswith("Chromium ")
        codecs = {stream["codec"] for stream in call["legs"][0]["streams"]}
        assert {codec.lower() for codec in codecs} == ({"opus", "vp8"} if "video" in kinds else {"opus"})
        assert call["issues"] == [], json.dumps(call, indent=1)
        assert call["grade"] == "good"
    a, b = await names(page, calls)
    await page.evaluate("sides.a.close()")
    await collector.until(lambda calls: both_ended(calls, local=a, remote=b))
    assert await page.evaluate("wrong") == []


async def test_the_unmodified_rtcstats_client(
    collector: Collector, site: Site, browser: Browser, rtcstats: dict[str, str]
) -> None:
    files = {name: rtcstats[name] for name in ("rtcstats.js", "trace-ws.js")}
    loaded = f"""<script>
        // The package's files as they are, by the little of CommonJS that they use. The client asks Chromium for
        // getStats by callback, which is gone, unless navigator.webkitGetUserMedia is; so the page takes it away.
        delete Navigator.prototype.webkitGetUserMedia;
        const files = {json.dumps(files)};
        const load = (name) => {{
            const module = {{ exports: {{}} }};
            new Function("module", "exports", files[name])(module, module.exports);
            return module.exports;
        }};
        load("rtcstats.js")(load("trace-ws.js")("{collector.url.replace("http", "ws")}/rtcstats"), 1000, [""]);
    </script>"""
    page = await opened(
        browser,
        site.page("meeting", loaded.replace("</script>", "<\\/script>", loaded.count("</script>") - 1)),
    )
    await page.evaluate("kinds => connect(kinds)", BOTH)
    calls = await collector.until(
        lambda calls: len(calls) == 2 and all(connected(call, set(BOTH)) for call in calls.values())
    )
    assert {call["legs"][0]["id"] for call in calls.values()} == {"PC_0", "PC_1"}
    for call in calls.values():
        assert (call["issues"], call["grade"]) == ([], "good"), json.dumps(call, indent=1)
        attributes = call["legs"][0]["attributes"]
        assert (attributes["browser"].partition(" ")[0], attributes["os"]) == ("Chrome", "Linux")
    a, b = await names(page, calls)
    await page.evaluate("sides.a.close()")
    await collector.until(lambda calls: both_ended(calls, local=a, remote=b))
    assert await page.evaluate("wrong") == []
