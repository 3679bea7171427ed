"""What is known of the games, without a terminal: what each answer changes, and what is news."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from backend.domain.errors import NoSuchRoute, NotSignedIn, Unavailable
from backend.domain.nim import Move
from nim_tui.client.offline import Offline
from nim_tui.screens.games import session as session_module
from nim_tui.screens.games.session import GamesSession, GamesUpdate
from tests.nim_tui.fakes import NOW, make_game, play


def seat() -> GamesSession:
    return GamesSession("ana", now=lambda: NOW)


def test_it_needs_no_terminal() -> None:
    look = f"import sys, {session_module.__name__}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True
    ).stdout.split()
    assert session_module.__name__ in loaded
    assert {"textual", "rich.console"} & set(loaded) == set()


def test_the_first_list_is_no_news_and_brings_the_finished_games() -> None:
    session = seat()
    assert session.listed((make_game("bob"),)) == GamesUpdate(load_finished=True)
    assert session.state.known


def test_the_same_list_again_changes_nothing() -> None:
    session, games = seat(), (make_game("bob"), make_game("ines"))
    session.listed(games)
    state = session.state
    assert session.listed(games) == GamesUpdate()
    assert session.state == state


def test_a_move_elsewhere_is_news_once() -> None:
    session = seat()
    waiting = play(make_game("bob"), (1, 4))
    session.listed((waiting,))
    moved = waiting.after_move("bob", Move(2, 0), NOW)
    (item,) = session.listed((moved,)).news
    assert (item.text, item.urgent) == ("bob took 4 from heap 2. Your turn.", True)
    assert session.see(moved) == GamesUpdate()


def test_a_game_that_leaves_the_list_is_news_when_its_end_is_known() -> None:
    session, game = seat(), make_game("bob", creator="ana")
    session.listed((game,))
    assert session.listed(()) == GamesUpdate(load_finished=True)
    over = game.ended("decline", None, NOW)
    update = session.finished((over,), more=False)
    assert [item.text for item in update.news] == ["bob declined the invitation."]
    assert session.finished((over,), more=False) == GamesUpdate()
    assert session.lobby.done == (over,)


def test_finished_games_that_were_never_open_here_are_no_news() -> None:
    session = seat()
    session.listed(())
    over = make_game("bob").ended("resign", "bob", NOW)
    assert session.finished((over,), more=True) == GamesUpdate()
    assert session.lobby.more


def test_a_game_that_was_begun_here_is_no_news_to_the_list() -> None:
    session = seat()
    session.listed(())
    mine = make_game("bob", creator="ana")
    session.add(mine)
    assert session.listed((mine,)) == GamesUpdate()
    assert session.lobby.open == (mine,)


def test_the_connection_is_lost_until_the_next_list_which_reads_the_finished_games_anew() -> None:
    session = seat()
    session.listed(())
    session.lost(Offline("The backend cannot be reached.", 8.0, NOW))
    assert session.state.retry_at == NOW + timedelta(seconds=8)
    assert session.listed(()) == GamesUpdate(load_finished=True)
    assert session.state.offline is None


def test_an_error_stays_until_the_games_are_asked_for_again() -> None:
    session = seat()
    assert session.failed(Unavailable())
    assert session.state.error == Unavailable().message
    session.see(make_game("bob"))
    assert session.state.error, "a board says nothing about the list"
    session.forget_error()
    assert not session.state.error


def test_a_backend_without_a_list_is_no_error() -> None:
    session = seat()
    assert session.failed(NoSuchRoute())
    assert (session.state.listless, session.state.error) == (True, "")
    waiting = play(make_game("bob"), (1, 4))
    session.add(waiting)
    moved = waiting.after_move("bob", Move(2, 0), NOW)
    assert len(session.reread((moved,)).news) == 1
    assert session.lobby.your_turn == [moved]


def test_a_session_that_has_ended_is_for_the_app() -> None:
    assert not seat().failed(NotSignedIn())


def test_all_finished_games_and_the_last_few_again() -> None:
    session = seat()
    assert session.toggle_finished()
    assert not session.toggle_finished()
