"""The command as people type it, over fakes of the providers: what it prints, and which requests that costs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.contract import fake as f
from tests.contract.fake import Fake
from tests.contract.fake_daily import AUTH as DAILY_AUTH
from tests.contract.fake_daily import Rest
from tests.contract.fake_telnyx import KEY as TELNYX_KEY
from tests.contract.fake_telnyx import telnyx
from tests.contract.fake_twilio_video import Insights as Rooms
from tests.contract.fake_twilio_video import participant, room
from tests.contract.fake_twilio_voice import AUTH, CALL, SECRET, SID, Insights, sdk, summary
from tests.schema import check_document

PASSWORD = 'password = {env = "TWILIO_PASSWORD"}'
VOICE = f'[[provider]]\ntype = "twilio-voice"\nusername = "{SID}"\n{PASSWORD}\n'
VIDEO = f'[[provider]]\ntype = "twilio-video"\nusername = "{SID}"\n{PASSWORD}\n'
DAILY = '[[provider]]\ntype = "daily"\ntoken = {env = "DAILY_TOKEN"}\n'
TELNYX = '[[provider]]\ntype = "telnyx"\ntoken = {env = "TELNYX_TOKEN"}\n'


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def comes_true(port: int, holds: Callable[[Any], bool]) -> None:
    """Return when something holds of the document that is served at a port."""
    async with asyncio.timeout(40), aiohttp.ClientSession() as client:
        while True:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with client.get(f"http://127.0.0.1:{port}/v1/calls") as answer:
                    if holds(await answer.json()):
                        return
            await asyncio.sleep(0.05)


async def callmon(
    home: Path, config: str, *words: str, stop_when: Awaitable[None] | None = None
) -> tuple[int, str, str]:
    """Run it, to its end or until ``stop_when``; return its exit code and what it said."""
    file = home / "callmon.toml"
    file.write_text(config, "utf-8")
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TWILIO_PASSWORD": SECRET,
           "DAILY_TOKEN": DAILY_AUTH.split()[1], "TELNYX_TOKEN": TELNYX_KEY}  # fmt: skip
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "callmon", *words, "--config", str(file),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=env,
    )  # fmt: skip
    try:
        if stop_when is not None:
            await stop_when
            running.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(running.communicate(), 60)
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    assert running.returncode is not None
    for secret in (SECRET, TELNYX_KEY):
        assert secret not in (out + err).decode()
    return running.returncode, out.decode(), err.decode()


def voice(fake: Fake, ago: float) -> Insights:
    """Twilio Voice with one call that is over, of a minute some seconds ago."""
    insights = Insights(fake)
    began = time.time() - ago
    insights.rows[CALL] = [sdk(CALL, began, n) for n in range(1, 60)]
    insights.summaries[CALL] = summary(CALL, began, 60, "complete")
    return insights


async def test_watch_asks_about_the_named_call_and_prints_it(tmp_path: Path) -> None:
    async with Fake(AUTH) as fake:
        config = VOICE + f'base_url = "{voice(fake, 7200.0).base_url}"\n'
        code, out, err = await callmon(tmp_path, config, "watch", CALL, "--json")
        document: dict[str, Any] = json.loads(out)
        assert (code, err) == (0, "")
        check_document(document)
        (call,) = document["calls"]
        assert (call["id"], call["provider"], call["state"]) == (CALL, "twilio-voice", "ended")
        (source,) = document["sources"]
        assert (source["source"], source["state"], source["quota_used"]) == ("twilio-voice", "ok", fake.count)
        assert all(CALL in path for path in fake.paths())


async def test_watch_says_what_is_wrong_on_one_line(tmp_path: Path) -> None:
    code, out, err = await callmon(tmp_path, "", "watch", CALL, "--json")
    assert (code, out) == (2, "")
    assert err == "callmon: no provider is configured: add a [[provider]] section (callmon config template)\n"
    async with Fake() as fake:
        fake.always(f.denied())
        config = DAILY + f'base_url = "{fake.url}/v1"\n'
        call = "00000001-0047-4b27-86c1-000000000001"
        code, out, err = await callmon(tmp_path, config, "watch", call, "--json")
        assert code == 3
        assert (
            err == f"callmon: daily: {fake.url}/v1 does not accept the token: replace it where it is kept\n"
        )
        assert fake.count == 1


async def test_watch_says_which_call_nobody_knows(tmp_path: Path) -> None:
    absent = f"CA{7:032x}"
    async with Fake(AUTH) as fake:
        config = VOICE + f'base_url = "{voice(fake, 7200.0).base_url}"\n'
        code, out, err = await callmon(tmp_path, config, "watch", CALL, absent, "--json")
        assert code == 2
        assert [call["id"] for call in json.loads(out)["calls"]] == [CALL]
        assert err.startswith(f"callmon: {absent}: no provider tells of it") and err.count("\n") == 1


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody listens, and nobody else can while a test goes on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


async def test_all_providers_at_once_with_one_down_and_one_limited(tmp_path: Path, nobody: str) -> None:
    async with Fake(AUTH) as calls, Fake(AUTH) as rooms, Fake(DAILY_AUTH) as daily, telnyx() as limited:
        limited.always(f.too_many("120"))
        insights, held, rest = voice(calls, 120.0), Rooms(rooms), Rest(daily)
        held.put(room(1), participant(1, 1), participant(2, 1))
        rest.hold(1, time.time() - 60)
        port = free_port()
        config = "\n".join(
            (
                f"[listen]\nport = {port}",
                VOICE + f'base_url = "{insights.base_url}"',
                VIDEO + f'base_url = "{held.base_url}"',
                DAILY + f'base_url = "{rest.base_url}"',
                DAILY + f'name = "daily-eu"\nbase_url = "{nobody}/v1"',
                TELNYX + f'base_url = "{limited.url}"',
            )
        )
        states = {
            "twilio-voice": "ok",
            "twilio-video": "ok",
            "daily": "ok",
            "daily-eu": "unreachable",
            "telnyx": "backing-off",
        }

        def all_there(document: Any) -> bool:
            providers = {call["provider"] for call in document["calls"]}
            found = {one["source"]: one["state"] for one in document["sources"]}
            return providers == {"twilio-voice", "twilio-video", "daily"} and found == states

        code, out, err = await callmon(tmp_path, config, "--json", stop_when=comes_true(port, all_there))
        document = json.loads(out)
        check_document(document)
        assert code == 0
        assert "daily-eu" in err and "cannot be reached" in err
        assert all_there(document)
        assert limited.count == 1
