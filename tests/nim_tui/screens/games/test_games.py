from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Input, OptionList

from backend.domain.errors import NotSignedIn, Unavailable
from backend.domain.nim import Move
from nim_tui.client.offline import Offline
from nim_tui.screens.board.screen import BoardScreen
from nim_tui.screens.games import screen as screen_module
from tests.nim_tui.fakes import NOW, FakeClient, make_game, play, some_games
from tests.nim_tui.screens.stage import Stage, at_games, running


def client() -> FakeClient:
    opened, done = some_games()
    return FakeClient(open_games=opened, done_games=done)


def listed(stage: Stage) -> OptionList:
    return stage.screen.query_one("#games", OptionList)


def ids(stage: Stage) -> list[str | None]:
    return [option.id for option in listed(stage).options]


def board_of(stage: Stage) -> str:
    """The game whose board stands there; empty where none does."""
    return stage.screen.game.game_id if isinstance(stage.screen, BoardScreen) else ""


def words(stage: Stage) -> list[str]:
    return [" ".join(str(option.prompt).split()) for option in listed(stage).options]


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("club", "nim  ›  games   club "),
        ("[red]a\x1b[2J" + "b" * 90, "nim  ›  games   [red]a[2Jbbbbbb"),
    ],
)
async def test_it_names_the_place_that_it_plays_on(place: str, shown: str) -> None:
    fake = client()
    fake.place_name = place
    async with at_games(fake) as stage:
        first = next(row for row in stage.picture.splitlines() if "games" in row)
        assert shown in first
        assert "New game" in first
        await stage.pilot.resize_terminal(50, 16)
        await stage.until(lambda: "New game" in stage.picture)


async def test_your_turn_first_the_longest_wait_first_then_waiting_then_finished() -> None:
    async with at_games(client()) as stage:
        await stage.until(lambda: "FINISHED 3" in words(stage))
        assert ids(stage) == [
            None, "tomas1", "marguerite1", "bob1",
            None, "captain1", "ines1",
            None, "bob-done", "ines-done", "jo-done",
        ]  # fmt: skip
        assert words(stage)[:6] == [
            "YOUR TURN 3",
            "● tomáš ●···· ···· ●●●·· took 2 from heap 3 2 d ! 9 h",
            "● marguerite ●●●●● ●●●● ●●●●● invites you 2 h 3 d",
            "● bob ●●●●· ●●●● ●●●·· took 2 from heap 3 4 min 2 d",
            "WAITING 2",
            "◆ old_captain 20 · 13 · 17 you took 3 from heap 3 3 d –",
        ]
        assert words(stage)[7:9] == ["FINISHED 3", "✓ bob won took the last one yesterday"]
        assert stage.says("#status") == "● Up to date.  3 games wait for you."
        assert stage.app.title == "nim (3)"
        assert all(option.disabled == (option.id is None) for option in listed(stage).options)


async def test_enter_and_a_click_open_the_board() -> None:
    async with at_games(client()) as stage:
        await stage.press("down", "enter")
        await stage.at("BoardScreen")
        assert isinstance(stage.screen, BoardScreen)
        assert stage.screen.game.game_id == "marguerite1"
        await stage.press("escape")
        await stage.at("GamesScreen")
        assert await stage.pilot.click("#games", offset=(10, 1))
        await stage.at("BoardScreen")
        assert stage.screen.game.game_id == "tomas1"


async def test_a_move_elsewhere_changes_its_row_and_keeps_the_highlight_on_its_game() -> None:
    fake = client()
    async with at_games(fake) as stage:
        await stage.press("down", "down")
        assert listed(stage).highlighted_option is listed(stage).get_option("bob1")
        ines = next(game for game in fake.open_games if game.game_id == "ines1")
        moved = ines.after_move("ines", Move(2, 0), NOW)
        fake.open_games = [moved if game is ines else game for game in fake.open_games]
        fake.open_games.insert(0, make_game("zoe", minutes=9000))
        fake.tell()
        await stage.until(lambda: "YOUR TURN 5" in words(stage))
        highlighted = listed(stage).highlighted_option
        assert highlighted is not None
        assert highlighted.id == "bob1"
        assert stage.toasts == [
            "zoe invites you to a game.",
            "ines took 4 from heap 2. Your turn.",
        ]
        fake.tell()
        await stage.pilot.pause()
        assert len(stage.toasts) == 2


async def test_the_end_of_a_game_is_told_once_with_its_outcome() -> None:
    fake = client()
    last = play(make_game("bob", creator="ana", game_id="last1"), (1, 0), (2, 0), (3, 1))
    fake.open_games.append(last)
    async with at_games(fake) as stage:
        await stage.until(lambda: "last1" in ids(stage))
        lost = make_game("ines", game_id="ines1").ended("timeout", "ines", NOW)
        fake.done_games = [last.after_move("ana", Move(3, 0), NOW), lost, *fake.done_games]
        fake.open_games = [g for g in fake.open_games if g.game_id not in ("last1", "ines1")]
        fake.tell()
        await stage.until(lambda: "FINISHED 5" in words(stage))
        # ana took the last object herself: her own board has told her that.
        assert stage.toasts == ["You lost against ines. You ran out of time."]


async def test_a_lost_connection_is_one_calm_line_and_mends_itself() -> None:
    fake = client()
    async with at_games(fake) as stage:
        since = NOW.astimezone()
        fake.tell(Offline("The backend cannot be reached.", 8.0, NOW))
        await stage.until(lambda: "Offline" in stage.says("#status"))
        line = stage.says("#status")
        assert line == f"◌ Offline. Trying again in 8 s. Games as of {since:%H:%M}."
        assert "tomas1" in ids(stage)
        fake.tell()
        await stage.until(lambda: stage.says("#status").startswith("● Up to date."))


async def test_back_online_the_finished_games_are_read_anew() -> None:
    fake = client()
    async with at_games(fake) as stage:
        await stage.until(lambda: "FINISHED 3" in words(stage))
        fake.tell(Offline("The backend cannot be reached.", 8.0, NOW))
        await stage.until(lambda: "Offline" in stage.says("#status"))
        fake.done_games.insert(0, make_game("zoe", game_id="zoe1").ended("decline", None, NOW))
        fake.tell()
        await stage.until(lambda: "FINISHED 4" in words(stage))
        assert "zoe1" in ids(stage)


async def test_the_words_of_the_clock_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen_module, "CLOCK", 0.01)
    now = [NOW]
    fake = FakeClient(open_games=[make_game("bob", days=2)])
    async with running(fake) as stage:
        await stage.app.push_screen(screen_module.GamesScreen(fake, now=lambda: now[0]))
        await stage.until(lambda: "Up to date" in stage.says("#status"))
        await stage.until(lambda: " 4 min " in words(stage)[1])
        now[0] += timedelta(minutes=7)
        await stage.until(lambda: " 11 min " in words(stage)[1])


async def test_a_second_enter_asks_for_no_game_while_the_first_is_being_read() -> None:
    fake = client()
    async with at_games(fake) as stage:
        fake.answering.clear()
        await stage.press("i")
        await stage.at("OpenGameScreen")
        await stage.press(*"ines1", "enter", "enter", "enter")
        await stage.click("#open")
        await stage.until(lambda: fake.read)
        fake.answering.set()
        await stage.at("BoardScreen")
        assert board_of(stage) == "ines1"
        assert fake.read == ["ines1"]


async def test_a_watch_that_has_failed_says_why_and_can_be_begun_again() -> None:
    fake = client()
    async with at_games(fake) as stage:
        fake.tell(Unavailable("The disk is full. Make room on it."))
        await stage.until(lambda: "The disk is full. Make room on it." in stage.says("#status"))
        await stage.press("u")
        await stage.until(lambda: "Up to date" in stage.says("#status"))


async def test_a_session_that_ended_leads_to_signing_in() -> None:
    fake = client()
    async with at_games(fake) as stage:
        fake.tell(NotSignedIn())
        await stage.at("LoginScreen")
        assert "Your session has ended" in stage.says("#error")


async def test_the_filter_leaves_games_against_that_name() -> None:
    async with at_games(client()) as stage:
        await stage.press("slash", *"BO")
        await stage.until(lambda: ids(stage) == [None, "bob1", None, "bob-done"])
        await stage.press("enter")
        assert stage.screen.focused is listed(stage)
        await stage.press("slash", *"xyz")
        assert stage.says("#empty") == 'No game matches "xyz".'
        await stage.press("escape")
        assert len(ids(stage)) == 11
        assert stage.screen.query_one("#filter", Input).value == ""
        assert stage.screen.focused is listed(stage)


async def test_finished_games_are_few_until_all_are_asked_for() -> None:
    fake = client()
    fake.done_games = [
        make_game(f"p{i:03}").ended("resign", "ana", NOW - timedelta(days=i)) for i in range(230)
    ]
    async with at_games(fake) as stage:
        await stage.until(lambda: "FINISHED 100+" in words(stage))
        assert sum(1 for game in fake.done_games if game.game_id in ids(stage)) == 3
        await stage.press("f")
        await stage.until(lambda: "FINISHED 230" in words(stage))
        assert sum(1 for game in fake.done_games if game.game_id in ids(stage)) == 230
        await stage.press("f")
        await stage.until(lambda: len(ids(stage)) < 20)


async def test_asking_for_all_finished_games_counts_those_that_came_since() -> None:
    fake = FakeClient(open_games=some_games()[0], done_games=[])
    async with at_games(fake) as stage:
        fake.done_games = some_games()[1]
        await stage.press("f")
        await stage.until(lambda: stage.toasts)
        assert stage.toasts == ["There are no more finished games."]


async def test_finished_games_that_did_not_come_are_asked_for_again_and_said_to_be_missing() -> (
    None
):
    fake = FakeClient(done_games=[make_game("over").ended("resign", "ana", NOW)])
    fake.finished_failures = [Unavailable(retry_after=1.0), Unavailable()]
    async with at_games(fake) as stage:
        await stage.until(lambda: "finished games did not arrive" in stage.says("#status"))
        assert "No games yet" not in stage.says("#empty")
        assert "Up to date" not in stage.says("#status")
        await stage.until(lambda: "FINISHED 1" in words(stage))
        assert "Up to date" in stage.says("#status")


async def test_without_games_it_says_what_to_do_first() -> None:
    async with at_games(FakeClient()) as stage:
        assert stage.says("#empty") == "No games yet. Press n to invite a friend."
        assert stage.says("#status") == "● Up to date."
        await stage.click("#new-game")
        await stage.at("NewGameScreen")


async def test_when_no_game_waits_it_says_so() -> None:
    fake = FakeClient(open_games=[make_game("bob", creator="ana")])
    async with at_games(fake) as stage:
        assert stage.says("#status") == "● Up to date.  Nothing waits for you."
        assert stage.app.title == "nim"


async def test_n_on_a_board_goes_to_the_next_game_that_waits() -> None:
    async with at_games(client()) as stage:
        seen = [""]
        for _ in range(4):
            await stage.press("enter" if stage.name == "GamesScreen" else "n")
            await stage.until(lambda: board_of(stage) not in ("", seen[-1]))
            seen.append(board_of(stage))
        assert seen[1:] == ["tomas1", "marguerite1", "bob1", "tomas1"]
        await stage.press("escape")
        await stage.at("GamesScreen")


@pytest.mark.parametrize("size", [(50, 16), (80, 24), (120, 40), (200, 60)])
async def test_rows_fit_their_width(size: tuple[int, int]) -> None:
    async with at_games(client(), size=size) as stage:
        await stage.until(lambda: "jo-done" in ids(stage))
        width = listed(stage).size.width
        for option in listed(stage).options:
            assert all(len(line) <= width for line in str(option.prompt).splitlines())
        assert ("misère · 5 4 5" in stage.picture) == (size[0] >= 110)
        await stage.click("#logout")
        await stage.at("WelcomeScreen")


async def test_an_overdue_game_can_be_claimed_from_the_list() -> None:
    late = make_game("bob", creator="ana", minutes=3 * 24 * 60, days=2)
    async with at_games(FakeClient(open_games=[late])) as stage:
        assert words(stage)[1].endswith("you invited 3 d claim it")
