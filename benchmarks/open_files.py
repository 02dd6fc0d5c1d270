"""Opening files: speed as a ratio to decoding the JSON of the same bytes, and memory against the size of the file.

``open_files.py [MB]`` makes a dump of that many megabytes (default 200) out of a real call, over and over.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from callmon.cli import wire
from callmon.cli.opening import Files
from callmon.engine.engine import Engine
from callmon.engine.quality import RULE_SETS
from callmon.model.frames import Fetch, Frame, Rejected
from callmon.providers.webrtc import WebRTC
from callmon.sources.decoding import loads
from callmon.w3c.calls import Calls
from callmon.w3c.rtcstats import Rows

RECORDINGS = Path(__file__).parent.parent / "tests" / "recordings"
DUMP = RECORDINGS / "rtcstats" / "av_clean.gz"
CAPTURE = RECORDINGS / "av_clean-a.jsonl.gz"
MEGABYTE = 1_000_000


def chrome(size: int) -> Iterator[str]:
    """Return the lines of an rtcstats dump of about ``size`` bytes: the reports of a call, later and later."""
    first = gzip.decompress(DUMP.read_bytes()).decode().splitlines()
    begun = first.index(next(line for line in first if line.startswith('["getStats"')))
    yield from first[:begun]
    reports = [json.loads(line) for line in first[begun:] if line.startswith('["getStats"')]
    written, round_ms = 0, 1000.0 * len(reports)
    for number in range(size):
        for row in reports:
            line = json.dumps(later(row, number * round_ms, number), separators=(",", ":"))
            written += len(line)
            yield line
        if written >= size:
            return


def later(row: Any, ms: float, number: int) -> Any:
    """Return a row whose times are later and whose totals are higher, as if the call had gone on."""
    report = {
        id: {
            name: value + ms
            if name in ("timestamp", "lastPacketReceivedTimestamp", "remoteTimestamp")
            else value + 1000 * number
            if name.startswith(("packets", "bytes")) and isinstance(value, int)
            else value
            for name, value in entry.items()
        }
        for id, entry in row[2].items()
    }
    return [row[0], row[1], report, 1000.0]


def capture(size: int) -> Iterator[str]:
    """Return the lines of a getStats capture of about ``size`` bytes."""
    rows = [json.loads(line) for line in gzip.decompress(CAPTURE.read_bytes()).splitlines()]
    rows = [row for row in rows if row.get("stats")]
    written = 0
    for number in range(size):
        for row in rows:
            shift = number * 1000.0 * len(rows)
            report = {entry["id"]: entry for entry in row["stats"]}
            stats = list(later(["", "", report], shift, number)[2].values())
            line = json.dumps({"t": row["t"] + shift, "states": row["states"], "stats": stats})
            written += len(line)
            yield line
        if written >= size:
            return


def deltas(size: int) -> Iterator[str]:
    """Return the lines of a dump in which only what changed is told, as rtcstats-js writes it (without numbers)."""
    before: dict[str, Any] = {}
    for line in chrome(size * 4):
        row = json.loads(line) if line.startswith("[") else None
        if not isinstance(row, list) or row[0] != "getStats":
            yield line
            continue
        told: dict[str, Any] = {}
        newest = max(entry["timestamp"] for entry in row[2].values())
        for id, entry in row[2].items():
            old = before.get(id, {})
            changed = {
                name: value
                for name, value in entry.items()
                if name != "id" and old.get(name) != value and not name.startswith("[")
            }
            if changed.get("timestamp") == newest:
                del changed["timestamp"]
            if changed:
                told[id] = changed
        before = row[2]
        yield json.dumps([row[0], row[1], {**told, "t": newest}, row[3]], separators=(",", ":"))


def decode_all(path: Path, decode: Callable[[bytes], Any]) -> None:
    """Decode every line."""
    with path.open("rb") as file:
        for line in file:
            if line[:1] in b"[{":
                decode(line)


def alone(path: Path) -> None:
    """Decode, read and fold every line, and do nothing else."""
    engine, reader, rows = Engine(RULE_SETS["telnyx"]), WebRTC(), Rows("5.0", calls=Calls("x"))
    with path.open("rb") as file:
        for line in file:
            if line[:1] not in b"[{":
                continue
            value = loads(line)
            messages = [value] if isinstance(value, dict) else rows.read(value, 0.0)
            for message in messages:
                if "t" in message:
                    take(engine, reader, message)


def take(engine: Engine, reader: WebRTC, message: Any) -> None:
    """Read and fold one message."""
    frame = Frame("webrtc", message["t"] / 1000, "snapshot", message, {"call": "x"}, "x")
    events = [item for item in reader.read(frame) if not isinstance(item, Fetch | Rejected)]
    engine.fold(events, frame.at)


def opened(path: Path) -> None:
    """Open a file as the command does."""
    ends = [0.0]
    for _ in Files(wire.watch(RULE_SETS["telnyx"], lambda: ends[0]), {str(path): "x"}, ends).steps():
        pass


def cpu_s(work: Callable[..., None], *args: Any) -> float:
    """Return the CPU seconds that a piece of work takes."""
    began = time.process_time()
    work(*args)
    return time.process_time() - began


def memory_mb(path: Path) -> tuple[float, float]:
    """Return the most memory that opening takes in a process of its own, and what importing alone takes."""
    found = []
    for action in (f"b.opened(Path({str(path)!r}))", "None"):
        code = f"from benchmarks import open_files as b; from pathlib import Path; {action}; b.print_peak()"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        found.append(float(run.stdout))
    return found[0], found[1]


def print_peak() -> None:
    """Print the most memory that this process has taken, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # there getrusage also counts the process that started this one
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        print(int(line.split()[1]) * 1024 / MEGABYTE)
        return
    unit = 1 if sys.platform == "darwin" else 1024
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE)


def main() -> None:
    """Print the figures of each form."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    forms = (
        ("rtcstats, whole reports", chrome, size),
        ("rtcstats, differences", deltas, size // 8),
        ("getStats as lines", capture, size // 8),
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, lines, megabytes in forms:
            path = Path(folder) / "file"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines(megabytes * MEGABYTE))
            size_mb = path.stat().st_size / MEGABYTE
            plain = cpu_s(decode_all, path, json.loads)
            needed, whole = cpu_s(alone, path), cpu_s(opened, path)
            peak, base = memory_mb(path)
            print(
                f"{name}: {size_mb:.0f} MB at {size_mb / whole:.1f} MB/s = {plain / whole:.2f} x json.loads"
            )
            if loads is not json.loads:
                print(f"  {cpu_s(decode_all, path, loads) / whole:.2f} x orjson")
            print(f"  {whole / needed:.2f} x the time of decoding, reading and folding alone")
            print(f"  {peak:.0f} MB of memory, {base:.0f} MB of it before anything was opened")


if __name__ == "__main__":
    main()
