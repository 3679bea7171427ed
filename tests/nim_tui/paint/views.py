"""Heaps to paint: strategies and a few fixed ones."""

from __future__ import annotations

from hypothesis import strategies as st

from nim_tui.paint import DUSK, OKABE, PAPER, Depth, Glyphs, HeapView, Look, Returned, Side

_SIDES: tuple[Side, Side] = ("you", "opp")
SIDES: st.SearchStrategy[Side] = st.sampled_from(_SIDES)
LOOKS = st.builds(
    Look,
    palette=st.sampled_from((DUSK, PAPER, OKABE)),
    depth=st.sampled_from(list(Depth)),
    glyphs=st.sampled_from(list(Glyphs)),
)
# Heap widgets of the four layouts, label row included: width, height.
SIZES = {"50x16": (16, 12), "80x24": (26, 17), "120x40": (27, 24), "200x60": (50, 38)}


@st.composite
def views(draw: st.DrawFn, largest: int = 20) -> HeapView:
    """Any heap at any moment, also between two frames of a move."""
    start = draw(st.integers(1, largest))
    count = draw(st.integers(0, start))
    ended = draw(st.booleans())
    back = st.none() | st.builds(Returned, by=SIDES, move=st.integers(1, 60), last=st.booleans())
    returned = tuple(draw(back) if index >= count else None for index in range(start))
    return HeapView(
        start,
        count,
        chosen=draw(st.integers(0, count)),
        chosen_by=draw(SIDES),
        ghosts=draw(st.integers(0, start - count)),
        ghosts_by=draw(SIDES),
        hover=draw(st.integers(0, count)),
        hover_by=draw(SIDES),
        hint=draw(st.integers(0, count)),
        returned=returned if ended else (),
        cheer=draw(st.none() | SIDES) if ended else None,
        slide=draw(st.floats(0, 2)),
        colour=draw(st.floats(0, 1)),
        fade=draw(st.floats(0, 1)),
    )


def board(by: Side = "you") -> tuple[HeapView, HeapView, HeapView]:
    """The middle of a game from 5, 4, 5: two chosen, three left, two just taken."""
    other: Side = "opp" if by == "you" else "you"
    return (
        HeapView(5, 5, chosen=2, chosen_by=by),
        HeapView(4, 3, hover=1, hover_by=by),
        HeapView(5, 2, ghosts=2, ghosts_by=other),
    )
