"""What is looked for in every call, in the order in which it is asked."""

from __future__ import annotations

from callmon.engine.rules import audio, network, room, setup, video
from callmon.engine.rules.rule import Rule

RULES: tuple[Rule, ...] = (*setup.RULES, *network.RULES, *audio.RULES, *video.RULES, *room.RULES)
"""All rules; a rule is added to the list of its subject."""


def rules_for(scope: str, kind: str | None = None, direction: str | None = None) -> tuple[Rule, ...]:
    """Return the rules of a scope; of the stream rules those for streams of this kind and direction."""
    return tuple(
        rule
        for rule in RULES
        if rule.scope == scope and rule.kind in (None, kind) and rule.direction in (None, direction)
    )
