"""The mouse does what the keys do."""

from __future__ import annotations

import pytest
from textual.widget import Widget

from backend.domain.nim import Move
from nim_tui.matches import HotseatMatch
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.widgets.board.heap import Heap
from tests.nim_tui.screens.board.stage import NOW, Stage, at_board, clock
from tests.support import at_length


def spot(heap: Heap, index: int) -> tuple[int, int]:
    """The middle of an object."""
    box = heap.fit.boxes[index]
    return box.x + box.w // 2, box.y + box.h // 2


async def click(stage: Stage, number: int, offset: tuple[int, int]) -> None:
    assert await stage.pilot.click(f"#heap{number}", offset=offset)
    await stage.pilot.pause()


@pytest.mark.parametrize("size", [(50, 16), (80, 24), *at_length((120, 40), (200, 60))])
async def test_a_click_on_an_object_chooses_it_and_all_above_it(size: tuple[int, int]) -> None:
    async with at_board(HotseatMatch(now=clock), size) as stage:
        for index in range(5):
            await click(stage, 3, spot(stage.heap(3), index))
            assert stage.chosen == (0, 0, 5 - index)
        assert await stage.pilot.click("#take")
        await stage.until(lambda: stage.counts == (5, 4, 4))


async def test_twenty_objects_can_be_clicked_each() -> None:
    async with at_board(HotseatMatch(heaps=(20, 13, 17), now=clock)) as stage:
        await click(stage, 1, spot(stage.heap(1), 17))
        assert stage.chosen == (3, 0, 0)
        assert stage.says("selection") == "Take 3 from heap 1, leaves 17"


async def test_a_click_beside_the_objects_chooses_one_and_then_leaves_the_choice_alone() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        heap = stage.heap(2)
        label = (heap.size.width // 2, heap.fit.label or 0)
        await click(stage, 2, label)
        assert stage.chosen == (0, 1, 0)
        await click(stage, 2, spot(heap, 0))
        await click(stage, 2, label)
        assert stage.chosen == (0, 4, 0)


@pytest.mark.parametrize("index", [*at_length(2, 3), 4])
async def test_where_a_removed_stone_was_a_click_is_one_beside_the_objects(index: int) -> None:
    match = HotseatMatch(now=clock)
    match.take_over(match.game.after_move("Ana", Move(3, 2), NOW))
    async with at_board(match) as stage:
        heap = stage.heap(3)
        await stage.pilot.hover("#heap3", offset=spot(heap, index))
        await stage.pilot.pause()
        dark = [heap.render_line(y) for y in range(heap.size.height)]
        await stage.pilot.hover("#turn")
        await stage.pilot.pause()
        assert [heap.render_line(y) for y in range(heap.size.height)] == dark, "nothing lights up"
        await click(stage, 3, spot(heap, index))
        assert stage.chosen == (0, 0, 1)
        await click(stage, 3, spot(heap, 0))
        await click(stage, 3, spot(heap, index))
        assert stage.chosen == (0, 0, 2), "the choice is left alone"
        assert stage.says("selection") == "Take 2 from heap 3, leaves 0"


async def test_what_a_click_would_choose_lights_up_before() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        heap = stage.heap(1)
        dark = [heap.render_line(y) for y in range(heap.size.height)]
        await stage.pilot.hover("#heap1", offset=spot(heap, 2))
        await stage.pilot.pause()
        lit = [heap.render_line(y) for y in range(heap.size.height)]
        changed = [y for y, (one, two) in enumerate(zip(dark, lit, strict=True)) if one != two]
        top, under = heap.fit.boxes[4].y, heap.fit.boxes[1].y
        assert changed
        assert all(top <= y < under for y in changed)
        assert any("3" in lit[y].text for y in changed), "with the count"
        assert stage.chosen == (0, 0, 0)
        await stage.pilot.hover("#turn")
        await stage.pilot.pause()
        assert [heap.render_line(y) for y in range(heap.size.height)] == dark


async def test_every_id_can_be_clicked_at_80_by_24() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        for name in ("heap1", "heap2", "heap3", "turn", "selection", "take", "error"):
            assert await stage.pilot.click(f"#{name}"), name
        await stage.press("m")
        assert await stage.pilot.click("#moves")


async def test_the_card_of_moves_opens_and_closes() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:

        def is_open() -> bool:
            return stage.screen.query_one("#moves").display

        opened = []
        for key in ("m", "m", "m", "escape"):
            await stage.press(key)
            opened.append(is_open())
        assert opened == [True, False, True, False]
        assert isinstance(stage.pilot.app.screen, BoardScreen), "escape closed the card only"
        assert await stage.pilot.click("#last")
        await stage.until(is_open)


async def test_where_the_moves_have_their_place_m_leaves_them_there() -> None:
    async with at_board(HotseatMatch(now=clock), (120, 40)) as stage:
        moves = stage.screen.query_one("#moves")
        before = moves.region
        await stage.press("m")
        assert moves.region == before


async def test_only_heaps_and_take_take_the_focus() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        focusable = {widget.id for widget in stage.screen.query(Widget) if widget.can_focus}
        assert focusable == {"heap1", "heap2", "heap3", "take"}


async def test_the_line_of_keys_can_be_clicked() -> None:
    async with at_board(HotseatMatch(now=clock)) as stage:
        await stage.press("a", "up")
        line = str(stage.screen.query_one("#keys").render())
        assert await stage.pilot.click("#keys", offset=(line.index("esc") + 2, 0))
        await stage.pilot.pause()
        assert stage.chosen == (0, 0, 0)
