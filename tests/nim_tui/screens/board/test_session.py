"""A match at one board, without a terminal: what is chosen, what is sent, and what comes back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from backend.domain.errors import GameOver, IllegalMove, NotSignedIn, NotYourTurn, Stale
from backend.domain.game import Game
from backend.domain.nim import Move
from nim_tui.client.errors import Unreachable
from nim_tui.client.offline import Offline
from nim_tui.matches import HotseatMatch, LiveMatch, PracticeMatch
from nim_tui.screens.board import session as session_module
from nim_tui.screens.board.move_selection import PendingMove
from nim_tui.screens.board.prompt import MoveIntent, PillState, Prompt, prompt
from nim_tui.screens.board.session import BoardSession, Update
from nim_tui.text import game as game_text
from nim_tui.widgets.board.selection import Selection
from tests.nim_tui.screens.board.stage import NOW, FakeClient, clock, game, hidden_move


def seat(start: Game) -> BoardSession:
    """What alice has of a game with bob."""
    return BoardSession(LiveMatch(FakeClient(start), start, now=clock))


def sent(session: BoardSession, heap: int = 1, count: int = 1) -> PendingMove:
    """Choose and send a move."""
    assert session.selection.choose(heap, count) == ""
    pending = session.selection.send()
    assert pending is not None
    return pending


def bobs(before: Game, heap: int, left: int) -> Game:
    return before.after_move("bob", Move(heap, left), NOW)


def test_it_needs_no_terminal() -> None:
    look = f"import sys, {session_module.__name__}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.split()
    assert session_module.__name__ in loaded
    assert {"textual", "rich.console"} & set(loaded) == set()


def test_a_move_is_sent_once_and_from_the_board_that_was_seen() -> None:
    session = seat(game())
    pending = sent(session, heap=3, count=2)
    assert (pending.seen.version, pending.move) == (0, Move(3, 3))
    assert session.selection.send() is None
    assert session.selection.choose(1) == game_text.SENDING
    assert not session.selection.cancel()
    assert session.state().intent == MoveIntent(Selection(3, 2), sending=True)
    assert session.state().prompt.pill.text == "sending"


def test_the_answer_ends_the_choice_and_its_stones_have_slid_out_already() -> None:
    before = game()
    session = seat(before)
    pending = sent(session)
    after = before.after_move("alice", pending.move, NOW)
    assert session.answered(after, pending) == Update(replaced=before, own=True, heaps=True)
    assert session.game is after
    assert session.state().intent == MoveIntent()


def test_news_may_come_before_the_answer_and_then_the_answer_changes_nothing() -> None:
    before = game()
    session = seat(before)
    pending = sent(session)
    after = before.after_move("alice", pending.move, NOW)
    assert session.changed(after) == Update(replaced=before, own=True, heaps=True)
    assert session.selection.choose(2) != "", "bob is to move"
    assert session.answered(after, pending) == Update()


def test_an_accepted_move_ends_the_choice_even_where_no_record_of_it_comes_back() -> None:
    before = game()
    session = seat(before)
    pending = sent(session, heap=2)
    after = hidden_move(before, "alice", 2, 3)
    session.changed(after)
    assert session.selection.choice == Selection(2), "the board alone does not say who took it"
    assert session.answered(after, pending) == Update(heaps=True)
    assert session.state().intent == MoveIntent()


def test_a_lost_answer_keeps_the_choice_and_the_same_move_can_be_sent_again() -> None:
    before = game()
    session = seat(before)
    pending = sent(session, heap=3, count=3)
    assert session.answered(Unreachable(), pending) == Update(heaps=True)
    assert session.error == game_text.NOT_ARRIVED
    assert session.selection.choice == Selection(3, 3)
    again = session.selection.send()
    assert again is not None
    assert (again.seen, again.move) == (pending.seen, pending.move)


def test_a_move_whose_answer_was_lost_is_recognized_in_later_news() -> None:
    before = game()
    session = seat(before)
    pending = sent(session)
    session.answered(Unreachable(), pending)
    arrived = before.after_move("alice", pending.move, NOW)
    assert session.changed(bobs(arrived, 2, 1)) == Update(before, own=False, heaps=True)
    assert session.selection.choice is None
    assert session.selection.send() is None


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (Stale, "bob moved first. Here is the board now."),
        (IllegalMove, IllegalMove().message),
    ],
)
def test_a_refusal_shows_the_board_as_it_is_and_keeps_what_is_left_of_the_choice(
    make: type[Stale | IllegalMove], sentence: str
) -> None:
    before = game()
    ahead = game((2, 3), (1, 1))
    session = seat(before)
    pending = sent(session, count=4)
    update = session.answered(make(game=ahead), pending)
    assert update == Update(replaced=before, heaps=True)
    assert (session.game, session.error) == (ahead, sentence)
    assert session.selection.choice == Selection(1, 1)


def test_a_refusal_with_an_older_board_never_takes_the_newer_one_back() -> None:
    newest = game((1, 4), (2, 3))
    session = seat(newest)
    pending = sent(session, heap=3)
    assert session.answered(Stale(game=game()), pending) == Update(heaps=True)
    assert session.game is newest


def test_a_refusal_on_another_players_turn_says_whose_turn_it_is() -> None:
    session = seat(game())
    pending = sent(session)
    session.answered(NotYourTurn(game=game((2, 3))), pending)
    assert session.error == "It is bob's turn."


def test_a_game_that_has_ended_meanwhile_ends_the_choice() -> None:
    session = seat(game())
    pending = sent(session)
    over = replace(game(), winner="bob", ended_by="resign", version=1)
    session.answered(GameOver(game=over), pending)
    assert session.selection.choice is None
    assert session.state().prompt == Prompt("Rematch?", "$ink bold", PillState("r", "you", "again"))


def test_a_refusal_that_nobody_waits_for_any_more_is_dropped() -> None:
    session = seat(game())
    pending = sent(session)
    session.answered(Unreachable(), pending)
    session.error = ""
    assert session.answered(Unreachable(), pending) is None
    assert session.error == ""


def test_a_session_that_has_ended_is_reported_and_the_choice_stays() -> None:
    session = seat(game())
    pending = sent(session)
    assert session.answered(NotSignedIn(), pending) == Update(heaps=True, signed_out=True)
    assert session.selection.choice == Selection(1)


def test_offline_lasts_until_the_next_game_and_older_games_change_nothing_else() -> None:
    newest = game((1, 4))
    session = seat(newest)
    assert session.changed(Offline("Offline.", 8, NOW)) == Update()
    assert session.state().offline == "Offline."
    assert session.changed(game()) == Update()
    assert (session.state().offline, session.game) == ("", newest)


def test_an_error_goes_when_the_turn_changes() -> None:
    waiting = game((1, 4))
    session = seat(waiting)
    session.error = "It is bob's turn."
    session.changed(bobs(waiting, 3, 3))
    assert session.state().error == ""


def test_requests_go_out_one_at_a_time_and_a_failed_one_makes_room() -> None:
    session = seat(game((1, 4), (2, 3)))
    assert session.begin_request()
    assert not session.begin_request()
    session.answered(Unreachable())
    assert session.error == game_text.NOT_DONE
    assert session.begin_request()


def test_a_rematch_begins_anew_at_the_same_board() -> None:
    session = seat(game((1, 4)))
    session.offline, session.error = "Offline.", "It is bob's turn."
    session.begin_request()
    other = HotseatMatch(now=clock)
    assert session.answered(other) == Update(heaps=True, new_match=True)
    state = session.state()
    assert (state.match, state.offline, state.error) == (other, "", "")
    assert session.selection.choose(1) == ""


def test_a_hint_is_shown_first_and_chosen_second() -> None:
    session = BoardSession(PracticeMatch("perfect", seed=1, now=clock))
    best = session.game.board.best_move()
    assert session.selection.ask_hint() == ""
    assert session.state().prompt.pill == PillState("h", "you", "hint")
    assert session.state().intent == MoveIntent(hint=best)
    session.selection.ask_hint()
    choice = session.selection.choice
    assert choice is not None
    assert choice.move(session.game.board) == best


def test_what_enter_does_follows_from_the_match_and_the_intent() -> None:
    match = LiveMatch(FakeClient(game((1, 4))), game((1, 4)), now=clock)
    assert prompt(match, MoveIntent()).pill == PillState(), "bob is to move: enter does nothing"
    late = replace(game((1, 4), days=1), waiting_since=NOW.replace(day=10))
    overdue = LiveMatch(FakeClient(late), late, now=clock)
    assert prompt(overdue, MoveIntent()).pill == PillState("enter", "you", "claim")
    both = HotseatMatch(now=clock)
    assert prompt(both, MoveIntent()) == Prompt(game_text.choose(both.game.heaps), "$muted")
    chosen = prompt(both, MoveIntent(Selection(1, 2)))
    assert chosen.sentence == "Take 2 from heap 1, leaves 3"
    assert chosen.pill == PillState("enter", "you", "take")
