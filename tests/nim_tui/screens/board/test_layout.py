"""Which row what stands in, and that nothing jumps."""

from __future__ import annotations

import pytest
from textual.geometry import Region

from nim_tui.matches import HotseatMatch, LiveMatch
from nim_tui.paint import Layout
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.widgets.board.heap import Heap
from tests.nim_tui.screens.board.stage import FakeClient, Stage, at_board, clock, game, settled


def region(stage: Stage, name: str) -> Region:
    return stage.screen.query_one(f"#{name}").region


def live() -> LiveMatch:
    of = game((1, 4), (3, 3))
    return LiveMatch(FakeClient(of), of, now=clock)


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ((50, 16), {"turn": 0, "heap1": 1, "selection": 13, "last": 14, "keys": 15}),
        ((80, 24), {"turn": 0, "place": 0, "last": 2, "heap1": 4, "selection": 22, "keys": 23}),
        ((120, 40), {"place": 1, "turn": 3, "last": 5, "selection": 37, "keys": 39}),
    ],
)
async def test_each_line_has_its_row(size: tuple[int, int], rows: dict[str, int]) -> None:
    async with at_board(live(), size) as stage:
        assert {name: region(stage, name).y for name in rows} == rows


@pytest.mark.parametrize(
    ("size", "stone", "third"),
    [((50, 16), 2, 16), ((80, 24), 3, 26), ((120, 40), 4, 27), ((200, 60), 6, 50)],
)
async def test_stones_are_as_large_as_the_room_lets_them(
    size: tuple[int, int], stone: int, third: int
) -> None:
    async with at_board(live(), size) as stage:
        fits = [stage.heap(number).fit for number in (1, 2, 3)]
        assert {(fit.layout, fit.size, fit.width) for fit in fits} == {(Layout.CAIRN, stone, third)}
        assert len({fit.label for fit in fits}) == 1


NAMES = ("turn", "heap1", "heap2", "heap3", "news", "prompt", "keys")


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 40)])
async def test_nothing_jumps(size: tuple[int, int]) -> None:
    async with at_board(HotseatMatch(now=clock), size) as stage:
        before = {name: region(stage, name) for name in NAMES[1:]}
        row = region(stage, "turn").y
        for keys in ("a", "up", "9", "enter", "enter", "c", "5", "enter", "b", "4", "enter"):
            await stage.press(keys)
            assert {name: region(stage, name) for name in NAMES[1:]} == before, keys
            assert region(stage, "turn").y == row


@pytest.mark.parametrize("width", [109, 110])
async def test_the_moves_have_their_own_place_from_110_columns(width: int) -> None:
    async with at_board(live(), (width, 40)) as stage:
        assert stage.screen.query_one("#moves").display is (width == 110)
        assert "2 ◆ 2 from heap 3" in stage.says("moves"), "its text is there anyway"


async def test_a_growing_terminal_grows_the_stones() -> None:
    async with at_board(live(), (50, 16)) as stage:
        assert stage.heap(1).fit.size == 2
        await stage.pilot.resize_terminal(120, 40)
        await stage.until(lambda: stage.heap(1).fit.size == 4)
        await stage.pilot.resize_terminal(40, 10)
        await stage.until(lambda: not isinstance(stage.pilot.app.screen, BoardScreen))
        said = str(stage.pilot.app.screen.query_one("#too-small").render())
        assert said.startswith("Your turn  4 4 3")
        await stage.pilot.resize_terminal(80, 24)
        await stage.until(lambda: isinstance(stage.pilot.app.screen, BoardScreen))
        await stage.until(lambda: stage.heap(1).fit.size == 3)


@pytest.mark.parametrize("name", ["[/]", "[@click=app.quit]x[/]", "\x1b]0;x\x07b", "x" * 200])
@pytest.mark.parametrize("size", [(50, 16), (80, 24)])
async def test_hostile_names_are_drawn_harmlessly(name: str, size: tuple[int, int]) -> None:
    of = game((1, 4), (3, 3), user1=name)
    client = FakeClient(of)
    async with at_board(LiveMatch(client, of, now=clock), size) as stage:
        heaps = [region(stage, f"heap{number}") for number in (1, 2, 3)]
        await stage.press("a", "enter")
        await stage.until(lambda: "'s turn" in stage.says("turn"))
        await stage.press("a")
        assert stage.says("error").startswith("✗ It is ")
        shown = "".join(
            segment.text
            for widget in stage.screen.query("*")
            for y in range(widget.size.height)
            for segment in widget.render_line(y)
        )
        assert "\x1b" not in shown
        assert "x" * 21 not in shown
        assert [region(stage, f"heap{number}") for number in (1, 2, 3)] == heaps


async def test_the_heaps_keep_their_place_when_they_are_empty() -> None:
    async with at_board(HotseatMatch(heaps=(1, 0, 1), now=clock)) as stage:
        boxes = [heap.fit.boxes for heap in stage.screen.query(Heap)]
        await stage.press("a", "enter", "c", "enter")
        assert stage.says("turn") == "● Ana won"
        assert [heap.fit.boxes for heap in stage.screen.query(Heap)] == boxes


async def test_another_theme_is_worn_at_once() -> None:
    async with at_board(live()) as stage:
        before = [stage.heap(1).render_line(y) for y in range(17)]
        turn = stage.screen.query_one("#turn").render_line(0)
        stage.pilot.app.theme = "paper"
        await stage.pilot.pause()
        assert [stage.heap(1).render_line(y) for y in range(17)] != before
        assert stage.screen.query_one("#turn").render_line(0) != turn


@pytest.mark.parametrize("width", [50, 80])
async def test_a_sentence_is_never_cut_in_the_middle(width: int) -> None:
    of = game((1, 4), user1="marguerite12", days=3)
    async with at_board(LiveMatch(FakeClient(of), of, now=clock), (width, 24)) as stage:
        whole = "marguerite12 has 3 days left. You can leave; the game is saved."
        assert stage.says("selection") == (whole if width == 80 else whole.partition(" You")[0])
        place = region(stage, "selection")
        assert place.x >= 0
        assert place.right <= width
        await stage.pilot.resize_terminal(130 - width, 24)
        await settled(stage.pilot)
        assert stage.says("selection") == (whole if width == 50 else whole.partition(" You")[0])
