"""Who could continue a callmon that stops: told by who began it."""

from __future__ import annotations

import os
import signal

import pytest

from callmon.tui import platform

pytestmark = pytest.mark.skipif(not hasattr(os, "getsid"), reason="there are no sessions here")

US = 70
HOST = {1: (0, 1, 1)}
"""A machine: process by parent, session and group; its init has a session of its own."""


@pytest.mark.parametrize(
    ("processes", "ignoring", "comes_back"),
    [
        ({**HOST, 50: (1, 50, 50), US: (50, 50, US)}, {50}, True),
        ({**HOST, 50: (1, 50, 50), 60: (50, 50, 60), US: (60, 50, 60)}, {50}, True),
        ({**HOST, 50: (1, 50, 50), US: (50, US, US)}, {50}, False),
        ({**HOST, US: (1, US, US)}, {1}, False),
        ({1: (0, 1, 1), US: (1, 1, US)}, {1}, True),
        ({1: (0, 1, 1), 60: (1, 1, 60), US: (60, 1, 60)}, {1}, True),
        ({1: (0, 1, 1), US: (1, 1, US)}, set(), False),
        ({1: (0, 1, 1), US: (1, 1, 1)}, set(), False),
        ({US: (0, US, US)}, set(), False),
    ],
    ids=[
        "by a shell",
        "by a script of a shell",
        "by ssh",
        "by an init",
        "by a container's shell",
        "by a script of a container's shell",
        "by a container's init",
        "by a container's script",
        "as a container",
    ],
)
def test_who_was_begun_by_a_shell_can_be_continued(
    processes: dict[int, tuple[int, int, int]],
    ignoring: set[int],
    comes_back: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getppid", lambda: processes[US][0])
    monkeypatch.setattr(os, "getsid", lambda pid: processes[pid or US][1])
    monkeypatch.setattr(os, "getpgrp", lambda: processes[US][2])
    monkeypatch.setattr(os, "getpgid", lambda pid: processes[pid][2])
    monkeypatch.setattr(platform, "_parent", lambda pid: processes[pid][0])
    monkeypatch.setattr(platform, "_stays", lambda pid: pid in ignoring)
    assert platform.comes_back() is comes_back


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the system does not say it there")
def test_a_process_that_ignores_the_key_that_stops_jobs_is_told_from_others() -> None:
    before = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    try:
        assert not platform._stays(os.getpid())
        signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        assert platform._stays(os.getpid())
    finally:
        signal.signal(signal.SIGTSTP, before)
    assert not platform._stays(2**31 - 1)
