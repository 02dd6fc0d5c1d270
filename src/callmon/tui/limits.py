"""The limits by which values are coloured and drawn."""

from __future__ import annotations

from collections.abc import Mapping

from callmon.engine.quality import Levels
from callmon.engine.rules.audio import MOS

USUAL: Mapping[str, Levels] = {"mos": MOS}
"""Limits of metrics that raise an issue even where the rule set has none for them."""


def limits(levels: Mapping[str, Levels]) -> Mapping[str, Levels]:
    """Return the limits of a rule set, and those that hold beside it."""
    return {**USUAL, **levels}
