"""Where callmon's files are, by the XDG base directory specification."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def config_path(env: Mapping[str, str]) -> Path:
    """Return the configuration file: CALLMON_CONFIG, else config.toml under XDG_CONFIG_HOME."""
    named = env.get("CALLMON_CONFIG")
    return (
        Path(named).expanduser() if named else _directory(env, "XDG_CONFIG_HOME", ".config") / "config.toml"
    )


def state_directory(env: Mapping[str, str]) -> Path:
    """Return where the last view and the log are kept."""
    return _directory(env, "XDG_STATE_HOME", ".local/state")


def data_directory(env: Mapping[str, str]) -> Path:
    """Return where recordings are kept."""
    return _directory(env, "XDG_DATA_HOME", ".local/share")


def _directory(env: Mapping[str, str], name: str, default: str) -> Path:
    base = env.get(name, "")
    # The specification says that a relative path in these variables is to be ignored.
    root = Path(base) if base.startswith("/") else Path(env.get("HOME") or Path.home()) / default
    return root / "callmon"
