"""From a key to the paint that it causes, with 1000 calls in the table; then the same over a link of 20 kB/s.

Printed is also what the screen takes of the processor, and what of it also on a page on which nothing moves
(the log), what it writes to the terminal, and how long one turn of the event loop takes the processor at most:
these do not depend on who else is on the machine. The ratio is that of the medians to the same keys in a bare
table of Textual, pressed before and after.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Hashable
from pathlib import Path

import pyte

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.terminal import Terminal, Took, bare, say  # noqa: E402

SIZE = (160, 48)


def cursor(screen: pyte.Screen) -> Hashable:
    """Return in which lines the cursor stands."""
    return tuple(y for y in range(screen.lines) if screen.buffer[y][0].data == "▌")


def table(options: argparse.Namespace, base: Took, told: str) -> None:
    """Press keys in the table, and let it stand."""
    name = f"the table of {options.calls} calls"
    with Terminal.watched(["demo", "--calls", str(options.calls)], told, options.warm, SIZE) as screen:
        screen.read(options.warm)
        moves = [b"j" if n % 40 < 20 else b"k" for n in range(options.keys)]
        say(name, screen.keys(moves, cursor), base)
        shares, wrote = [0.0, 0.0], 0.0
        for _ in range(3):  # in turn: a demo does not cost the same at all times
            for page, key in enumerate("L\x1b"):
                screen.press(key, 2.0)
                before = screen.wrote
                shares[page] += screen.screen_share(options.seconds / 3) / 3
                wrote += (screen.wrote - before) / options.seconds if page else 0.0
        print(
            f"{name}: the screen takes {100 * shares[1]:.1f} % of a core, {100 * shares[0]:.1f} of them also on the "
            f"log's page (collecting garbage above all); {wrote / 1000:.1f} kB/s written; "
            f"longest turn of the loop {1e3 * screen.told_now().longest:.1f} ms"
        )
        screen.press("p", 3.0)
        _, octets = screen.cost(4.0)
        print(f"{name}, frozen: {octets:.0f} bytes a second written", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=300)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm", type=float, default=60.0, help="seconds until the demo has caught up")
    options = parser.parse_args()
    base = bare(options.keys, SIZE)
    say("bare table of 1000 rows", base, None)
    with tempfile.TemporaryDirectory() as folder:
        told = f"{folder}/told"
        Path(told).touch()
        table(options, base, told)
        with Terminal.watched(["demo", "--calls", str(options.calls)], told, 0.0, SIZE, 20_000.0) as screen:
            screen.read(options.warm)
            moves = [b"j" if n % 40 < 20 else b"k" for n in range(options.keys // 4)]
            say("the same at 20 kB/s", screen.keys(moves, cursor, 0.2), base)
    say("bare table, once more", bare(options.keys, SIZE), base)


if __name__ == "__main__":
    main()
