"""The menu, accounts, the list, and a game of two people on a backend of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from nim_tui.accessible.console import DETAIL
from nim_tui.accessible.games import Games
from nim_tui.accessible.menu import QUESTION
from nim_tui.client import NimClient
from nim_tui.config.places import Place
from nim_tui.config.settings import Settings, load_settings
from nim_tui.launch import LaunchOptions
from nim_tui.tokens import MemoryVault
from tests.nim_tui.accessible.stage import PASSWORD, console, talk, transcript
from tests.support import eventually_async


@pytest.fixture
async def bobby(tmp_path: Path) -> AsyncIterator[NimClient]:
    """Bobby's client, on the database where alice has an account, too."""
    client = NimClient.embedded(tmp_path / "games.db")
    for name in ("alice", "bobby"):
        await client.register(name, PASSWORD, f"{name}@example.com")
    await client.sign_in("bobby", PASSWORD)
    yield client
    await client.close()


SIGN_IN = ("games", "alice", PASSWORD)


async def test_somebody_registers_and_is_told_what_is_wrong(tmp_path: Path) -> None:
    lines = await talk(
        tmp_path,
        *("register", "alice", "short", "alice@example.com", ""),
        *("alice", PASSWORD, "alice@example.com", ""),
        *("sign out", "quit"),
    )
    assert any("password" in line for line in lines if not line.startswith("Password?"))
    assert "Player: alice. Place: This computer." in lines
    assert "Signed out." in lines
    assert not any(PASSWORD in line for line in lines)


@pytest.mark.usefixtures("bobby")
async def test_a_game_is_begun_and_is_in_the_list(tmp_path: Path) -> None:
    lines = await talk(
        tmp_path, *SIGN_IN, "new", "bobby", "3,2", "3 2 1", "normal", "3", "back", "back", "quit"
    )
    assert any(line.startswith("Heaps: needs three heaps") for line in lines)
    assert "Game against bobby: last object wins, 3 days left." in lines
    assert "Waiting for you: 0. For your opponents: 1." in lines
    row = next(line for line in lines if line.startswith("Game 1: "))
    assert row == "Game 1: bobby. bobby's turn. Heap a: 3. Heap b: 2. Heap c: 1. 3 days left."


async def test_an_invitation_is_made_listed_and_withdrawn(tmp_path: Path, bobby: NimClient) -> None:
    lines = await talk(
        tmp_path,
        *(*SIGN_IN, "invitations", "invite", "3 2 1", "normal", "3", "invitations"),
        *("withdraw nonsense", "back", "quit"),
    )
    assert "You have no open invitations. Answer invite to make one." in lines
    made = next(line for line in lines if line.startswith("nim-tui join "))
    code = made.split()[2]
    assert f"Invitation 1: {code}. It can be taken for 14 days." in lines
    offer = await bobby.invitations.look(code)
    assert (offer.heaps, offer.rule, offer.days_per_move) == ((3, 2, 1), "normal", 3)
    assert any(line.startswith("That is not an invitation's code.") for line in lines)
    lines = await talk(tmp_path, *SIGN_IN, f"withdraw {code}", f"code {code}", "back", "quit")
    assert "Withdrawn: nobody can take that invitation any more." in lines
    assert any(line.startswith("There is no such invitation on this computer:") for line in lines)


async def test_an_invitation_is_taken_with_the_whole_line(tmp_path: Path, bobby: NimClient) -> None:
    made = await bobby.invitations.make()
    line = f"nim-tui join {made.code} --data x"
    lines = await talk(
        tmp_path,
        *(*SIGN_IN, line, "no", "CODE", made.code.upper(), "yes", "a1", "back"),
        *(f"code {made.code}", "back", "back", "quit"),
    )
    assert lines.count("bobby invites you: 5, 4, 5, last object loses. You move first.") == 2
    # Taken already: their own game, without a question.
    assert lines.count("Game against bobby: last object loses.") == 2
    assert "You took 1 from heap a." in lines


@pytest.mark.parametrize("typed", [(), ("",), ("back",), ("k3v9x-2ma4q",), ("https://x.example/",)])
async def test_a_code_that_leads_nowhere_leads_back(tmp_path: Path, typed: tuple[str, ...]) -> None:
    lines = await talk(tmp_path, "code", *typed, "quit")
    assert lines[-1] == "Answer: quit"
    elsewhere = await talk(tmp_path, "code https://nim.example.com/k3v9x-2ma4q", "quit")
    assert any("nim-tui join https://nim.example.com/k3v9x-2ma4q" in line for line in elsewhere)


async def test_a_newcomer_joins_from_the_menu(tmp_path: Path, bobby: NimClient) -> None:
    made = await bobby.invitations.make()
    lines = await talk(
        tmp_path,
        *(f"code {made.code}", "yes", "no", "carol", PASSWORD, "", ""),
        *("a1", "back", "back", "code", made.code, "back", "quit"),
    )
    assert "Game against bobby: last object loses." in lines
    assert "You took 1 from heap a." in lines
    (game,) = (await bobby.games()).games
    assert (game.user2, game.version) == ("carol", 1)


async def test_whoever_has_an_account_signs_in_to_join(tmp_path: Path, bobby: NimClient) -> None:
    made = await bobby.invitations.make()
    lines = await talk(tmp_path, "code", made.code, "yes", "yes", "alice", PASSWORD, "back", "back")
    assert "Game against bobby: last object loses." in lines
    taken = await talk(tmp_path, f"code {made.code}", "quit")
    assert any(line.startswith("Somebody else has taken this invitation.") for line in taken)


async def test_a_whole_live_game_with_prepared_answers(tmp_path: Path, bobby: NimClient) -> None:
    await bobby.new_game("alice", heaps=(2, 1, 0))
    alice = NimClient.embedded(tmp_path / "games.db")
    await alice.sign_in("alice", PASSWORD)
    # The second move is for her own turn: it waits for bobby's.
    at = console(["1", "a1", "b1", "review", "back", "back"])
    playing = asyncio.ensure_future(Games(at, alice).run())
    await eventually_async(lambda: "You took 1 from heap a." in transcript(at))
    (game,) = (await bobby.games()).games
    await bobby.move(game, 1, 0)
    assert await playing
    lines = transcript(at)
    assert "bobby invited you. You move first." in lines
    assert "bobby took 1 from heap a." in lines
    assert "You lost. You took the last object. 3 moves in 1 minute." in lines
    assert any(line.startswith("Move 1: You took 1 from heap a. ") for line in lines)
    assert lines[-3].startswith("Waiting for you: 0.")
    await alice.close()


async def test_the_end_of_the_answers_ends_the_wait_for_somebody(
    tmp_path: Path, bobby: NimClient
) -> None:
    await bobby.new_game("alice")
    lines = await talk(tmp_path, *SIGN_IN, "1", "a5")
    assert lines[-2:] == [
        "Waiting for bobby. You can leave; the game is saved.",
        "The input has ended.",
    ]


async def test_resigning_declining_and_the_finished_games(tmp_path: Path, bobby: NimClient) -> None:
    await bobby.new_game("alice")
    await bobby.new_game("alice")
    lines = await talk(
        tmp_path, *SIGN_IN,
        *("1", "hint", "decline", "no", "a1", "resign", "yes", "back"),
        *("1", "decline", "yes", "back", "finished", "1", "back", "back", "quit"),
    )  # fmt: skip
    assert "Decline this invitation? Answer yes or no." in lines
    assert "There are no hints in games between people." in lines
    assert "You lost. You resigned." in lines
    assert "Declined. You declined the invitation." in lines
    assert "Finished games: 2, the latest first." in lines
    assert "What now? Answer back, or ? to hear what else." not in lines


async def test_news_of_other_games_is_told_once(tmp_path: Path, bobby: NimClient) -> None:
    alice = NimClient.embedded(tmp_path / "games.db")
    await alice.sign_in("alice", PASSWORD)
    at = console(interactive=True)
    listing = asyncio.ensure_future(Games(at, alice).run())
    await eventually_async(lambda: any("Which game?" in line for line in transcript(at)))
    game = await bobby.new_game("alice")
    await eventually_async(lambda: "News: bobby invites you to a game." in transcript(at))
    at.typed("list")
    await eventually_async(lambda: any("Game 1: bobby" in line for line in transcript(at)))
    at.typed("1")
    await eventually_async(lambda: "Your turn. Which move?" in transcript(at))
    await alice.move(game, 1, 0)  # at another terminal of hers
    await eventually_async(lambda: "You took 5 from heap a." in transcript(at))
    await bobby.resign(game.game_id)
    await eventually_async(lambda: "You won. bobby resigned." in transcript(at))
    at.typed("back")
    at.typed("back")
    assert await listing
    assert sum(line.startswith("News: ") for line in transcript(at)) == 1
    await alice.close()


async def test_opening_by_the_beginning_of_an_id(tmp_path: Path, bobby: NimClient) -> None:
    game = await bobby.new_game("alice")
    lines = await talk(tmp_path, *SIGN_IN, f"open {game.game_id[:6]}", "back", "open zzzzzz")
    assert "Game against bobby: last object loses." in lines
    assert "You have no such game. Look at your list of games." in lines


@pytest.mark.usefixtures("bobby")
@pytest.mark.parametrize("answers", [(), ("",), ("", ""), ("5 5 5", "normal")])
async def test_every_question_about_a_new_game_can_be_left(
    tmp_path: Path, answers: tuple[str, ...]
) -> None:
    new = ("new bobby", *answers)
    lines = await talk(tmp_path, *SIGN_IN, *new, "back", "?", *new, "?", "quit", "never asked")
    assert lines.count(DETAIL) == 1
    assert lines[-1] == "Answer: quit"
    assert not any("Game against" in line for line in lines)


@pytest.mark.parametrize("answers", [(), ("alice",), ("alice", PASSWORD), ("a", PASSWORD, "x@y.z")])
async def test_every_question_about_an_account_can_be_left(
    tmp_path: Path, answers: tuple[str, ...]
) -> None:
    lines = await talk(tmp_path, "register", *answers, "back", "quit")
    assert lines[-2:] == [QUESTION, "Answer: quit"]


@pytest.mark.usefixtures("bobby")
async def test_a_wrong_password_is_asked_for_again(tmp_path: Path) -> None:
    lines = await talk(tmp_path, "games", "alice", "Wr0ngpass", "alice", PASSWORD, "back", "quit")
    assert "Player: alice. Place: This computer." in lines
    assert lines.count("Password?") == 2


@pytest.mark.usefixtures("bobby")
async def test_a_stored_session_opens_the_games_at_once(tmp_path: Path) -> None:
    vault = MemoryVault()
    await talk(tmp_path, *SIGN_IN, vault=vault)
    lines = await talk(tmp_path, "back", "quit", vault=vault)
    assert lines[0] == "Player: alice. Place: This computer."


@pytest.mark.usefixtures("bobby")
async def test_several_sessions_are_chosen_from(tmp_path: Path) -> None:
    vault = MemoryVault()
    await talk(tmp_path, *SIGN_IN, vault=vault)
    await talk(tmp_path, "back", "sign in", "bobby", PASSWORD, vault=vault)
    lines = await talk(tmp_path, "nobody", "2", "back", "quit", vault=vault)
    assert lines[:2] == ["Player 1: bobby.", "Player 2: alice."]
    assert "Player: alice. Place: This computer." in lines


async def test_a_lesson_that_is_won_is_kept_and_practice_is_continued(tmp_path: Path) -> None:
    lines = await talk(
        tmp_path,
        *("lessons", "1", "b2", "back", "back"),
        *("practice easy", "a1", "back", "practice", "back", "quit"),
    )
    assert "Lesson 1: The last object loses. Won." in lines
    assert load_settings().lessons_done == ("last-object",)
    assert sum(line == "You took 1 from heap a." for line in lines) == 1


@pytest.mark.parametrize(
    ("options", "level"),
    [
        (LaunchOptions(place=Place(), start="practice", level="easy"), "easy"),
        (LaunchOptions(place=Place()), "perfect"),
    ],
)
async def test_the_level_of_practice(tmp_path: Path, options: LaunchOptions, level: str) -> None:
    answers = ("back", "quit") if options.start == "practice" else ("practice", "back", "quit")
    settings = Settings(level="perfect")
    lines = await talk(tmp_path, *answers, options=options, settings=settings)
    assert f"Practice, {level}: last object loses." in lines


async def test_the_setting_asks_before_each_move(tmp_path: Path) -> None:
    lines = await talk(tmp_path, "two players", "a1", "yes", settings=Settings(confirm_moves=True))
    assert "Take 1 from heap a, leaves 4. Answer yes or no." in lines
