"""Every sentence about a game, in one place: pure functions of (game, viewer, now).

`viewer` is the player at this terminal, who is called "you"; None where both players are here, or
neither. Names are cleaned and cut, but the texts are plain: show them through `Content`, never as
markup.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.domain.errors import GameOver, NimError, NotYourTurn, Stale
from backend.domain.game import Game
from backend.domain.nim import LEVELS, Board, Heaps, Level, Move, Rule
from backend.domain.opponents import Opponent
from nim_tui.model.board_options import Scores
from nim_tui.model.history import Step, complete, last_step, steps
from nim_tui.model.lobby import untouched
from nim_tui.text.sanitize import clean

COMPUTER = "The computer"
"""The computer's name in practice. No account can have it: it contains a space."""

URGENT = timedelta(hours=12)
"""Below this a deadline carries an exclamation mark."""

SENDING = "Your move is on its way. Wait for the answer."
GIVING_UP = (
    ("Resign this game?", "Resign"),
    ("Decline this invitation?", "Decline"),
)
"""The question before resigning, and before declining; each with the text of its yes pill."""
STARTING_AGAIN = ("Leave this game and start again?", "Start again")
"""The question before a game that has begun is abandoned, with the text of its yes pill."""
NOT_ARRIVED = "That move did not arrive. Press enter to try again."
NOT_DONE = "That did not arrive. Check the connection and try again."


def name(user: str) -> str:
    """A player's name as it may be shown: cleaned, and cut with … if no account could have it."""
    return clean(user)


def inside(user: str, viewer: str | None = None) -> str:
    """A name, or `you`, inside a sentence."""
    if user == viewer:
        return "you"
    return "the computer" if user == COMPUTER else name(user)


def subject(user: str, viewer: str | None) -> str:
    """`You`, or a name, at the start of a sentence."""
    return "You" if user == viewer else name(user)


def turn(game: Game, viewer: str | None) -> str:
    """Whose turn it is, or who won: `Your turn`, `bob's turn`, `You lost`, `Ana won`."""
    if game.turn is not None:
        return "Your turn" if game.turn == viewer else f"{name(game.turn)}'s turn"
    if game.winner is None:
        return "Declined" if game.ended_by == "decline" else "Game over"
    if viewer is None or not game.has_player(viewer):
        return f"{name(game.winner)} won"
    return "You won" if game.winner == viewer else "You lost"


def took(step: Step) -> str:
    """A move in a list: `2 from heap 3`; `heap 3 to 2` where a gap hides how many it took."""
    if step.taken is None:
        return f"heap {step.heap} to {step.left}"
    return f"{step.taken} from heap {step.heap}"


def last_move(game: Game, viewer: str | None) -> str:
    """`bob took 2 from heap 3`; before the first move who begins; empty if it is unknown."""
    step = last_step(game)
    if step is None:
        return "" if steps(game) or game.heaps != game.start else opening(game, viewer)
    return move(step, viewer)


def move(step: Step, viewer: str | None) -> str:
    """`bob took 2 from heap 3`; `bob left 2 in heap 3` where a gap hides how many it took."""
    return f"{subject(step.user, viewer)} {move_alone(step)}"


def move_alone(step: Step) -> str:
    """`took 2 from heap 3`, where a mark says who."""
    if step.taken is None:
        return f"left {step.left} in heap {step.heap}"
    return f"took {took(step)}"


def opening(game: Game, viewer: str | None) -> str:
    """The sentence before the first move."""
    if game.turn is None:
        return ""
    first = f"{'You move' if game.turn == viewer else name(game.turn) + ' moves'} first"
    if viewer is not None and game.has_player(viewer) and game.rematch_of is not None:
        return f"{rematch(game, viewer)}. {first}."
    if game.turn == viewer and game.opponent_of(viewer) != COMPUTER:
        return f"{name(game.opponent_of(viewer))} invited you. {first}."
    return first


def rematch(game: Game, viewer: str) -> str:
    """Who asked for a rematch: `ana wants a rematch`, `You asked ana for a rematch`."""
    other = game.opponent_of(viewer)
    if game.rematch_by == other:
        return f"{name(other)} wants a rematch"
    if game.rematch_by == viewer:
        return f"You asked {name(other)} for a rematch"
    return f"A rematch with {name(other)}"


def after_the_end(again: Game | None, viewer: str, *, won: bool = False) -> str:
    """What `r` does on a finished game; `again` is its rematch, where there is one."""
    if again is None:
        return "Well played. Rematch?" if won else "Rematch?"
    other = name(again.opponent_of(viewer))
    if again.state == "done":
        declined = "The rematch was declined. " if again.ended_by == "decline" else ""
        return f"{declined}Another game with {other}?"
    if untouched(again):
        return rematch(again, viewer)
    return "Your rematch has begun"


def last_move_ago(game: Game, now: datetime) -> str:
    """`4 min ago` or `just now`; empty if it is unknown."""
    step = last_step(game)
    if step is None or step.at is None:
        return ""
    past = ago(step.at, now)
    return past if past == "just now" else f"{past} ago"


def ago(then: datetime, now: datetime) -> str:
    """How long ago: `just now`, `4 min`, `2 h`, `3 d`."""
    past = now - then
    if past < timedelta(minutes=1):
        return "just now"
    return _short(past)


def time_left(deadline: datetime | None, now: datetime) -> str:
    """`2 d`; under twelve hours `! 9 h`; after the deadline `overdue`; empty without a limit."""
    if deadline is None:
        return ""
    left = deadline - now
    if left < timedelta(0):
        return "overdue"
    return f"! {_short(left)}" if left < URGENT else _short(left)


def urgent(deadline: datetime | None, now: datetime) -> bool:
    """Whether a deadline is near or past, so that it is shown in bold."""
    return deadline is not None and deadline - now < URGENT


def deadline(game: Game, now: datetime) -> str:
    """`2 d left`, `! 9 h left`, `overdue`; empty without a limit."""
    left = time_left(game.deadline, now)
    return f"{left} left" if left and left != "overdue" else left


def _short(span: timedelta) -> str:
    """A time span, rounded, in the largest unit that fits; in days from a day and a half."""
    minutes = max(1, round(span.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 36 else f"{round(hours / 24)} d"


def _long(span: timedelta) -> str:
    """The same, in whole words: `2 days`."""
    amount, unit = _short(span).split()
    whole = {"min": "minute", "h": "hour", "d": "day"}[unit]
    return f"{amount} {whole}{'' if amount == '1' else 's'}"


def rule(of: Rule) -> str:
    """What taking the last object means: `last object loses`."""
    return "last object loses" if of == "misere" else "last object wins"


def standing(opponent: Opponent) -> str:
    """The score between two people: `You lead 5 to 3`; empty before the first game is decided."""
    won, lost = opponent.won, opponent.lost
    if won == lost:
        return f"You are level, {won} to {lost}" if won else ""
    if won > lost:
        return f"You lead {won} to {lost}"
    return f"{name(opponent.username)} leads {lost} to {won}"


def score(level: Level, of: Scores) -> str:
    """`medium: 2 won, 1 lost`."""
    won, lost = of.of(level)
    return f"{level}: {won} won, {lost} lost"


def scores(of: Scores) -> str:
    """The score of each level that was played; empty before the end of the first game."""
    return "   ".join(score(level, of) for level in LEVELS if any(of.of(level)))


def selection(move: Move, count: int) -> str:
    """What enter would do: `Take 2 from heap 1, leaves 3`."""
    return f"Take {count - move.left} from heap {move.heap}, leaves {move.left}"


def hint(move: Move, board: Board) -> str:
    """The same for a hint: `Hint: take 2 from heap 1, leaves 3`; or that no move wins."""
    count = board.count(move.heap)
    if not board.winning:
        return f"No move wins. Take {count - move.left} from heap {move.heap}?"
    words = selection(move, count)
    return f"Hint: {words[:1].lower()}{words[1:]}"


def waiting(game: Game, now: datetime) -> str:
    """The sentence while it is the other player's turn."""
    other = game.turn or ""
    if other == COMPUTER:
        return f"{COMPUTER} is thinking"
    if game.deadline is None:
        return f"Waiting for {name(other)}. You can leave; the game is saved."
    if game.expired(now):
        return f"{name(other)} ran out of time. Claim the game?"
    left = _long(game.deadline - now)
    return f"{name(other)} has {left} left. You can leave; the game is saved."


def end(game: Game, viewer: str | None) -> str:
    """How a game ended: `bob took the last object. 8 moves in 3 days.`, `bob resigned.`."""
    if game.ended_by == "decline":
        if game.inviter == game.user2:
            return "The rematch was declined."
        what = "invitation" if game.rematch_of is None else "rematch"
        return f"{subject(game.user2, viewer)} declined the {what}."
    if game.ended_by == "resign" and game.winner is not None:
        return f"{subject(game.opponent_of(game.winner), viewer)} resigned."
    if game.ended_by == "timeout" and game.winner is not None:
        return f"{subject(game.opponent_of(game.winner), viewer)} ran out of time."
    sentence = f"{subject(game.last_move_by, viewer)} took the last object."
    return f"{sentence} {_length(game)}".rstrip()


def _length(game: Game) -> str:
    """`8 moves in 3 days.`; empty if moves are missing; without the days if they are unknown."""
    return f"{' in '.join(_extent(game))}." if complete(game) else ""


def _extent(game: Game) -> list[str]:
    """How many moves and, if it is known, how long they took."""
    count = len(steps(game))
    moves = f"{count} move{'' if count == 1 else 's'}"
    if game.created_at is None or game.ended_at is None:
        return [moves]
    return [moves, _long(max(timedelta(0), game.ended_at - game.created_at))]


def outcome(game: Game, viewer: str | None) -> str:
    """The result of a game in one line: `You won in 8 moves, 3 days`, `You won: bob resigned`."""
    won = turn(game, viewer)
    if game.ended_by in ("resign", "timeout") and game.winner is not None:
        how = end(game, viewer).rstrip(".")
        return f"{won}: {how[0].lower() + how[1:] if how.startswith('You ') else how}"
    if game.ended_by == "play" and complete(game):
        return f"{won} in {', '.join(_extent(game))}"
    return won


def not_your_turn(game: Game) -> str:
    """`It is bob's turn.`"""
    if game.turn is None:
        return "This game is over. Press r for a rematch."
    return f"It is {inside(game.turn)}'s turn."


def choose(heaps: Heaps) -> str:
    """What to do first, with the keys of the heaps that still have objects."""
    keys = [key for key, count in zip("abc", heaps, strict=True) if count]
    if len(keys) == 1:
        return f"Choose heap {keys[0]}"
    return f"Choose a heap: {', '.join(keys[:-1])} or {keys[-1]}"


def choose_first(heaps: Heaps) -> str:
    """The same, for somebody who has typed how many before from where."""
    return f"{choose(heaps).replace('a heap', 'a heap first')}."


def empty_heap(heap: int) -> str:
    """Why an empty heap can't be chosen."""
    return f"Heap {heap} is empty. Choose another one."


def too_many(heap: int, count: int) -> str:
    """Why that many objects can't be chosen."""
    return f"Heap {heap} has only {count} object{'' if count == 1 else 's'}."


def refusal(error: NimError, game: Game, viewer: str | None, *, move: bool = True) -> str:
    """Why a move, or another request, was refused, and what to do next.

    `game` is the board on the screen.
    """
    now = error.game or game
    if isinstance(error, Stale):
        moved = subject(now.last_move_by, viewer)
        where = " in another window" if moved == "You" else " first"
        return f"{moved} moved{where}. Here is the board now."
    if isinstance(error, NotYourTurn | GameOver):
        return not_your_turn(now)
    if lost(error):
        return NOT_ARRIVED if move else NOT_DONE
    return error.message


def left_behind(error: NimError, game: Game, viewer: str | None) -> str:
    """The same, for a notification after the person has left the board."""
    other = name(game.opponent_of(viewer or game.user1))
    if lost(error):
        return f"Your move against {other} did not arrive. Open the game and try again."
    return f"{other}: {refusal(error, game, viewer)}"


def lost(error: NimError) -> bool:
    """Whether the request may never have arrived, so that trying it again is right."""
    return error.code in ("unreachable", "unavailable")
