"""Lines of JSON from a Unix socket, and from standard input whatever it is."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from callmon.sources.web import Patience
from tests.sources.conftest import Subscribe
from tests.sources.intake import until

ROOT = Path(__file__).parents[2]


async def test_a_unix_socket(tmp_path: Path, subscribe: Subscribe) -> None:
    path = str(tmp_path / "feed.sock")
    notebook = subscribe(path)
    await until(lambda: notebook.health.state == "unreachable")
    assert notebook.lines[0].startswith(f"feed: {path} cannot be reached: no such file or directory")

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'{"n": 1}\n{"n": 2}')
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    await until(lambda: len(notebook.frames) >= 4)
    server.close()
    assert notebook.bodies[:2] == [{"n": 1}, {"n": 2}]
    assert notebook.health.gaps >= 1


async def test_a_pipe(subscribe: Subscribe) -> None:
    read, write = os.pipe()
    notebook = subscribe("-", "webrtc", stdin=read)
    os.write(write, b'{"n": 1}\nno JSON\n{"n"')
    await until(lambda: len(notebook.frames) == 1)
    assert notebook.health.state == "ok"
    os.write(write, b": 2}\n" + b'{"n": 3}')
    await until(lambda: len(notebook.frames) == 2)
    os.close(write)
    await until(lambda: notebook.health.state == "closed")
    os.close(read)
    assert notebook.bodies == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert (notebook.health.detail, notebook.health.rejected) == ("end of input", 1)
    assert (notebook.health.first_reason or "").startswith("line 2: not JSON")
    assert notebook.frames[0].source == "feed"


async def test_a_file(tmp_path: Path, subscribe: Subscribe) -> None:
    path = tmp_path / "frames.jsonl"
    path.write_text("".join(f'{{"n": {n}}}\n' for n in range(30_000)))
    with path.open("rb") as file:
        notebook = subscribe("-", stdin=file.fileno())
        await until(lambda: notebook.health.state == "closed")
    assert len(notebook.frames) == 30_000


async def test_a_huge_line_is_skipped(subscribe: Subscribe) -> None:
    read, write = os.pipe()
    notebook = subscribe("-", stdin=read, patience=Patience(longest=1000))

    def fill() -> None:
        os.write(write, b"1\n")
        for _ in range(100):
            os.write(write, b"x" * 4096)
        os.write(write, b"\n2\n")
        os.close(write)

    thread = threading.Thread(target=fill)
    thread.start()
    await until(lambda: notebook.health.state == "closed")
    thread.join()
    os.close(read)
    assert (notebook.bodies, notebook.health.first_reason) == ([1, 2], "line 2: longer than 1000 bytes")


@pytest.mark.parametrize("now", [2000.0, 1_000_000.0, None])
async def test_a_frame_has_the_time_at_which_it_was_taken(subscribe: Subscribe, now: float | None) -> None:
    read, write = os.pipe()
    notebook = subscribe("-", stdin=read)
    sent = b"null" if now is None else str(now).encode()
    os.write(write, b'{"t": 1000.0, "now": ' + sent + b"}\n")
    os.close(write)
    await until(lambda: notebook.health.state == "closed")
    os.close(read)
    age = (notebook.health.last_success_at or 0) - notebook.frames[0].at
    assert age == pytest.approx({2000.0: 1.0, 1_000_000.0: 999.0, None: 0.0}[now], abs=0.5)


LEAVING = """
import asyncio
from callmon.sources.feed import Feed
from callmon.sources.socket import Subscriber
from tests.sources.intake import Notebook, until

async def main():
    notebook = Notebook()
    task = asyncio.create_task(Subscriber(Feed("feed", "-", "webrtc")).run(notebook))
    await until(lambda: notebook.frames)
    task.cancel()

asyncio.run(main())
print("left")
"""


def test_a_silent_input_does_not_keep_anybody_from_leaving() -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", LEAVING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    assert run.stdin is not None
    run.stdin.write("1\n")
    run.stdin.flush()
    try:
        assert run.wait(20) == 0
    finally:
        run.kill()
        said, _ = run.communicate()
    assert said == "left\n"
