"""The moves so far: number, player, what was taken, and the board after it."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from backend.domain.nim import Heaps
from nim_tui.matches import Match
from nim_tui.model.history import Step, complete, steps
from nim_tui.text import game as game_text
from nim_tui.theme.themes import look_of

HEAD = 3  # rows above the first move: the title, a blank, the start


class Moves(Widget):
    """The newest moves that fit; all of them while it is not shown."""

    can_focus = False

    def __init__(self) -> None:
        super().__init__(id="moves")
        self._match: Match | None = None

    def show(self, match: Match) -> None:
        """Show the moves of this match."""
        self._match = match
        self.refresh()

    def render(self) -> Content:
        if self._match is None:
            return Content()
        game = self._match.game
        played = steps(game)
        room = self.content_size.height - HEAD
        shown = played[-room:] if 0 < room < len(played) else played
        lines = [
            Content.assemble(("Moves", "$ink bold"), (f"  {len(played)}", "$muted")),
            Content(),
            Content.assemble((f"     {'start':<18}", "$muted"), *_heaps(game.start, "$muted")),
        ]
        for step in shown:
            if step.gap:
                lines.append(Content.styled("     a move is unknown", "$muted"))
            lines.append(self._line(self._match, step, newest=step is played[-1]))
        if not complete(game) and not any(step.gap for step in played):
            lines.append(Content.styled("     a move is unknown", "$muted"))
        return Content("\n").join(lines)

    def _line(self, match: Match, step: Step, *, newest: bool) -> Content:
        side = match.side(step.user)
        weight = "$ink bold" if newest else "$ink"
        return Content.assemble(
            (f"{step.number:>2} ", "$muted"),
            (look_of(self.app).marks.of(side), f"${side}"),
            (f" {game_text.took(step):<18}", weight),
            *_heaps(step.after, weight if newest else "$muted"),
        )


def _heaps(heaps: Heaps | None, style: str) -> list[tuple[str, str]]:
    return [(f"{count:>3}", style) for count in heaps] if heaps else []
