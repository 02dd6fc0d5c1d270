"""callmon.js by itself, in node: what it sends, keeps, drops and leaves alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path


def test_callmon_js(need: Callable[[str, str], str]) -> None:
    node = need("node", "nodejs")
    tests = Path(__file__).with_name("callmon.test.mjs")
    run = subprocess.run(
        [node, "--test", "--test-reporter=tap", str(tests)], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout
    assert "# fail 0" in run.stdout
    assert "# pass 0" not in run.stdout
