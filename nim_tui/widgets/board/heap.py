"""One heap: its painted cells, its label, and the mouse."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from nim_tui.paint import Depth, HeapFit, HeapView, Look, Rows, fit_heap, paint_heap, put
from nim_tui.theme.themes import look_of
from nim_tui.widgets.scene import changed_regions, strips

KEYS = "abc"


class Heap(Widget):
    """A heap of objects.

    Attributes:
        number: 1 to 3.
        count: objects left in the game, even while a motion still shows more.
        chosen: how many of them are chosen to be taken.
        open: whether the person here may choose now; then the pointer lights objects up.
        keyed: whether it can be chosen at all; then it has a key before its label, and takes focus.

    """

    can_focus = True
    DEFAULT_CSS = "Heap { height: 1fr; width: 1fr; }"

    @dataclass
    class ObjectsPicked(Message):
        """A click on the `count`-th object from the top; None beside the objects."""

        heap: int
        count: int | None

    def __init__(self, heap: int, *, keyed: bool = True) -> None:
        super().__init__(id=f"heap{heap}")
        self.number = heap
        self.keyed = self.can_focus = keyed
        self._largest = 1
        self._view = HeapView(0, 0)
        self._moving: HeapView | None = None
        self._hover = 0
        self.open = False
        self._made_for: tuple[object, ...] | None = None
        self._rows: Rows = []
        self._strips: list[Strip] = []

    @property
    def count(self) -> int:
        return self._view.count

    @property
    def chosen(self) -> int:
        return self._view.chosen

    def show(
        self, view: HeapView, *, largest: int, open_: bool, moment: HeapView | None = None
    ) -> None:
        """Show this heap; sizes follow `largest`, the largest start of the three heaps.

        `moment` is the first of a motion that leads there.
        """
        self._view, self._largest, self.open = view, largest, open_
        self._moving = moment
        self._hover = min(self._hover, view.count) if open_ else 0
        self._refresh_changes()

    def pass_through(self, view: HeapView) -> None:
        """Show a moment of a motion."""
        if view != self._moving:
            self._moving = view
            self._refresh_changes()

    def settle(self) -> None:
        """End the motion."""
        if self._moving is not None:
            self._moving = None
            self._refresh_changes()

    # -- painting --------------------------------------------------------------------------------

    @property
    def fit(self) -> HeapFit:
        """The place of every object."""
        return fit_heap(
            self.size.width,
            self.size.height,
            self._view.start,
            largest=self._largest,
            heap=self.number,
        )

    def _refresh_changes(self) -> None:
        """Repaint only the cells that change: most of a heap stays as it is in a move."""
        if not self.is_attached or not self.size or self.size.height != len(self._rows):
            self.refresh()
            return
        before = self._rows
        self._repaint()
        if changed := changed_regions(before, self._rows):
            self.refresh(*changed)

    def _repaint(self) -> None:
        """Paint again if anything has changed that the painting depends on."""
        view = self._moving or replace(self._view, hover=self._hover)
        wanted = (view, self._view, self.size, look_of(self.app), self.has_focus)
        if wanted != self._made_for:
            self._rows = self._paint(view)
            self._strips = strips(self._rows)
            self._made_for = wanted

    def render_line(self, y: int) -> Strip:
        self._repaint()
        if y >= len(self._strips):
            return Strip.blank(self.size.width, self.visual_style.rich_style)
        ground = self.visual_style.rich_style
        return self._strips[y].adjust_cell_length(self.size.width, ground).apply_style(ground)

    def _paint(self, view: HeapView) -> Rows:
        look, fit = look_of(self.app), self.fit
        rows = paint_heap(view, fit, look)
        if fit.label is not None:
            key = KEYS[self.number - 1] if self.keyed else ""
            _put_label(rows, fit, look, self.number, self._view, key, focused=self.has_focus)
        return rows

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # -- the mouse -------------------------------------------------------------------------------

    def _under(self, event: events.MouseEvent) -> int:
        """How many objects a click here would choose; 0 beside the objects."""
        place = event.get_content_offset(self)
        index = None if place is None else self.fit.object_at(place.x, place.y)
        return self.count - index if index is not None and index < self.count else 0

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._light(self._under(event) if self.open else 0)

    def on_leave(self) -> None:
        self._light(0)

    def _light(self, hover: int) -> None:
        if hover != self._hover:
            self._hover = hover
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.ObjectsPicked(self.number, self._under(event) or None))


def _put_label(
    rows: Rows, fit: HeapFit, look: Look, heap: int, view: HeapView, key: str, *, focused: bool
) -> None:
    """The key cap, the number of the heap, how many are left, and how many would be."""
    key = f" {key} " if key else ""
    lead = len(key) + 1 if key else 0
    after = f" {look.marks.arrow} {view.count - view.chosen}" if view.chosen else ""
    name = f"heap {heap}  "
    if lead + len(name) + len(f"{view.count}{after}") > fit.width:
        name = ""
    bare = look.depth is Depth.NONE
    side = view.chosen_by
    cap, ink = "key", look.ink_on("key")
    words, number = look.colour("muted"), look.colour("text")
    if view.chosen:
        cap, ink = side, look.ink_on(side)
        words = number = look.colour(side)
    y = fit.label or 0
    x = fit.centred(lead + len(name) + len(f"{view.count}{after}"))
    put(rows, x, y, key, ink, look.colour(cap), bold=True, reverse=bare)
    if focused and not view.chosen:  # the fill of a choice also shows the focus
        put(rows, x - 1, y, look.marks.focus, look.colour(view.hover_by), bold=True)
    x += lead
    put(rows, x, y, name, words, bold=bool(view.chosen))
    put(rows, x + len(name), y, f"{view.count}{after}", number, bold=True)
