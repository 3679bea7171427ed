"""The demo runs all day on a booth's screen: it needs no more memory after many games."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from functools import _lru_cache_wrapper

import pytest

import nim_tui.paint
from nim_tui.matches import demo
from nim_tui.screens.board.screen import BoardScreen
from tests.nim_tui.screens.stage import Stage, running

SIZE = (60, 16)


async def live_objects(stage: Stage, games: int) -> int:
    """How many objects are alive once so many games have been played."""

    def played() -> bool:
        game = stage.screen.game if isinstance(stage.screen, BoardScreen) else None
        return game is not None and int(game.game_id.partition("-")[2] or 0) >= games

    await stage.until(played)
    gc.collect()
    return len(gc.get_objects())


async def test_many_games_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "BETWEEN", 0.0)
    monkeypatch.setattr(demo, "AT_THE_END", 0.0)
    async with running(start="demo", size=SIZE) as stage:
        early = await live_objects(stage, 2)
        late = await live_objects(stage, 5)
        assert late - early < 750


def test_what_the_painter_keeps_is_bounded() -> None:
    found: dict[str, int | None] = {}
    for module in pkgutil.iter_modules(nim_tui.paint.__path__, "nim_tui.paint."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, _lru_cache_wrapper):
                found[f"{value.__module__}.{name}"] = value.cache_parameters()["maxsize"]
    assert found
    assert {name: size for name, size in found.items() if not size or size > 4096} == {}
