"""A game as a row of the list: one line, two lines, or a short one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from rich.cells import cell_len
from textual.content import Content

from backend.domain.game import Game
from backend.domain.nim import HEAP_NUMBERS
from nim_tui.model.history import last_step
from nim_tui.model.lobby import invites
from nim_tui.paint import Look, thumbnails
from nim_tui.text import game as game_text
from nim_tui.text.sanitize import cut

StyledWords = tuple[str, str]
"""Words and their style, as `Content.assemble` takes them."""


# Not from strftime, which follows the locale: nothing else here does.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


FEWEST = 12
"""Columns that every list has for names; as many more as its longest name needs."""


BETWEEN = "not reverse on $bg"
"""The style of the line between two games: the highlight does not fill it."""


class Form(Enum):
    """How much of a game a row shows."""

    SHORT = "short"
    LINE = "line"
    TWO = "two"


@dataclass(frozen=True, slots=True)
class GameRows:
    """Makes rows: for a viewer, at a time, in a look, a form and a width in columns.

    `names` is how many columns the opponents' names have; `apart` adds a blank line below each row
    of two lines.
    """

    viewer: str
    now: datetime
    look: Look
    form: Form
    width: int
    names: int = FEWEST
    apart: bool = False

    def row(self, game: Game) -> Content:
        """The row of a game."""
        opponent = game_text.name(game.opponent_of(self.viewer))
        mine = game.turn == self.viewer
        bold = "$ink bold" if mine else "$ink"
        line = _RowBuilder([("  ", ""), self._mark(game), (" ", ""), (opponent, bold)])
        when = (self._when(game), "$ink" if mine else "$muted")
        limit = self._limit(game)
        if self.form is Form.SHORT:
            line.to(6 + self.names)
            line.add(*self._short_board(game))
            line.right(limit if limit and limit[0].startswith(("!", "o")) else when, self.width - 2)
            return line.content()
        line.to((5 if self.form is Form.LINE else 8) + self.names)
        line.add(*self._board(game))
        if self.form is Form.LINE:
            begins = 24 + self.names - (self.names > FEWEST)
            if game.state == "done" and self.names > FEWEST:
                begins -= 8  # an outcome is shorter than a board
            line.to(begins)
            room = self.width - 13 - max(9 if self.names == FEWEST else 0, cell_len(when[0]))
            line.add((_brief(what(game, self.viewer), room - begins), "$muted"))
            line.right(when, self.width - 12)
            line.right(limit or ("–" if game.state == "open" else "", "$muted"), self.width - 3)
            return line.content()
        line.right(when, self.width - 3)
        second = _RowBuilder([("    ", ""), (what(game, self.viewer), "$muted")])
        if limit:
            left = "" if limit[0] == "overdue" else " left"
            second.right((limit[0] + left, limit[1]), self.width - 3)
        lines = [line.content(), second.content()]
        if self.apart:
            lines.append(Content.styled(" " * self.width, BETWEEN))
        return Content("\n").join(lines)

    def heading(self, title: str, count: str, style: str, *, gap: bool) -> Content:
        """The heading of a group; `gap` adds a blank row above it."""
        line = Content.assemble("  ", (title, f"{style} bold"), (f"  {count}", "$muted"))
        return Content("\n").join([Content(""), line]) if gap else line

    def _mark(self, game: Game) -> StyledWords:
        marks = self.look.marks
        if game.state == "open":
            mine = game.turn == self.viewer
            return (marks.you, "$you") if mine else (marks.opp, "$opp")
        if game.winner is None:
            return (marks.already_lost, "$muted")
        return (marks.good, "$good") if game.winner == self.viewer else (marks.bad, "$bad")

    def _outcome(self, game: Game) -> StyledWords:
        if game.winner is None:
            return (game.ended_by or "over", "$muted") if game.ended_by != "decline" else _DECLINED
        return ("won", "$good") if game.winner == self.viewer else ("lost", "$bad")

    def _board(self, game: Game) -> list[StyledWords]:
        if game.state == "done":
            return [self._outcome(game)]
        styles = {"text": "$ink", "line": "$line"}
        texts = thumbnails(game.heaps, game.start, self.look)
        return [(text, styles[token]) for text, token in texts]

    def _short_board(self, game: Game) -> list[StyledWords]:
        if game.state == "done":
            return [self._outcome(game)]
        return [(" ".join(map(str, game.heaps)), "$ink")]

    def _when(self, game: Game) -> str:
        then = game.sort_time
        if then is None:
            return ""
        if game.state == "open" or self.now - then < timedelta(hours=12):
            return game_text.ago(then, self.now)
        return day(then, self.now)

    def _limit(self, game: Game) -> StyledWords | None:
        left = game_text.time_left(game.deadline, self.now)
        if not left:
            return None
        if left == "overdue" and game.turn != self.viewer:
            return ("claim it", "$good bold")
        near = game_text.urgent(game.deadline, self.now)
        return (left, "$bad bold" if near else "$muted")


_DECLINED: StyledWords = ("declined", "$muted")


def longest_name(games: Iterable[Game], viewer: str) -> int:
    """How many columns the names of these games' opponents need."""
    names = (game_text.name(game.opponent_of(viewer)) for game in games)
    return max(FEWEST, *map(cell_len, names), 0)


def day(then: datetime, now: datetime) -> str:
    """`today`, `yesterday`, `4 Nov`, with the year if it is not this one; in local time."""
    there, here = then.astimezone(), now.astimezone()
    days = (here.date() - there.date()).days
    if days <= 1:
        return "yesterday" if days == 1 else "today"
    month = MONTHS[there.month - 1]
    return f"{there.day} {month}" + (f" {there.year}" if there.year != here.year else "")


def what(game: Game, viewer: str) -> str:
    """The last thing that happened: `took 2 from heap 3`, `invites you`, `you resigned`."""
    if game.state == "done":
        return _ending(game, viewer)
    if game.heaps == game.start and not game.moves:
        return _invitation(game, viewer)
    who = "you " if game.last_move_by == viewer else ""
    step = last_step(game)
    if step is None:
        return f"{who}moved"
    if step.taken is None:
        return f"{who}left {step.left} in heap {step.heap}"
    return f"{who}took {game_text.took(step)}"


def _brief(happened: str, room: int) -> str:
    """What happened, with the heap's key for its number where there is little room."""
    for heap, key in zip(HEAP_NUMBERS, "abc", strict=True):
        if cell_len(happened) > room:
            happened = happened.replace(f" heap {heap}", f" {key}")
    return cut(happened, room)


def _invitation(game: Game, viewer: str) -> str:
    if game.rematch_of is None:
        return "invites you" if invites(game, viewer) else "you invited"
    if game.rematch_by == viewer:
        return "you want a rematch"
    return "wants a rematch" if game.rematch_by else "rematch"


def _ending(game: Game, viewer: str) -> str:
    if game.ended_by == "decline":
        if game.inviter == game.user2:
            return "rematch declined"
        what = "invitation" if game.rematch_of is None else "rematch"
        return "you declined" if game.user2 == viewer else f"declined your {what}"
    if game.ended_by in ("resign", "timeout") and game.winner is not None:
        who = "" if game.winner == viewer else "you "
        return f"{who}resigned" if game.ended_by == "resign" else f"{who}ran out of time"
    return f"{'you ' if game.last_move_by == viewer else ''}took the last one"


class _RowBuilder:
    """Builds a line of words that start or end at given columns."""

    def __init__(self, words: list[StyledWords]) -> None:
        self._words = list(words)
        self._at = sum(cell_len(text) for text, _ in words)

    def add(self, *words: StyledWords) -> None:
        self._words += words
        self._at += sum(cell_len(text) for text, _ in words)

    def to(self, column: int) -> None:
        self.add((" " * max(1, column - self._at), ""))

    def right(self, words: StyledWords, column: int) -> None:
        """Add words that end before `column`."""
        self.to(column - cell_len(words[0]))
        self.add(words)

    def content(self) -> Content:
        return Content.assemble(*self._words)
