"""Taking another configuration over while callmon runs: what can be, and what waits for the next start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from callmon.config.settings import Config

if TYPE_CHECKING:
    from callmon.cli.roster import Roster
    from callmon.cli.wire import Watch


class Reloading:
    """Judges the calls of a watch by the rules of the newest configuration; what files held is judged already."""

    def __init__(self, watch: Watch | None, config: Config | None, roster: Roster | None = None) -> None:
        """Begin with what callmon was started with; ``watch`` is None where nothing more is judged.

        ``roster`` runs the feeds of the configuration, where those are what is looked at.
        """
        self._watch = watch
        self._roster = roster
        self._began = config or Config()

    def __call__(self, config: Config) -> list[str]:
        """Take a configuration over; return the parts of it that only another start can use."""
        rules = config.rule_sets()[config.engine.rules]
        if self._watch is not None and rules != self._watch.monitor.engine.rules:
            self._watch.monitor.judge_by(rules)
        if self._roster is not None:
            self._roster.take(config.source)
        return list(self._waiting(config))

    def _waiting(self, config: Config) -> Iterator[str]:
        """Return the sections that differ from those that callmon began with, as they are written."""
        before = self._began
        if self._roster is None and config.source != before.source:
            yield "[[source]]"
        if config.provider != before.provider:
            yield "[[provider]]"
        if self._watch is None and _rules(config) != _rules(before):
            yield "[rules]"
        if config.engine.model_copy(update={"rules": ""}) != before.engine.model_copy(update={"rules": ""}):
            yield "[engine]"
        for name in ("listen", "callstats", "tape", "record"):
            if getattr(config, name) != getattr(before, name):
                yield f"[{name}]"
        for name in ("fps", "mouse", "paint_hz"):
            if getattr(config.view, name) != getattr(before.view, name):
                yield f"view.{name}"


def _rules(config: Config) -> object:
    return config.rule_sets()[config.engine.rules]
