from __future__ import annotations

import pytest
from rich.cells import cell_len

from callmon.engine.quality import Levels
from callmon.tui.spark import GAP, Scale, spark

LOSS = Scale(0, 10, Levels(1, 3))
MOS = Scale(1, 4.5, Levels(3.5, 3.0, high_is_good=True))


def text(values: list[float | None], scale: Scale = LOSS, charts: str = "braille") -> str:
    return "".join(part for part, _ in spark(values, scale, charts))


def test_a_gap_is_a_gap_and_zero_is_not() -> None:
    assert text([0.0, 0.0, None, None, 0.0, 0.0]) == "⣀" + GAP + "⣀"


def test_half_a_cell_can_be_a_gap() -> None:
    assert text([0.5, None]) == "⡀"


def test_beyond_a_limit_the_characters_change_and_not_only_the_colour() -> None:
    dotted, solid = text([0.9, 0.9]), text([1.2, 1.2])
    assert 0x2800 < ord(dotted) <= 0x28FF
    assert solid in "▁▂▃▄▅▆▇"
    assert [role for _, role in spark([0.5, 0.5, 2.0, 2.0, 5.0, 5.0], LOSS)] == ["spark", "fair", "poor"]


def test_a_spike_is_not_lost_beside_a_good_value() -> None:
    assert spark([0.0, 9.0], LOSS)[0][1] == "poor"
    assert spark([4.4, 2.0], MOS)[0][1] == "poor"


def test_what_is_off_the_scale_is_at_its_end() -> None:
    assert text([50.0, 50.0]) == "▇"
    assert text([-1.0, -1.0]) == "⣀"


def test_neighbours_of_one_role_are_one_span() -> None:
    assert len(spark([0.1] * 40, LOSS)) == 1


@pytest.mark.parametrize("charts", ["braille", "block", "ascii"])
def test_every_set_of_characters_is_as_wide_as_its_cells(charts: str) -> None:
    values: list[float | None] = [None, 0.1, 0.9, 1.5, 3.5, 12.0, None, None]
    found = text(values, LOSS, charts)
    assert cell_len(found) == 4
    assert charts != "ascii" or found.isascii()
