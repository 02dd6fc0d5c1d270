"""What callmon.js does to a page: it changes nothing, loses nothing, costs next to nothing, and never throws."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import datetime
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from tests.e2e.conftest import Collect, Collector, Site
from tests.e2e.test_browser import AUDIO, BOTH, connected, opened, script

pytestmark = pytest.mark.e2e

MOST_OF_A_CORE = 0.01


async def busy(page: Page, seconds: float) -> float:
    """The share of a core that the page's main thread works, as the browser counts it."""
    session = await page.context.new_cdp_session(page)
    await session.send("Performance.enable")

    async def worked() -> float:
        told = await session.send("Performance.getMetrics")
        return float(next(entry["value"] for entry in told["metrics"] if entry["name"] == "TaskDuration"))

    before = await worked()
    await asyncio.sleep(seconds)
    return (await worked() - before) / seconds


async def test_it_costs_less_than_a_hundredth_of_a_core(
    collector: Collector, site: Site, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = await opened(browser, site.page("plain"))
    await plain.evaluate("kinds => connect(kinds)", BOTH)
    alone = await busy(plain, 4)
    await plain.close()
    page = await opened(browser, site.page("call", script(collector)))
    await page.evaluate("kinds => connect(kinds)", BOTH)
    before = await page.evaluate("callmon.cost()")
    watched = await busy(page, 10)
    after = await page.evaluate("callmon.cost()")
    share = (after["ms"] - before["ms"]) / 1000 / (after["seconds"] - before["seconds"])
    samples = after["samples"] - before["samples"]
    with capsys.disabled():
        print(
            f"\ncallmon.js: {samples} reports of two audio+video connections in 10 s took {share:.3%} of a core;"
            f" the page's main thread is busy {watched:.2%} with it and {alone:.2%} without"
        )
    assert samples >= 8
    assert 0 < share < MOST_OF_A_CORE


async def test_the_page_sees_no_difference(collector: Collector, site: Site, browser: Browser) -> None:
    url = site.page("plain")
    plain = await opened(browser, url)
    watched = await opened(browser, site.page("watched", script(collector)))
    looks = """async () => {
        class Mine extends RTCPeerConnection { hello() { return 1; } }
        const pc = new RTCPeerConnection({ iceTransportPolicy: "relay" });
        const mine = new Mine();
        const thrown = (make) => { try { make(); return null; } catch (error) { return error.name; } };
        const seen = {
            name: RTCPeerConnection.name,
            length: RTCPeerConnection.length,
            statics: Object.getOwnPropertyNames(RTCPeerConnection).sort(),
            members: Object.getOwnPropertyNames(RTCPeerConnection.prototype).sort(),
            instance: pc instanceof RTCPeerConnection,
            constructor: pc.constructor === RTCPeerConnection,
            prototype: Object.getPrototypeOf(pc) === RTCPeerConnection.prototype,
            own: Object.keys(pc),
            mine: [mine instanceof Mine, mine instanceof RTCPeerConnection, mine.hello(), mine.constructor.name],
            policy: pc.getConfiguration().iceTransportPolicy,
            certificate: (await RTCPeerConnection.generateCertificate({ name: "ECDSA", namedCurve: "P-256" }))
                .expires > 0,
            called: thrown(() => RTCPeerConnection()),
            wrong: thrown(() => new RTCPeerConnection({ iceServers: "none" })),
            close: [RTCPeerConnection.prototype.close.name, pc.close(), mine.close()],
            states: [pc.signalingState, mine.connectionState],
            alien: thrown(() => RTCPeerConnection.prototype.close.call({})),
        };
        return seen;
    }"""
    assert await watched.evaluate(looks) == await plain.evaluate(looks)
    await watched.evaluate("callmon.stop()")
    assert await watched.evaluate("RTCPeerConnection.prototype.close.toString()") == await plain.evaluate(
        "RTCPeerConnection.prototype.close.toString()"
    )
    assert await collector.calls() == {}  # connections that only tried the browser are no calls


async def test_as_a_module_and_with_names_of_ones_own(
    collector: Collector, site: Site, browser: Browser
) -> None:
    module = f'import callmon from "{collector.url}/callmon.mjs"; window.shown = callmon;'
    page = await opened(browser, site.page("call", module=module))
    await page.evaluate("kinds => connect(kinds)", AUDIO)
    await page.evaluate("shown.attach(sides.a, { call: 'c1', room: 'r', label: 'ann' })")
    calls = await collector.until(lambda calls: connected(calls["c1"], {"audio"}))
    assert list(calls) == ["c1"]
    assert calls["c1"]["room"] == "r"
    assert await page.evaluate("typeof RTCPeerConnection.prototype.close") == "function"
    await page.evaluate("sides.a.close()")
    await collector.until(lambda calls: calls["c1"]["state"] == "ended")


async def test_several_connections_of_one_call_are_its_legs(
    collector: Collector, site: Site, browser: Browser
) -> None:
    page = await opened(browser, site.page("call", script(collector, call="meeting", interval="500")))
    await page.evaluate("kinds => connect(kinds)", AUDIO)
    calls = await collector.until(lambda calls: len(calls["meeting"]["legs"]) == 2)
    assert list(calls) == ["meeting"]
    await page.evaluate("sides.a.close()")
    await page.evaluate("sides.b.close()")
    await collector.until(lambda calls: calls["meeting"]["state"] == "ended")


async def test_a_page_that_goes_away_ends_its_calls(
    collector: Collector, site: Site, browser: Browser
) -> None:
    page = await opened(browser, site.page("call", script(collector)))
    await page.evaluate("kinds => connect(kinds)", AUDIO)
    await collector.until(lambda calls: all(connected(call, {"audio"}) for call in calls.values()))
    await page.goto("about:blank")
    calls = await collector.until(lambda calls: {call["state"] for call in calls.values()} == {"ended"}, 10)
    assert {call["summary"]["end_reason"] for call in calls.values()} == {"page closed"}


async def test_a_collector_that_comes_back_is_told_what_it_missed(
    collect: Collect, site: Site, browser: Browser
) -> None:
    first = await collect()
    page = await opened(browser, site.page("call", script(first, call="c", interval="500")))
    await page.evaluate("kinds => connect(kinds)", AUDIO)
    await first.until(lambda calls: connected(calls["c"], {"audio"}))
    gone = time.time()
    await first.stop()
    await page.evaluate("sides.b.close()")
    await asyncio.sleep(2)
    back = time.time()
    second = await collect(first.port)
    calls = await second.until(lambda calls: len(calls["c"]["legs"]) == 2)
    begun = datetime.fromisoformat(calls["c"]["started_at"]).timestamp()
    # What is under way when it stops waits too: some intervals of half a second.
    assert gone - 2 < begun < back, "frames that waited are as old as they are"
    assert await page.evaluate("wrong") == []


async def test_without_a_collector_the_page_works_and_says_little(site: Site, browser: Browser) -> None:
    page = await opened(browser, site.page("call", module="", scripts="<script>window.said = 0</script>"))
    await page.add_script_tag(path="src/callmon/server/static/callmon.js")
    await page.evaluate("callmon.start({ url: 'http://127.0.0.1:9', interval: 500 })")
    await page.evaluate("kinds => connect(kinds)", AUDIO)
    await page.evaluate("callmon.attach(null); callmon.attach({}); callmon.telnyx({}); callmon.start(7)")
    await asyncio.sleep(2)
    assert await page.evaluate("sides.b.connectionState") == "connected"
    assert await page.evaluate("wrong") == []


async def test_calls_of_the_telnyx_sdk(collector: Collector, site: Site, browser: Browser) -> None:
    page = await opened(browser, site.page("call", script(collector)))
    frame: dict[str, Any] = {
        "jitter": 0.004,
        "rtt": 0.052,
        "mos": 4.37,
        "quality": "excellent",
        "inboundAudio": {
            "id": "I",
            "type": "inbound-rtp",
            "kind": "audio",
            "ssrc": 1,
            "packetsReceived": 100,
        },
    }
    await page.evaluate(
        """frame => {
            const heard = {};
            const client = {
                on: (name, work) => { heard[name] = work; },
                off: (name) => { delete heard[name]; },
            };
            window.heard = heard;
            callmon.telnyx({ id: "t1", session: client, options: { debug: true } }, { room: "support" });
            for (let n = 0; n < 3; n++) {
                heard["telnyx.stats.frame"]({ ...frame, rtt: n ? 0.052 : Infinity });
            }
            heard["telnyx.warning"]({ warning: { code: 31002, name: "HIGH_JITTER", message: "m" }, callId: "t1" });
            heard["telnyx.warning"]({ warning: { code: 31001, name: "HIGH_RTT", message: "m" }, callId: "other" });
        }""",
        frame,
    )
    calls = await collector.until(lambda calls: calls["t1"]["metrics"]["rtt_ms"] is not None)
    assert (calls["t1"]["provider"], calls["t1"]["room"]) == ("telnyx", "support")
    state = {"type": "callUpdate", "call": {"id": "t1", "state": "hangup", "cause": "NORMAL_CLEARING"}}
    await page.evaluate(
        "state => { state.call.session = state; heard['telnyx.notification'](state); }", state
    )
    await collector.until(lambda calls: calls["t1"]["state"] == "ended")
    assert await page.evaluate("Object.keys(heard)") == []
    assert "HIGH_RTT" not in json.dumps(await collector.calls())


VOICE = """() => {
    class Emitter {
        constructor(mine) { this.heard = {}; Object.assign(this, mine); }
        on(name, work) { this.heard[name] = work; }
        off(name) { delete this.heard[name]; }
        removeListener(name) { this.off(name); }
    }
    const client = new Emitter(), call = new Emitter({parameters: {CallSid: "CA1"}});
    callmon.telnyx({id: "t1", session: client});
    client.heard["telnyx.stats.frame"]({rtt: 0.02, inboundAudio: {}});
    callmon.twilio(call);
    call.heard.sample({rtt: 20, packetsLostFraction: 0, timestamp: Date.now()});
}"""


async def test_calls_of_the_voice_sdks_end_with_their_page(
    collector: Collector, site: Site, browser: Browser
) -> None:
    page = await opened(browser, site.page("call", script(collector)))
    await page.evaluate(VOICE)
    await collector.until(lambda calls: {calls[id]["state"] for id in ("t1", "CA1")} == {"live"})
    await page.goto("about:blank")
    calls = await collector.until(lambda calls: {calls[id]["state"] for id in ("t1", "CA1")} == {"ended"}, 10)
    assert {call["summary"]["end_reason"] for call in calls.values()} == {"page closed"}
