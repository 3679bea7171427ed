"""What the three heaps show of a game: at rest, and in each phase of a motion. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS, Heaps, Move
from nim_tui.model.history import Step, last_step, steps
from nim_tui.paint import HeapView, Returned, Side
from nim_tui.widgets.board.selection import Selection

Views = tuple[HeapView, HeapView, HeapView]
SideOf = Callable[[str], Side]

CHOOSING = 0.12
TAKING = 0.25
COLOURING = 0.2
SLIDING = 0.2
GOING = 0.2
RETURNING = 0.06
RETURNING_AT_MOST = 0.9


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of a motion: its length, and the heaps at `t` from 0 to 1 of it."""

    seconds: float
    at: Callable[[float], Views]


def still(
    game: Game,
    side_of: SideOf,
    choice: Selection | None = None,
    hint: Move | None = None,
    here: Side = "you",
    cheer: Side | None = None,
) -> Views:
    """The heaps of `game` at rest.

    `here` is the colour of the player at the keyboard, `cheer` that of a player whose win is
    celebrated.
    """
    step = last_step(game)
    over = game.state == "done"
    returned = takers(game, side_of) if over else ((), (), ())
    mover = game.turn or game.last_move_by

    def view(heap: int) -> HeapView:
        count = game.heaps[heap - 1]
        ghosts = step.taken if step and step.heap == heap and step.taken and not over else 0
        return HeapView(
            start=max(game.start[heap - 1], count),
            count=count,
            chosen=min(choice.count, count) if choice and choice.heap == heap else 0,
            chosen_by=side_of(mover),
            ghosts=ghosts,
            ghosts_by=side_of(game.last_move_by),
            hover_by=here,
            hint=count - hint.left if hint and hint.heap == heap else 0,
            returned=returned[heap - 1],
            cheer=cheer if over else None,
        )

    return _three(view)


def after(
    start: Heaps, heaps: Heaps, side: Side, heap: int | None = None, taken: int | None = None
) -> Views:
    """The heaps after a move of `side`, which took `taken` from `heap`, if that is known."""

    def view(number: int) -> HeapView:
        count = heaps[number - 1]
        gone = (taken or 0) if number == heap else 0
        begun = max(start[number - 1], count + gone)
        return HeapView(begun, count, chosen_by=side, ghosts=gone, ghosts_by=side)

    return _three(view)


def takers(game: Game, side_of: SideOf) -> tuple[tuple[Returned | None, ...], ...]:
    """For each heap, from the lowest object up: who took it, if that is known."""
    owners: list[list[Returned | None]] = [[None] * game.start[heap - 1] for heap in HEAP_NUMBERS]
    played = steps(game)
    for step in played:
        ends = game.ended_by == "play" and step is played[-1]
        for index in range(step.left, step.left + (step.taken or 0)):
            last = ends and index == step.left
            owners[step.heap - 1][index] = Returned(side_of(step.user), step.number, last=last)
    return tuple(map(tuple, owners))


def before_last(game: Game, side_of: SideOf) -> tuple[Views, Step] | None:
    """The heaps just before the newest move, and that move; None if it is unknown."""
    step = last_step(game)
    if step is None or not step.taken:
        return None
    heaps = list(game.heaps)
    heaps[step.heap - 1] += step.taken
    mover = side_of(step.user)

    def view(heap: int) -> HeapView:
        count = heaps[heap - 1]
        return HeapView(max(game.start[heap - 1], count), count, chosen_by=mover)

    return _three(view), step


def way(old: Game, new: Game, side_of: SideOf, *, own: bool) -> list[Phase]:
    """The motion between two boards: the newest move, and at the end the return of the stones.

    `own`: the move was made here, so that its stones have slid out already.
    """
    if new.game_id != old.game_id:
        return []
    phases: list[Phase] = []
    last = before_last(new, side_of)
    if last is not None and new.heaps != old.heaps:
        views, step = last
        motion = taking if own else other_taking
        phases += motion(views, step.heap, step.taken or 0)
    if new.state == "done" and old.state == "open":
        phases += returning(still(new, side_of))
    return phases


def choosing(views: Views, heap: int) -> list[Phase]:
    """The chosen stones slide out."""
    return [Phase(CHOOSING, lambda t: _with(views, heap, slide=_ease(t)))]


def taking(views: Views, heap: int, count: int) -> list[Phase]:
    """Stones that have slid out already slide on, and fade to outlines."""
    out = _with(views, heap, chosen=count, ghosts=0)
    return [Phase(TAKING, lambda t: _with(out, heap, slide=1 + t, fade=t))]


def other_taking(views: Views, heap: int, count: int) -> list[Phase]:
    """The opponent's move: the stones take the colour, slide out, and fade."""
    base = _with(views, heap, chosen=count, ghosts=0)
    return [
        Phase(COLOURING, lambda t: _with(base, heap, slide=0.0, colour=t)),
        Phase(SLIDING, lambda t: _with(base, heap, slide=_ease(t))),
        Phase(GOING, lambda t: _with(base, heap, slide=1 + t, fade=t)),
    ]


def returning(end: Views) -> list[Phase]:
    """At the end every object comes back, in the order in which they were taken."""
    back = [
        (taker.move, -index, heap)
        for heap, view in enumerate(end)
        for index, taker in enumerate(view.returned)
        if taker is not None
    ]
    order = sorted(back)
    if not order:
        return []
    place = {(heap, -index): at for at, (_, index, heap) in enumerate(order)}

    def at(t: float) -> Views:
        shown = t * len(order)
        one, two, three = (
            replace(
                view,
                cheer=None,
                returned=tuple(
                    taker if place.get((heap, index), len(order)) < shown else None
                    for index, taker in enumerate(view.returned)
                ),
            )
            for heap, view in enumerate(end)
        )
        return one, two, three

    return [Phase(min(RETURNING * len(order), RETURNING_AT_MOST), at)]


def counts(views: Views) -> Heaps:
    """The objects left."""
    one, two, three = (view.count for view in views)
    return one, two, three


def _three(view: Callable[[int], HeapView]) -> Views:
    one, two, three = map(view, HEAP_NUMBERS)
    return one, two, three


def _with(
    views: Views,
    heap: int,
    *,
    chosen: int | None = None,
    ghosts: int | None = None,
    slide: float | None = None,
    colour: float = 1.0,
    fade: float = 0.0,
) -> Views:
    """The same heaps, one of them changed."""
    old = views[heap - 1]
    new = replace(
        old,
        chosen=old.chosen if chosen is None else chosen,
        ghosts=old.ghosts if ghosts is None else ghosts,
        slide=old.slide if slide is None else slide,
        colour=colour,
        fade=fade,
    )
    one, two, three = (new if number == heap else views[number - 1] for number in HEAP_NUMBERS)
    return one, two, three


def _ease(t: float) -> float:
    """Fast at first, then slower, like a stone that was pushed."""
    return 1 - (1 - t) ** 3
