"""Many calls of every provider for a while, faster than real: memory must stay flat and quotas be kept.

    python benchmarks/soak.py --calls 500 --speed 20 --minutes 10

It talks to nobody but this machine, and stops by itself. ``--config`` only writes a configuration for a
terminal beside it, at the speed of real time: ``callmon --config FILE``.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.vendors import KEY, LASTS_S, SID, VENDORS, Lines  # noqa: E402
from callmon.cli import wire  # noqa: E402
from callmon.config.settings import Config  # noqa: E402
from callmon.engine.quality import RULE_SETS  # noqa: E402
from callmon.model.frames import Frame  # noqa: E402
from callmon.sources.rest.poller import Poller  # noqa: E402
from callmon.sources.source import Clock  # noqa: E402

PAGE = 4096
PUSH_S = 10.0
"""How often a callstats client says something, in the time of the calls."""

SLACK_PCT = 10.0
"""Memory may be this much more at the end than after the first minute, before it is said to grow."""


def resident_mb() -> float:
    """Memory of this process, in MB."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 1e6


def section(name: str, url: str) -> dict[str, Any]:
    """The section of a vendor."""
    found: dict[str, Any] = {"type": name, "base_url": url + VENDORS[name][2]}
    if VENDORS[name][1].startswith("Basic"):
        return {**found, "username": SID, "password": KEY}
    return {**found, "token": KEY}


def told(call: int, began: float, second: float) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a callstats client says of a call at a time of it."""
    said = {"localID": f"user-{call}", "deviceID": "d", "timestamp": began + second}
    fabric = {**said, "remoteID": "other", "connectionID": "c"}
    if second == 0:
        yield "join", {**said, "endpointInfo": {"type": "browser", "name": "Chrome", "version": "139"}}
        yield "events/fabric", {**fabric, "eventType": "fabricSetup", "delay": 400}
        return
    if second >= LASTS_S:
        yield "events/fabric", {**fabric, "eventType": "fabricTerminated"}
        yield "events/user/left", said
        return
    packets, ms = int(50 * second), 1000 * (began + second)
    rows = [
        {"id": "I", "type": "inbound-rtp", "kind": "audio", "ssrc": 1, "timestamp": ms, "jitter": 0.004,
         "packetsReceived": packets, "packetsLost": packets // 300, "bytesReceived": 160 * packets},
        {"id": "O", "type": "outbound-rtp", "kind": "audio", "ssrc": 2, "timestamp": ms, "packetsSent": packets,
         "bytesSent": 160 * packets},
    ]  # fmt: skip
    yield "stats", {**fabric, "stats": {"tracks": rows, "timestamp": ms}}


async def push(watch: wire.Watch, lines: Lines, clock: Clock) -> None:
    """Be the clients of callstats."""
    done: dict[int, float] = {}
    while True:
        now = clock.now()
        for call in lines.recent(now):
            await asyncio.sleep(0)
            second = done.get(call.id, 0.0)
            while call.began + second <= now and second <= LASTS_S:
                for tag, body in told(call.id, call.began, second):
                    about = {
                        "app": "1",
                        "call": f"conf-{call.id}",
                        "leg": f"{call.id}",
                        "user": f"user-{call.id}",
                    }
                    watch.monitor.take(Frame("callstats", call.began + second, tag, body, about, "callstats"))
                second += PUSH_S
            done[call.id] = second
        known = {call.id for call in lines.recent(now, 2)}
        done = {id: second for id, second in done.items() if id in known}
        await clock.sleep(PUSH_S / 4)


async def keep_time(watch: wire.Watch, clock: Clock) -> None:
    """Let time pass at its speed."""
    while True:
        watch.monitor.tick()
        await clock.sleep(1.0)


def pollers(watch: wire.Watch, urls: dict[str, str], clock: Clock) -> list[Poller]:
    """The sources as a configuration makes them, but for the clock."""
    config = Config.model_validate({"provider": [section(name, url) for name, url in urls.items()]})
    found = []
    for one in config.provider:
        provider = one.PROVIDER(one.settings())
        watched = wire.watched(watch, provider.name, ())
        poller = Poller(one.called, provider, wire.api_of(one, {}), one.limits(), watched, clock)
        watch.monitor.attach(one.called, provider, poller.ask)
        found.append(poller)
    return found


def line(watch: wire.Watch, real_s: float) -> None:
    """Print how it stands."""
    calls = watch.monitor.engine.calls.values()
    by = {
        name: sum(call.provider == name for call in calls)
        for name in sorted({call.provider for call in calls})
    }
    live = sum(not call.over for call in calls)
    print(f"{real_s:5.0f} s  {resident_mb():6.1f} MB  {live:5} live of {len(calls):5}  {by}", flush=True)


async def soak(
    calls: int, speed: float, minutes: float, vendors: subprocess.Popen[str], origin: float
) -> float:
    """Run it; return by how many percent the memory grew after the first minute."""
    assert vendors.stdout is not None
    urls = json.loads(vendors.stdout.readline())
    # A call that pretends to be from another day must not meet the engine's idea of the present.
    clock = Clock(
        now=lambda: origin + (time.time() - origin) * speed, sleep=lambda s: asyncio.sleep(s / speed)
    )
    watch = wire.watch(RULE_SETS["telnyx"], clock.now, keep_ended_s=Config().engine.keep_ended_s)
    lines = Lines(calls // 5, origin - LASTS_S)
    tasks = [asyncio.create_task(poller.run(watch.monitor)) for poller in pollers(watch, urls, clock)]
    tasks += [asyncio.create_task(push(watch, lines, clock)), asyncio.create_task(keep_time(watch, clock))]
    began, after_first = time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < minutes * 60:
        await asyncio.sleep(min(15.0, minutes * 60 - passed))
        line(watch, time.monotonic() - began)
        if not after_first and time.monotonic() - began >= min(60.0, minutes * 30):
            after_first = resident_mb()
        for task in tasks:
            if task.done():
                task.result()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    at_end = resident_mb()
    for one in watch.monitor.health:
        print(f"{one.name:13} {one.state:12} {one.quota_used} requests, {one.queued} waiting, "
              f"{one.rejected} rejected {one.first_reason or ''} {one.detail}")  # fmt: skip
    print(f"memory: {after_first:.1f} MB after the first minute, {at_end:.1f} MB at the end")
    return 100 * (at_end / after_first - 1)


def main() -> int:
    """Run the soak; the exit code says whether memory stayed flat and quotas were kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=100, help="calls at the same time, over all providers")
    parser.add_argument("--speed", type=float, default=20.0, help="times as fast as real time")
    parser.add_argument("--minutes", type=float, default=0.5, help="minutes that it lasts, at most 30")
    parser.add_argument(
        "--config", metavar="FILE", help="write a configuration over the vendors, and serve them"
    )
    for how in ("down", "limited"):
        parser.add_argument(f"--{how}", choices=sorted(VENDORS), action="append", default=[],
                            help=f"have this vendor be {how}")  # fmt: skip
    options = parser.parse_args()
    minutes, origin = min(30.0, options.minutes), time.time()
    speed = 1.0 if options.config else options.speed
    trouble = [*(f"down={it}" for it in options.down), *(f"limited={it}" for it in options.limited)]
    given = [options.calls // 5, origin, speed, origin, *trouble]
    command = [sys.executable, "-m", "benchmarks.vendors", *map(str, given)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as vendors:
        assert vendors.stdin is not None and vendors.stdout is not None
        if options.config:
            write_config(Path(options.config), json.loads(vendors.stdout.readline()))
            time.sleep(minutes * 60)
            return 0
        grew = asyncio.run(soak(options.calls, speed, minutes, vendors, origin))
        vendors.stdin.write("\n")
        vendors.stdin.flush()
        counts = json.loads(vendors.stdout.readline())
        vendors.stdin.close()
    broken = 0
    for name, it in counts.items():
        print(f"{name:13} {it}, {it['requests'] / minutes / 60 / speed:.2f} a second of {VENDORS[name][3]}")
        broken += it["violations"]
    print(f"memory grew by {grew:.1f} %, {broken} requests beyond what the vendors allow")
    return int(broken > 0 or grew > SLACK_PCT)


def write_config(file: Path, urls: dict[str, str]) -> None:
    """Write a configuration over the vendors."""
    parts = []
    for name, url in urls.items():
        parts.append(
            "[[provider]]\n" + "\n".join(f'{key} = "{it}"' for key, it in section(name, url).items())
        )
    file.write_text("\n\n".join(parts) + "\n", "utf-8")
    print(f"callmon --config {file}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
