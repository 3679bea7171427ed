"""What it costs to paint a board: warm, in the midst of a move, and for the first time.

The bounds are those of a repaint that nobody notices: 8 ms at 80x24, 25 ms at 200x60.
"""

from __future__ import annotations

import sys
from functools import partial

from nim_tui.paint import HeapView, Look, fit_heap, paint_heap, runs
from tests.benchmarks.measure import median_ms, report

# Of one heap, label row included: width, height, and the bound for all three in ms.
_SIZES = {"80x24": (26, 17, 8.0), "200x60": (50, 38, 25.0)}
_STARTS = (5, 4, 5)


def paint(size: str, first: HeapView) -> int:
    """Paint the three heaps and join their cells, as the widgets do; return the pieces."""
    width, height, _ = _SIZES[size]
    views = (first, HeapView(4, 3), HeapView(5, 2, ghosts=2))
    pieces = 0
    for heap, view in enumerate(views, 1):
        fit = fit_heap(width, height, _STARTS[heap - 1], largest=5, heap=heap)
        for row in paint_heap(view, fit, Look()):
            pieces += sum(1 for _ in runs(row))
    return pieces


def move(size: str, frames: list[HeapView]) -> None:
    """Paint one frame after the other of stones that are taken."""
    for frame in frames:
        paint(size, frame)


def main() -> int:
    """Print the medians; 1 when a repaint is over its bound."""
    values: dict[str, float] = {}
    still = HeapView(5, 5, chosen=2)
    frames = [HeapView(5, 5, chosen=2, slide=1 + i / 12, fade=i / 12) for i in range(13)]
    for size in _SIZES:
        values[f"{size} repaint"] = median_ms(partial(paint, size, still))
        values[f"{size} in motion"] = median_ms(partial(move, size, frames)) / len(frames)
    report(values)
    over = [
        f"{name} {values[f'{name} repaint']:.1f} ms, bound {bound:.0f}"
        for name, (_, _, bound) in _SIZES.items()
        if values[f"{name} repaint"] > bound
    ]
    for line in over:
        print(f"Too slow: {line}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
