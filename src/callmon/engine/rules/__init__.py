"""What is looked for in every call, in the order in which it is asked."""

from __future__ import annotations

from callmon.engine.rules import audio, network, setup, video
from callmon.engine.rules.rule import Rule

RULES: tuple[Rule, ...] = (*setup.RULES, *network.RULES, *audio.RULES, *video.RULES)
"""All rules; a rule is added to the list of its subject."""
