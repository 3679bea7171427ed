"""Every sentence about a game, in one place: pure functions of (game, viewer, now).

`viewer` is the player at this terminal, who is called "you"; None where both sit here, or nobody
does. Names come cleaned and cut, but the texts are plain: show them through `Content`, never as
markup.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backend.domain.errors import GameOver, NimError, NotYourTurn, Stale
from backend.domain.game import Game
from backend.domain.nim import LEVELS, Level, Move, Rule
from nim_tui.model.history import Step, complete, last_step, steps
from nim_tui.model.options import Scores
from nim_tui.text.sanitize import clean

COMPUTER = "The computer"
"""The computer's name in practice: with its space nobody can register it."""

NAME_WIDTH = 12
URGENT = timedelta(hours=12)
"""Below this a deadline carries an exclamation mark."""

CHOOSE = "Choose a heap: a, b or c"
CHOOSE_FIRST = "Choose a heap first: a, b or c."
SENDING = "Your move is on its way. Wait for the answer."
GIVING_UP = (
    ("Resign this game?", "Resign"),
    ("Decline this invitation?", "Decline"),
)
"""What is asked before resigning, and before declining; and what stands on the pill for yes."""
STARTING_AGAIN = ("Leave this game and start again?", "Start again")
"""What is asked before a game that has begun is thrown away; and what stands on the pill."""
NOT_ARRIVED = "That move did not arrive. Press enter to try again."
NOT_DONE = "That did not arrive. Check the connection and try again."


def name(user: str) -> str:
    """A player's name as it may be shown: cleaned, and cut with … at 12 cells."""
    return clean(user, width=NAME_WIDTH)


def inside(user: str, viewer: str | None = None) -> str:
    """A name, or `you`, that is not at the beginning of its sentence."""
    if user == viewer:
        return "you"
    return "the computer" if user == COMPUTER else name(user)


def subject(user: str, viewer: str | None) -> str:
    """`You`, or the name."""
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
    """What a move did, for a list: `2 from heap 3`; where a gap hides it `heap 3 to 2`."""
    if step.taken is None:
        return f"heap {step.heap} to {step.left}"
    return f"{step.taken} from heap {step.heap}"


def last_move(game: Game, viewer: str | None) -> str:
    """`bob took 2 from heap 3`, or `Nobody has moved yet`; empty where it is not known."""
    step = last_step(game)
    if step is None:
        return "" if steps(game) or game.heaps != game.start else opening(game, viewer)
    return move(step, viewer)


def move(step: Step, viewer: str | None) -> str:
    """`bob took 2 from heap 3`; where a gap hides how many, `bob left 2 in heap 3`."""
    if step.taken is None:
        return f"{subject(step.user, viewer)} left {step.left} in heap {step.heap}"
    return f"{subject(step.user, viewer)} took {took(step)}"


def opening(game: Game, viewer: str | None) -> str:
    """What is said before the first move."""
    if game.turn is None:
        return ""
    if game.turn == viewer and game.opponent_of(viewer) != COMPUTER:
        return f"{name(game.opponent_of(viewer))} invited you. You move first."
    return f"{'You move' if game.turn == viewer else name(game.turn) + ' moves'} first"


def last_move_ago(game: Game, now: datetime) -> str:
    """`4 min ago` or `just now`; empty where it is not known."""
    step = last_step(game)
    if step is None or step.at is None:
        return ""
    past = ago(step.at, now)
    return past if past == "just now" else f"{past} ago"


def ago(then: datetime, now: datetime) -> str:
    """How long since: `just now`, `4 min`, `2 h`, `3 d`."""
    past = now - then
    if past < timedelta(minutes=1):
        return "just now"
    return _short(past)


def time_left(deadline: datetime | None, now: datetime) -> str:
    """`2 d`, under twelve hours `! 9 h`, past it `overdue`; empty without a limit."""
    if deadline is None:
        return ""
    left = deadline - now
    if left < timedelta(0):
        return "overdue"
    return f"! {_short(left)}" if left < URGENT else _short(left)


def urgent(deadline: datetime | None, now: datetime) -> bool:
    """Whether a deadline is so near, or past, that it is shown in bold."""
    return deadline is not None and deadline - now < URGENT


def deadline(game: Game, now: datetime) -> str:
    """`2 d left`, `! 9 h left`, `overdue`; empty without a limit."""
    left = time_left(game.deadline, now)
    return f"{left} left" if left and left != "overdue" else left


def _short(span: timedelta) -> str:
    """A span in its largest fitting unit, rounded, days from a day and a half on."""
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
    """What the last object does: `last object loses`."""
    return "last object loses" if of == "misere" else "last object wins"


def score(level: Level, of: Scores) -> str:
    """`medium: 2 won, 1 lost`."""
    won, lost = of.of(level)
    return f"{level}: {won} won, {lost} lost"


def scores(of: Scores) -> str:
    """The same for each level that was played; empty before the first game has ended."""
    return "   ".join(score(level, of) for level in LEVELS if any(of.of(level)))


def selection(move: Move, count: int) -> str:
    """What enter would do: `Take 2 from heap 1, leaves 3`."""
    return f"Take {count - move.left} from heap {move.heap}, leaves {move.left}"


def hint(move: Move, count: int) -> str:
    """The same, proposed."""
    return f"Hint: take {count - move.left} from heap {move.heap}, leaves {move.left}"


def waiting(game: Game, now: datetime) -> str:
    """What is said while the other one is to move."""
    other = game.turn or ""
    if other == COMPUTER:
        return f"{COMPUTER} is thinking"
    if game.deadline is None:
        return f"Waiting for {name(other)}. You may leave: nothing is lost."
    if game.expired(now):
        return f"{name(other)} ran out of time. Claim the game?"
    left = _long(game.deadline - now)
    return f"{name(other)} has {left} left. You may leave: nothing is lost."


def end(game: Game, viewer: str | None) -> str:
    """How a game ended: `bob took the last object. 8 moves in 3 days.`, `bob resigned.`."""
    if game.ended_by == "decline":
        return f"{subject(game.user2, viewer)} declined the invitation."
    if game.ended_by == "resign" and game.winner is not None:
        return f"{subject(game.opponent_of(game.winner), viewer)} resigned."
    if game.ended_by == "timeout" and game.winner is not None:
        return f"{subject(game.opponent_of(game.winner), viewer)} ran out of time."
    sentence = f"{subject(game.last_move_by, viewer)} took the last object."
    return f"{sentence} {_length(game)}".rstrip()


def _length(game: Game) -> str:
    """`8 moves in 3 days.`; empty where moves are missing, without the days where unknown."""
    return f"{' in '.join(_extent(game))}." if complete(game) else ""


def _extent(game: Game) -> list[str]:
    """How many moves, and in how long where that is known."""
    count = len(steps(game))
    moves = f"{count} move{'' if count == 1 else 's'}"
    if game.created_at is None or game.ended_at is None:
        return [moves]
    return [moves, _long(max(timedelta(0), game.ended_at - game.created_at))]


def outcome(game: Game, viewer: str | None) -> str:
    """How a game came out, in one piece: `You won in 8 moves, 3 days`, `You won: bob resigned`."""
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


def empty_heap(heap: int) -> str:
    """Why an empty heap cannot be chosen."""
    return f"Heap {heap} is empty. Choose another one."


def too_many(heap: int, count: int) -> str:
    """Why so many cannot be chosen."""
    return f"Heap {heap} has only {count} object{'' if count == 1 else 's'}."


def refusal(error: NimError, game: Game, viewer: str | None, *, move: bool = True) -> str:
    """Why a move, or another request, was not done, and what to do next.

    `game` is the board as it is shown.
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
    """The same, said elsewhere, because the board has been left."""
    other = name(game.opponent_of(viewer or game.user1))
    if lost(error):
        return f"Your move against {other} did not arrive. Open the game and try again."
    return f"{other}: {refusal(error, game, viewer)}"


def lost(error: NimError) -> bool:
    """Whether the request may never have arrived, so that the same again is the right answer."""
    return error.code in ("unreachable", "unavailable")
