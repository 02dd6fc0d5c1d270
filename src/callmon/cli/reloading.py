"""Taking another configuration over while callmon runs: what can be, and what waits for the next start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from callmon.config.settings import Config

if TYPE_CHECKING:
    from callmon.cli.wire import Watch


class Reloading:
    """Judges the calls of a watch by the rules of the newest configuration; what files held is judged already."""

    def __init__(self, watch: Watch | None, config: Config | None) -> None:
        """Begin with what callmon was started with; ``watch`` is None where nothing more is judged."""
        self._watch = watch
        self._began = config or Config()

    def __call__(self, config: Config) -> list[str]:
        """Take a configuration over; return the parts of it that only another start can use."""
        rules = config.rule_sets()[config.engine.rules]
        if self._watch is not None and rules != self._watch.monitor.engine.rules:
            self._watch.monitor.judge_by(rules)
        return list(self._waiting(config))

    def _waiting(self, config: Config) -> Iterator[str]:
        """Return the sections that differ from those that callmon began with."""
        before = self._began
        if (config.source, config.provider) != (before.source, before.provider):
            yield "sources"
        if self._watch is None and _rules(config) != _rules(before):
            yield "rules"
        if config.engine.model_copy(update={"rules": ""}) != before.engine.model_copy(update={"rules": ""}):
            yield "engine"
        for name in ("listen", "callstats", "tape", "record"):
            if getattr(config, name) != getattr(before, name):
                yield name
        for name in ("fps", "mouse", "paint_hz"):
            if getattr(config.view, name) != getattr(before.view, name):
                yield f"view.{name}"


def _rules(config: Config) -> object:
    return config.rule_sets()[config.engine.rules]
