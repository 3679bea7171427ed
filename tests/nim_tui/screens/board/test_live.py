"""A board of two people: what is sent, what comes back, and what is never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.domain.errors import GameOver, NimError, NotSignedIn, NotYourTurn, Stale
from backend.domain.nim import Move
from backend.domain.opponents import Opponent
from nim_tui.client.errors import Unreachable
from nim_tui.client.offline import Offline
from nim_tui.matches import LiveMatch
from nim_tui.messages import Announcement, GameSeen, NextGameWanted, SessionLost
from nim_tui.screens.board import screen as screen_module
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.review.screen import ReviewScreen
from tests.nim_tui.screens.board.stage import (
    NOW,
    FakeClient,
    Stage,
    at_board,
    clock,
    game,
    hidden_move,
)


def seat(client: FakeClient) -> LiveMatch:
    return LiveMatch(client, client.game_now, now=clock)


async def taken(stage: Stage, client: FakeClient) -> None:
    await stage.until(lambda: client.game_now.version == stage.screen.game.version)


async def test_a_move_goes_out_with_the_version_that_was_seen() -> None:
    client = FakeClient(game((1, 4), (3, 3)))
    async with at_board(seat(client)) as stage:
        assert stage.says("turn") == "● Your turn"
        assert stage.says("last") == "bob took 2 from heap 3 · 4 min ago"
        await stage.press("b", "up", "enter")
        await stage.until(lambda: stage.says("turn") == "◆ bob's turn")
        assert client.sent == [(2, 2, 2)]
        assert (stage.counts, stage.chosen) == ((4, 2, 3), (0, 0, 0))
        assert stage.says("last") == "You took 2 from heap 2 · just now"
        assert stage.says("selection") == "Waiting for bob. You can leave; the game is saved."


async def test_five_quick_enters_send_one_move() -> None:
    client = FakeClient(game())
    client.gate.clear()
    async with at_board(seat(client)) as stage:
        await stage.press("a", *["enter"] * 5)
        assert stage.says("take") == "sending"
        assert stage.chosen == (1, 0, 0)
        client.gate.set()
        await stage.until(lambda: stage.says("turn") == "◆ bob's turn")
        await stage.press("enter", "enter")
        assert client.sent == [(0, 1, 4)]


async def test_a_lost_connection_keeps_the_choice_and_enter_tries_again() -> None:
    client = FakeClient(game(), refuse=[Unreachable()])
    async with at_board(seat(client)) as stage:
        await stage.press("c", "3", "enter")
        await stage.until(lambda: stage.says("error"))
        assert stage.says("error") == "✗ That move did not arrive. Press enter to try again."
        assert stage.chosen == (0, 0, 3)
        await stage.press("enter")
        await stage.until(lambda: stage.says("turn") == "◆ bob's turn")
        assert client.sent == [(0, 3, 2), (0, 3, 2)]
        assert stage.says("error") == ""


async def test_a_move_that_arrived_though_its_answer_was_lost_is_made_once() -> None:
    client = FakeClient(game(), refuse=[Unreachable()])
    async with at_board(seat(client)) as stage:
        await stage.press("a", "enter")
        await stage.until(lambda: stage.says("error"))
        arrived = client.game_now.after_move("alice", Move(1, 4), NOW)
        client.news.put_nowait(arrived)
        await stage.until(lambda: stage.counts == (4, 4, 5))
        assert stage.chosen == (0, 0, 0), "what was made is no longer chosen"
        await stage.press("enter")
        assert len(client.sent) == 1


async def test_a_stale_board_is_replaced_and_the_choice_stays() -> None:
    client = FakeClient(game())
    ahead = game((2, 3), (2, 2))
    client.refuse.append(Stale(game=ahead))
    async with at_board(seat(client)) as stage:
        await stage.press("a", "2", "enter")
        await stage.until(lambda: stage.says("error"))
        assert stage.says("error") == "✗ bob moved first. Here is the board now."
        assert stage.counts == (5, 2, 5)
        assert stage.chosen == (2, 0, 0)
        assert stage.says("selection") == "Take 2 from heap 1, leaves 3"
        await stage.press("up")
        assert stage.says("error") == ""


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotYourTurn(game=game((2, 3))), "✗ It is bob's turn."),
        (
            GameOver(game=replace(game(), winner="bob", ended_by="resign", version=1)),
            "✗ This game is over. Press r for a rematch.",
        ),
    ],
)
async def test_a_refusal_is_said_on_the_board_as_it_stands(error: NimError, sentence: str) -> None:
    client = FakeClient(game(), refuse=[error])
    async with at_board(seat(client)) as stage:
        await stage.press("a", "enter")
        await stage.until(lambda: stage.says("error"))
        assert stage.says("error") == sentence
        assert stage.screen.game == error.game


async def test_the_others_move_appears_by_itself_and_takes_the_error_away() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        await stage.press("a")
        assert stage.says("error") == "✗ It is bob's turn."
        assert stage.chosen == (0, 0, 0)
        client.news.put_nowait(client.answered_by("bob", 3, 3))
        await stage.until(lambda: stage.says("turn") == "● Your turn")
        assert stage.counts == (4, 4, 3)
        assert stage.says("error") == ""
        assert stage.says("last") == "bob took 2 from heap 3 · just now"
        assert "2 ◆ 2 from heap 3" in stage.says("moves")


async def test_the_tutorials_client_leaves_the_version_and_its_move_shows_all_the_same() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        client.news.put_nowait(hidden_move(client.game_now, "bob", 2, 1))
        await stage.until(lambda: stage.counts == (4, 1, 5))
        assert stage.says("turn") == "● Your turn"
        assert stage.says("last") == "bob took 3 from heap 2"
        client.news.put_nowait(game((1, 4)))
        client.news.put_nowait(Offline("Offline. Trying again in 8 s.", 8, NOW))
        await stage.until(lambda: "Offline" in stage.says("last"))
        assert stage.counts == (4, 1, 5), "an older board never replaces a newer one"


async def test_offline_is_one_calm_line_that_goes_by_itself() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        client.news.put_nowait(Offline("Offline. Trying again in 8 s.", 8, NOW))
        await stage.until(lambda: stage.says("last") == "◌ Offline. Trying again in 8 s.")
        client.news.put_nowait(client.game_now)
        await stage.until(lambda: stage.says("last") == "You took 1 from heap 1 · 4 min ago")


async def test_leaving_does_not_stop_a_move_on_its_way() -> None:
    client = FakeClient(game())
    client.gate.clear()
    async with at_board(seat(client)) as stage:
        await stage.press("a", "enter")
        await stage.press("escape")
        assert stage.pilot.app.screen.query("#practice")
        client.gate.set()
        await stage.until(lambda: client.game_now.heaps == (4, 4, 5))


async def test_resigning_asks_first() -> None:
    client = FakeClient(game((1, 4), (2, 3)))
    async with at_board(seat(client)) as stage:
        await stage.press("x")
        assert isinstance(stage.pilot.app.screen, ConfirmScreen)
        await stage.press("enter")
        assert client.asked == [], "the harmless answer has the focus"
        await stage.press("x", "y")
        await stage.until(lambda: client.asked == ["resign"])
        await stage.until(lambda: stage.says("turn") == "You lost")
        assert stage.says("last") == "You resigned."


async def test_an_invitation_can_be_declined_before_the_first_move() -> None:
    client = FakeClient(game())
    async with at_board(seat(client)) as stage:
        assert stage.says("last") == "bob invited you. You move first."
        await stage.press("x", "y")
        await stage.until(lambda: client.asked == ["decline"])
        await stage.until(lambda: stage.says("last") == "You declined the invitation.")


async def test_enter_claims_a_game_whose_deadline_has_passed() -> None:
    late = replace(game((1, 4), days=1), waiting_since=NOW.replace(day=10))
    client = FakeClient(late)
    async with at_board(seat(client)) as stage:
        assert stage.says("selection") == "bob ran out of time. Claim the game?"
        assert stage.says("aside") == "last object loses · overdue"
        await stage.press("enter")
        await stage.until(lambda: client.asked == ["claim"])
        await stage.until(lambda: stage.says("turn") == "● You won")
        assert stage.says("last") == "bob ran out of time."


async def test_a_rematch_is_one_key_and_opens_on_the_same_screen() -> None:
    over = game((1, 0), (2, 0), (3, 1), (3, 0))
    client = FakeClient(over)
    async with at_board(seat(client)) as stage:
        assert stage.says("turn") == "● You won"
        assert stage.says("last").startswith("bob took the last object. 4 moves in ")
        assert (stage.says("selection"), stage.says("take")) == ("Well played. Rematch?", "r")
        await stage.press("r")
        await stage.until(lambda: stage.screen.game.game_id == "b" * 16)
        assert stage.counts == (5, 4, 5)
        assert stage.says("turn") == "◆ bob's turn"


async def test_a_second_rematch_is_not_asked_for_while_the_first_is_on_its_way() -> None:
    client = FakeClient(game((1, 0), (2, 0), (3, 1), (3, 0)))
    client.gate.clear()
    async with at_board(seat(client)) as stage:
        await stage.press("r", "r", "enter", "r")
        assert await stage.pilot.click("#take")
        await stage.until(lambda: client.asked)
        client.gate.set()
        await stage.until(lambda: stage.screen.game.game_id == "b" * 16)
        assert client.asked == ["rematch"]


async def test_a_second_claim_is_not_sent_while_the_first_is_on_its_way() -> None:
    late = replace(game((1, 4), days=1), waiting_since=NOW.replace(day=10))
    client = FakeClient(late)
    client.gate.clear()
    async with at_board(seat(client)) as stage:
        await stage.press("enter", "k", "enter", "x", "y")
        await stage.until(lambda: client.asked)
        client.gate.set()
        await stage.until(lambda: stage.says("turn") == "● You won")
        assert client.asked == ["claim"]


async def test_the_words_of_the_clock_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module, "TICK", 0.01)
    now = [NOW]
    client = FakeClient(replace(game((1, 4), days=1), waiting_since=NOW.replace(day=14, hour=6)))
    async with at_board(LiveMatch(client, client.game_now, now=lambda: now[0])) as stage:
        assert stage.says("last").endswith("4 min ago")
        now[0] += timedelta(minutes=7)
        await stage.until(lambda: stage.says("last").endswith("11 min ago"))
        now[0] += timedelta(days=1)
        await stage.until(lambda: stage.says("aside").endswith("overdue"))
        assert stage.says("selection") == "bob ran out of time. Claim the game?"
        assert stage.says("take") == "enter"


async def test_a_move_that_fails_after_leaving_is_told_all_the_same() -> None:
    client = FakeClient(game(), refuse=[Unreachable()])
    client.gate.clear()
    async with at_board(seat(client)) as stage:
        await stage.press("a", "enter", "escape")
        client.gate.set()
        await stage.until(lambda: stage.told(Announcement))
        assert stage.told(Announcement)[0].text == (
            "Your move against bob did not arrive. Open the game and try again."
        )


async def test_a_lost_session_keeps_the_choice_and_is_told_to_the_app() -> None:
    client = FakeClient(game(), refuse=[NotSignedIn()])
    async with at_board(seat(client)) as stage:
        await stage.press("a", "enter")
        await stage.until(lambda: stage.told(SessionLost))
        assert stage.chosen == (1, 0, 0)


async def test_a_failed_resignation_says_so() -> None:
    client = FakeClient(game((1, 4), (2, 3)), refuse_ending=[Unreachable()])
    async with at_board(seat(client)) as stage:
        await stage.press("x", "y")
        await stage.until(lambda: stage.says("error"))
        assert stage.says("error").endswith(
            "That did not arrive. Check the connection and try again."
        )
        await stage.press("x", "y")
        await stage.until(lambda: client.asked == ["resign"])


async def test_n_asks_for_the_next_game_that_waits() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        await stage.press("n")
        assert [wanted.after for wanted in stage.told(NextGameWanted)] == ["a" * 16]


async def test_a_setting_asks_before_each_move() -> None:
    client = FakeClient(game())
    async with at_board(seat(client), asking=True) as stage:
        await stage.press("a", "2", "enter")
        assert isinstance(stage.pilot.app.screen, ConfirmScreen)
        assert client.sent == []
        await stage.press("escape")
        assert stage.chosen == (2, 0, 0)
        await stage.press("enter")
        await stage.press("enter")
        await stage.until(lambda: client.sent == [(0, 1, 3)])


async def test_the_list_of_games_hears_of_every_board() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        client.news.put_nowait(client.answered_by("bob", 3, 3))
        await stage.until(lambda: stage.told(GameSeen))
        assert stage.told(GameSeen)[0].game.heaps == (4, 4, 3)


async def test_v_reviews_a_finished_game_only() -> None:
    client = FakeClient(game((1, 4)))
    async with at_board(seat(client)) as stage:
        await stage.press("v", "r")
        assert stage.screen.game is client.game_now
        client.news.put_nowait(client.game_now.ended("resign", "alice", NOW))
        await stage.until(lambda: stage.says("turn") == "● You won")
        await stage.press("v")
        assert isinstance(stage.pilot.app.screen, ReviewScreen)
        await stage.press("escape")
        assert stage.says("turn") == "● You won"


@pytest.mark.parametrize(
    ("won", "lost", "words"),
    [
        (5, 3, "You lead 5 to 3"),
        (1, 2, "bob leads 2 to 1"),
        (2, 2, "You are level, 2 to 2"),
        (0, 0, ""),
    ],
)
async def test_at_the_end_the_score_between_the_two_is_shown(
    won: int, lost: int, words: str
) -> None:
    over = game((1, 0), (2, 0), (3, 1), (3, 0))
    client = FakeClient(over, score=(Opponent("carl", 9, 9), Opponent("bob", won, lost)))
    async with at_board(LiveMatch(client, over, now=clock)) as stage:
        client.news.put_nowait(over)
        await stage.until(client.news.empty)
        await stage.until(lambda: words in stage.says("aside"))
        assert ("lead" in stage.says("aside") or "level" in stage.says("aside")) == bool(words)


async def test_a_lost_game_does_not_carry_the_mark_of_the_winner() -> None:
    of = game((1, 4), (2, 3)).ended("resign", "bob", NOW)
    async with at_board(LiveMatch(FakeClient(of), of, now=clock)) as stage:
        assert stage.says("turn") == "You lost"
        assert stage.says("selection") == "Rematch?"
