"""The board of the game under the highlight, and the list beside it, on a large terminal."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tests.nim_tui.fakes import FakeClient, make_game, some_games
from tests.nim_tui.screens.stage import Stage, at_games


def client() -> FakeClient:
    opened, done = some_games()
    return FakeClient(open_games=opened, done_games=done)


def beside(stage: Stage) -> str:
    """What the preview shows."""
    region = stage.screen.query_one("#preview").region
    rows = stage.picture.splitlines()[region.y : region.bottom]
    return "\n".join(row[region.x :] for row in rows)


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_a_finished_game_shows_who_took_what(size: tuple[int, int]) -> None:
    async with at_games(client(), size=size) as stage:
        await stage.until(lambda: "FINISHED" in stage.picture)
        await stage.press(*["down"] * 5)
        await stage.until(lambda: "bob took the last object." in beside(stage))
        shown = beside(stage)
        assert shown.count("●") == 9, "mine: all of heap 1, and four of heap 3"
        assert shown.count("◆") == 5
        assert shown.count("✕") == 1


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_it_names_heaps_without_keys_that_do_nothing(size: tuple[int, int]) -> None:
    async with at_games(client(), size=size) as stage:
        await stage.until(lambda: "heap 1  1" in beside(stage))
        assert " a " not in beside(stage)


def lines(stage: Stage) -> list[str]:
    """The lines of the list of games."""
    region = stage.screen.query_one("#games").region
    return [row[: region.right].strip() for row in stage.picture.splitlines()[region.y :]]


async def test_games_of_two_lines_are_apart_if_there_is_room() -> None:
    fake = client()
    async with at_games(fake, size=(120, 40)) as stage:
        await stage.until(lambda: "FINISHED" in stage.picture)
        first = next(y for y, line in enumerate(lines(stage)) if "tom" in line)
        assert "took" in lines(stage)[first + 1]
        assert lines(stage)[first + 2 : first + 4] == ["", lines(stage)[first + 3]]
        assert "marguerite" in lines(stage)[first + 3]
        fake.open_games = [make_game(f"player{n}", creator="ana") for n in range(14)]
        await stage.press("u")
        await stage.until(lambda: "player13" in stage.picture)
        at = next(y for y, line in enumerate(lines(stage)) if "player3" in line)
        assert "player4" in lines(stage)[at + 2]


async def test_the_highlight_does_not_fill_the_line_between_games() -> None:
    async with at_games(client(), size=(120, 40)) as stage:
        games = stage.screen.query_one("#games", OptionList)
        await stage.until(lambda: games.highlighted == 1)
        strips = stage.screen._compositor.render_strips()
        y = next(y for y, strip in enumerate(strips) if "tom" in strip.text)
        fills = [next(iter(strip.crop(4, 5))).style for strip in strips[y : y + 3]]
        grounds = [style.bgcolor for style in fills if style is not None]
        assert grounds[0] == grounds[1] != grounds[2]
