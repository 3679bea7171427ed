"""What the lines of the review say: words in colours, from a table and one of its moves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from backend.domain.game import Game
from backend.domain.nim import Board, Heaps
from nim_tui.matches import Match
from nim_tui.model.analysis import Judgement, Stop
from nim_tui.model.history import complete, steps
from nim_tui.paint import Look, Marks, Side
from nim_tui.screens.board import captions
from nim_tui.text import game as game_text
from nim_tui.text import review as review_text
from nim_tui.text.review import Sentence
from nim_tui.widgets.board.lines import pill
from nim_tui.widgets.keys import Hint
from nim_tui.widgets.track import worth

_GAP = "   "


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a board is won or lost: its heaps, whose chance it is, and the sentences."""

    heaps: Heaps
    side: Side
    said: tuple[Sentence, ...]

    @property
    def sentence(self) -> str:
        """The one sentence that decides here."""
        deciding = next((one for one in self.said if str(one) == review_text.MISERE), None)
        turning = self.said[0].strong.startswith("One heap") if self.said else False
        if turning and deciding:
            return str(deciding)
        return str(self.said[0]) if self.said else ""


def notes(said: Sequence[Sentence], side: Side, between: str = "\n\n") -> Content:
    """A paragraph for each sentence; the first begins in the colour of whose chance it is."""
    paragraphs = []
    for number, one in enumerate(said):
        strong = f"${side} bold" if number == 0 else "$ink bold"
        rest = one.after.replace(", leaves", ",\nleaves")
        paragraphs.append(
            Content.assemble((one.before, "$muted"), (one.strong, strong), (rest, "$muted"))
        )
    return Content(between).join(paragraphs)


def explain(table: Match, game: Game, stop: Stop | None) -> Explained:
    """The board after a move; of a game without moves, the board as it was."""
    heaps = stop.after if stop and stop.after else game.start
    last = stop.step.user if stop else game.user1
    mover = game.opponent_of(last)
    said = review_text.standing(Board(heaps, game.rule), mover, table.viewer, last)
    if stop and stop.before and stop.verdict:
        said = [*said, *review_text.better(Board(stop.before, game.rule), stop.verdict.better)]
    return Explained(heaps, table.side(mover), tuple(said))


def place(table: Match, marks: Marks) -> Content:
    """Where we are: `nim › bob › review`."""
    return Content.assemble(
        captions.place(table, marks), (f"  {marks.place}  ", "$line"), ("review", "$ink")
    )


def head(table: Match, game: Game, stop: Stop | None, marks: Marks, *, bare: bool) -> Content:
    """`Move 3 of 8` on the fill of keys, and what the move was, in its mover's colour."""
    if stop is None:
        return Content.styled(review_text.NO_MOVES, "$muted")
    number = review_text.title(stop, len(steps(game)) if complete(game) else None)
    side = table.side(stop.step.user)
    return Content.assemble(
        pill(number, None, bare=bare),
        _GAP,
        (f"{marks.of(side)} {game_text.move(stop.step, table.viewer)}", f"${side} bold"),
    )


def verdict(table: Match, game: Game, stop: Stop | None, look: Look, width: int) -> Content:
    """The verdict, as long as fits into `width` columns, after its mark."""
    if stop is None:
        return Content()
    mark, tone = worth(stop, look)
    forms = review_text.verdict(stop, game, table.viewer)
    said = next((form for form in forms if cell_len(str(form)) + 2 <= width), forms[-1])
    return Content.assemble((f"{mark} {said.strong}", f"${tone} bold"), (said.after, "$ink"))


def legend(table: Match, game: Game, look: Look, *, lost: bool) -> Content:
    """What the marks of the strip mean."""
    marks = look.marks
    here = Content.assemble(
        (f" {marks.bad} ", "bold reverse" if look.depth == 0 else "$bg on $bad bold"),
        (" here it was lost" if lost else "", "$muted"),
    )
    users = sorted((game.user1, game.user2), key=lambda user: table.side(user) == "opp")
    who = Content(_GAP).join(
        Content.assemble(
            (marks.of(table.side(user)), f"${table.side(user)}"),
            (f" {game_text.inside(user, table.viewer)}", "$muted"),
        )
        for user in users
    )
    meanings = {
        Judgement.GOOD: (marks.good, "good"),
        Judgement.SLIP: (marks.bad, "bad"),
        Judgement.LOST: (marks.lost_anyway, "muted"),
    }
    what = Content(_GAP).join(
        Content.assemble((mark, f"${tone}"), (f" {judgement.value}", "$muted"))
        for judgement, (mark, tone) in meanings.items()
    )
    return Content("\n").join([here if lost else Content(), who, what])


def hints(*, lost: bool, table: bool) -> list[Hint]:
    """The line of keys. `lost` and `table` say whether their keys do anything here."""
    shown = [Hint("← →", "step", "screen.step(1)")]
    if table:
        shown.append(Hint("b", "binary", "screen.binary"))
    if lost:
        shown.append(Hint("d", "where lost", "screen.decisive"))
    shown += [
        Hint("r", "rematch", "screen.again"),
        Hint("esc", "back", "screen.leave"),
        Hint("home end", "first, last", "screen.first"),
        Hint("1–9", "go to move"),
    ]
    return [*shown, Hint("?", "help", "app.help")]
