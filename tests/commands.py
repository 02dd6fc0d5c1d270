"""Commands as somebody types them: what ``run`` of the tests of commands is."""

from __future__ import annotations

from collections.abc import Callable

Run = Callable[..., tuple[int, str, str]]
"""Runs a command as typed; returns the exit code, what it printed and what it said on stderr."""
