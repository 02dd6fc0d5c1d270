"""What every test gets: directories of its own, and a firm word about programs that are not here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.commands import Run

STRICT = os.environ.get("CALLMON_CI") == "1"

# How long examples take to be made says something about the machine only.
hypothesis.settings.register_profile(
    "callmon",
    deadline=None,
    derandomize=STRICT,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("callmon")


@pytest.fixture(autouse=True, scope="session")
def own_directories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the config, state and data of whoever runs the tests out of the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        for name in [key for key in os.environ if key.startswith("CALLMON_")]:
            if name not in ("CALLMON_CI", "CALLMON_SNAP"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def need() -> Callable[[str, str], str]:
    """The path of a program that a test drives: ``need("tmux", "tmux")``, program then Debian package."""

    def find(program: str, package: str) -> str:
        path = shutil.which(program)
        if path is None:
            pytest.skip(f"{program} is not installed; to run this test here: apt-get install {package}")
        return path

    return find


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CALLMON_CI=1 an end-to-end test that would skip has failed."""
    report = yield
    if STRICT and report.skipped and not hasattr(report, "wasxfail") and item.get_closest_marker("e2e"):
        report.outcome = "failed"
        report.longrepr = f"skipped where every end-to-end test must run: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Under CALLMON_CI=1 a file that skips itself as a whole has failed."""
    report = yield
    if STRICT and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped where every test must run: {_reason(report.longrepr)}"
    return report


def _reason(skip: object) -> str:
    return str(skip[2]) if isinstance(skip, tuple) else str(skip)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command as typed, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    from callmon.cli.main import main

    def typed(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in err and all(line.startswith("callmon: ") for line in err.splitlines())
        return code, out, err

    return typed
