"""The three heaps side by side, and the one clock that moves them."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.timer import Timer
from textual.widget import Widget

from backend.domain.nim import HEAP_NUMBERS
from nim_tui import paint
from nim_tui.widgets.board.heap import Heap
from nim_tui.widgets.board.motion import Phase, Views

FRAME = 1 / 30
CALM_FRAME = 1 / 12
"""Seconds for a frame of a motion, and for one that nobody has asked for: a demo runs all day."""

# Rows that the heaps want besides their stones: ground, reflection, label and some space.
EXTRA_ROWS = 6


class EqualWidths(Layout):
    """Heaps of equal width, their stones in the middle of the height.

    It knows their places with the first layout. Styles, set once the size is known, would need a
    second one, and all the stones would be painted twice.
    """

    name = "equal-widths"

    def __init__(self) -> None:
        self.largest = 1

    def arrange(
        self,
        parent: Widget,
        children: list[Widget],
        size: Size,
        greedy: bool = True,  # noqa: FBT001, FBT002 (Textual's)
    ) -> ArrangeResult:
        """Place the children side by side; the columns that remain are left to the alignment."""
        width, height = max(1, size.width // len(HEAP_NUMBERS)), size.height
        fit = paint.fit_heap(width, height, self.largest, largest=self.largest)
        stones = fit.size * self.largest if fit.layout is paint.Layout.CAIRN else height
        below = Spacing(bottom=max(0, (height - stones - EXTRA_ROWS) // 2))
        return [
            WidgetPlacement(
                Region(place * width, 0, width, height - below.bottom), NULL_OFFSET, below, child
            )
            for place, child in enumerate(children)
        ]


class HeapRow(Widget):
    """`#heap1` to `#heap3`, of equal width, so that all their stones have the same size."""

    can_focus = False
    DEFAULT_CSS = "HeapRow { width: 1fr; height: 1fr; overflow: hidden hidden; }"

    def __init__(self, *, keyed: bool = True) -> None:
        super().__init__(id="heaps")
        self._keyed = keyed
        self._phases: list[Phase] = []
        self._began = 0.0
        self._timer: Timer | None = None
        self._frame = 0.0
        self._layout = EqualWidths()

    def compose(self) -> ComposeResult:
        for number in HEAP_NUMBERS:
            yield Heap(number, keyed=self._keyed)

    @property
    def layout(self) -> Layout:
        return self._layout

    def on_mount(self) -> None:
        self._set_pace(FRAME)

    def _set_pace(self, frame: float) -> None:
        if frame != self._frame:
            self._frame = frame
            if self._timer:
                self._timer.stop()
            self._timer = self.set_interval(frame, self._step, pause=True)

    @property
    def heaps(self) -> list[Heap]:
        """The three, from the left."""
        return list(self.query(Heap))

    @property
    def moving(self) -> bool:
        """Whether a motion is being shown."""
        return bool(self._phases)

    def show(
        self,
        views: Views,
        *,
        largest: int,
        open_: bool,
        through: Sequence[Phase] = (),
        calm: bool = False,
    ) -> None:
        """Show the heaps; `through` is the motion on the way there, in fewer frames if `calm`.

        With the app's animations off, the end is shown at once.
        """
        if largest != self._layout.largest:
            self._layout.largest = largest
            self.refresh(layout=True)
        self._phases = list(through) if self._timer and self.app.animation_level != "none" else []
        moments = self._phases[0].at(0.0) if self._phases else (None,) * len(HEAP_NUMBERS)
        for heap, view, moment in zip(self.heaps, views, moments, strict=True):
            heap.show(view, largest=largest, open_=open_, moment=moment)
        if self._phases and self._timer:
            self._set_pace(CALM_FRAME if calm else FRAME)
            self._began = monotonic()
            self._timer.resume()

    def finish(self) -> None:
        """Skip to the end of the motion."""
        if not self._phases:
            return
        self._phases = []
        if self._timer:
            self._timer.pause()
        for heap in self.heaps:
            heap.settle()

    def _step(self) -> None:
        past = monotonic() - self._began
        for phase in self._phases:
            if past < phase.seconds:
                for heap, view in zip(self.heaps, phase.at(past / phase.seconds), strict=True):
                    heap.pass_through(view)
                return
            past -= phase.seconds
        self.finish()
