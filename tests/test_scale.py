"""docs/scale.md is what its script makes of today's units."""

from __future__ import annotations

from tests import scale


def test_the_page_is_current() -> None:
    assert scale.PAGE.read_text(encoding="utf-8") == scale.page(), (
        "docs/scale.md is out of date: run python -m tests.scale"
    )


def test_more_habits_cost_more_and_meet_limits_sooner() -> None:
    usual, busy = scale.month(), scale.month(scale.Habits(games=80, board_minutes=600))
    assert sum(scale.bill(1, busy).values()) > sum(scale.bill(1, usual).values())
    usually = {quota: players for players, quota in scale.met_at(usual)}
    for players, quota in scale.met_at(busy):
        assert players <= usually[quota]
