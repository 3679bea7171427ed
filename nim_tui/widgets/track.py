"""All moves of a finished game as a strip, `●─◆─●`, with their verdicts; one is the current."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.geometry import Size
from textual.message import Message

from nim_tui.model.analysis import Judgement, Stop
from nim_tui.paint import Depth, Look, Rows, Side, blank, put
from nim_tui.widgets.scene import Painted

WIDEST, NARROWEST = 7, 4
"""The most and the fewest columns from move to move; the width decides."""


@dataclass(frozen=True, slots=True)
class TrackFit:
    """Where moves are drawn: `count` from `first` on, `pitch` columns each, after `left`."""

    first: int
    count: int
    pitch: int
    left: int

    def at(self, x: int) -> int | None:
        """The index of the move in a column."""
        index = (x - self.left) // self.pitch
        return self.first + index if 0 <= index < self.count else None

    def middle(self, index: int) -> int:
        """The column of a move's mark."""
        return self.left + (index - self.first) * self.pitch + self.pitch // 2


def fit_track(count: int, now: int, width: int, narrowest: int = NARROWEST) -> TrackFit:
    """Fit the moves into `width` columns; if there are too many, those around `now`."""
    pitch = max(narrowest, min(WIDEST, width // max(1, count)))
    shown = min(count, max(1, width // pitch))
    first = max(0, min(count - shown, now - shown // 2))
    return TrackFit(first, shown, pitch, max(0, (width - shown * pitch) // 2))


class Track(Painted):
    """Three rows: numbers, marks of the players, verdicts.

    In two rows only the current move has its number, on the line; in a single row number and
    verdict are side by side.
    """

    DEFAULT_CSS = "Track { height: 3; width: 1fr; pointer: pointer; }"

    @dataclass
    class MovePicked(Message):
        """Somebody clicked the move with this index."""

        index: int

    def __init__(self, side_of: Callable[[str], Side], *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._side_of = side_of
        self._stops: Sequence[Stop] = ()
        self._now = 0

    def show(self, stops: Sequence[Stop], now: int) -> None:
        """Show these moves; the one with index `now` is filled."""
        self._stops, self._now = stops, now
        self.paint_again()

    def _shown(self, size: Size) -> TrackFit:
        narrowest = NARROWEST + (size.height == 1 and len(self._stops) > 9)
        return fit_track(len(self._stops), self._now, size.width, narrowest)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = self._shown(self.size).at(event.x)
        if index is not None:
            self.post_message(self.MovePicked(index))

    def paint(self, size: Size, look: Look) -> Rows:
        rows = blank(size.width, size.height, look.colour("bg"))
        if not self._stops:
            return rows
        shown = self._shown(size)
        if size.height > 1:
            self._line(rows, shown, look)
        for index in range(shown.first, shown.first + shown.count):
            if size.height > 1:
                self._column(rows, shown, index, look)
            else:
                self._one(rows, shown, index, look)
        return rows

    def _line(self, rows: Rows, shown: TrackFit, look: Look) -> None:
        """The line through all marks; it reaches the edge on a side where there are more moves."""
        last = shown.first + shown.count
        start = 0 if shown.first else shown.middle(shown.first)
        end = len(rows[0]) if last < len(self._stops) else shown.middle(last - 1)
        text = ("-" if look.ascii else "─") * (end - start)
        put(rows, start, len(rows) - 2, text, look.colour("line"))

    def _column(self, rows: Rows, shown: TrackFit, index: int, look: Look) -> None:
        """One move: its number, the mark of its player on the line, its verdict."""
        stop, x, line = self._stops[index], shown.middle(index), len(rows) - 2
        side = self._side_of(stop.step.user)
        if stop.step.gap:
            put(rows, x - shown.pitch // 2 - 1, line, " ? ", look.colour("muted"))
        mark, number = look.marks.of(side), str(stop.step.number)
        put(rows, x, line, mark, look.colour(side), bold=True)
        if index == self._now:
            width = shown.pitch - (shown.pitch > NARROWEST)
            width += 1 - width % 2
            text = number if line else f"{mark}{number}"
            ink, bare = look.ink_on(side), look.depth is Depth.NONE
            fill = look.colour(side)
            left = x - width // 2
            put(rows, left, 0, f"{text:^{width}}", ink, fill, bold=True, reverse=bare)
        elif line:
            put(rows, x - (len(number) - 1) // 2, 0, number, look.colour("muted"))
        text, tone = worth(stop, look)
        if stop.decisive:
            _fill(rows, x - 1, line + 1, f" {text} ", look, tone)
        else:
            put(rows, x, line + 1, text, look.colour(tone), bold=True)

    def _one(self, rows: Rows, shown: TrackFit, index: int, look: Look) -> None:
        stop, x = self._stops[index], shown.left + (index - shown.first) * shown.pitch
        side = self._side_of(stop.step.user)
        mark, tone = worth(stop, look)
        number = f"{stop.step.number:>{shown.pitch - 3}}"
        if index == self._now:
            bare = look.depth is Depth.NONE
            ink, fill = look.ink_on(side), look.colour(side)
            put(rows, x, 0, f" {number}{mark} ", ink, fill, bold=True, reverse=bare)
            return
        put(rows, x + 1, 0, number, look.colour(side))
        put(rows, x + 1 + len(number), 0, mark, look.colour(tone), bold=True)


def worth(stop: Stop, look: Look) -> tuple[str, str]:
    """The mark of a move's verdict, and the token of its colour."""
    if stop.verdict is None:
        return "?", "muted"
    marks = look.marks
    return {
        Judgement.GOOD: (marks.good, "good"),
        Judgement.SLIP: (marks.bad, "bad"),
        Judgement.LOST: (marks.already_lost, "muted"),
    }[stop.verdict.judgement]


def _fill(rows: Rows, x: int, y: int, text: str, look: Look, tone: str) -> None:
    """Words on a fill in a colour that is not a player's."""
    bare = look.depth is Depth.NONE
    put(rows, x, y, text, look.colour("bg"), look.colour(tone), bold=True, reverse=bare)
