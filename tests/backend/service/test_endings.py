"""The use cases over ports in memory: how games end, rematches, deleted players."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from backend.domain.errors import (
    BadRequest,
    GameOver,
    NoSuchGame,
    NoSuchPlayer,
    NotExpired,
    NotOver,
    NotSignedIn,
    NotYourTurn,
    TooManyGames,
    Unavailable,
    WrongPassword,
)
from backend.domain.game import Game, State
from backend.domain.nim import Move
from backend.domain.people import Registration
from backend.service.commands import Invite
from backend.service.ports import MOST_OPEN_GAMES
from backend.service.use_cases import ENDING_TRIES, Service
from tests.backend.api.people import MemoryPeople
from tests.backend.samples import START, new_game, played
from tests.backend.service.table import Table, new_table

DAY = timedelta(days=1)


@pytest.fixture
async def table() -> Table:
    return await new_table()


async def test_resigning_claiming_and_declining(table: Table) -> None:
    resigned = await table.service.resign("Anna", (await table.start()).game_id)
    assert (resigned.winner, resigned.ended_by, resigned.version) == ("Bert", "resign", 1)
    assert table.notices() == [("Bert", "invite"), ("Bert", "won"), ("Anna", "lost")]

    declined = await table.service.decline("Bert", (await table.start()).game_id)
    assert (declined.winner, declined.ended_by) == (None, "decline")
    assert table.notices() == [("Bert", "invite"), ("Anna", "declined")]

    slow = await table.start(days_per_move=1)
    with pytest.raises(NotExpired):
        await table.service.claim("Anna", slow.game_id)
    table.now += DAY + timedelta(seconds=1)
    with pytest.raises(NotExpired):
        await table.service.claim("Bert", slow.game_id)
    claimed = await table.service.claim("Anna", slow.game_id)
    assert (claimed.winner, claimed.ended_by) == ("Anna", "timeout")

    for ending in (table.service.resign, table.service.claim, table.service.decline):
        with pytest.raises(GameOver) as over:
            await ending("Bert", slow.game_id)
        assert over.value.game == claimed


async def test_a_late_move_stands_until_the_deadline_is_claimed(table: Table) -> None:
    game = await table.start(days_per_move=1)
    table.now += 2 * DAY
    moved = await table.move(game, "Bert", 1, 0)
    assert moved.turn == "Anna"
    with pytest.raises(NotExpired):
        await table.service.claim("Anna", game.game_id)


async def test_an_ending_is_judged_anew_when_the_game_changed_meanwhile(table: Table) -> None:
    game = await table.start()

    def rival(user: str, heap: int, left: int) -> Callable[[], None]:
        def write() -> None:
            kept = table.games.kept[game.game_id]
            table.games.kept[game.game_id] = kept.after_move(user, Move(heap, left), START)

        return write

    table.games.rivals = [rival("Bert", 1, 0), rival("Anna", 2, 0)]
    resigned = await table.service.resign("Anna", game.game_id)
    assert (resigned.version, resigned.heaps, resigned.winner) == (3, (0, 0, 5), "Bert")

    game = await table.start()
    table.games.rivals = [rival("Bert", 1, 0)]
    with pytest.raises(NotYourTurn):
        await table.service.decline("Bert", game.game_id)
    assert table.games.kept[game.game_id].state == "open"


async def test_a_game_that_never_stands_still_is_given_up_on(table: Table) -> None:
    game = await table.start()

    def touch() -> None:
        table.games.kept[game.game_id] = new_game(
            game_id=game.game_id, request_id=str(len(table.games.rivals))
        )

    table.games.rivals = [touch] * (ENDING_TRIES + 1)
    with pytest.raises(Unavailable):
        await table.service.resign("Anna", game.game_id)


async def test_a_rematch_is_one_game_with_the_roles_swapped(table: Table) -> None:
    old = await table.start(heaps=[1, 1, 0], rule="normal", days_per_move=2)
    with pytest.raises(NotOver) as early:
        await table.service.rematch("Anna", old.game_id)
    assert early.value.game == old
    await table.move(old, "Bert", 1, 0)
    await table.move(old, "Anna", 2, 0)
    table.notices()
    both = await asyncio.gather(
        *(table.service.rematch(user, old.game_id) for user in ("Anna", "Bert", "Anna"))
    )
    (new,) = {game.game_id: game for game in both}.values()
    assert (new.user1, new.user2, new.turn) == ("Bert", "Anna", "Anna")
    assert (new.heaps, new.rule, new.days_per_move) == ((1, 1, 0), "normal", 2)
    assert new.rematch_of == old.game_id
    assert (new.rematch_by, new.inviter, new.invited) == ("Anna", "Anna", "Bert")
    assert table.notices() == [("Bert", "rematch")]
    declined = await table.service.decline("Anna", new.game_id)
    assert await table.service.rematch("Bert", old.game_id) == declined


async def test_a_rematch_needs_the_other_one_and_room_for_it(table: Table) -> None:
    old = await table.start()
    await table.service.resign("Anna", old.game_id)
    for _ in range(MOST_OPEN_GAMES):
        await table.start("Bert", "Carl")
    with pytest.raises(TooManyGames, match="You have"):
        await table.service.rematch("Bert", old.game_id)
    with pytest.raises(TooManyGames, match="Bert has"):
        await table.service.rematch("Anna", old.game_id)
    await table.people.delete("Bert")
    with pytest.raises(NoSuchPlayer, match="Bert no longer has an account"):
        await table.service.rematch("Anna", old.game_id)


async def test_a_deleted_players_open_games_end_as_resigned(table: Table) -> None:
    count = 2 * MOST_OPEN_GAMES + 50
    made = [await table.start(("Anna", "Carl", "Bert")[i % 3], "bert" if i % 3 < 2 else "anna")
            for i in range(count // 2)]  # fmt: skip
    table.games.kept |= {
        f"old{i}": played(new_game(game_id=f"old{i}"), (1, 0)) for i in range(count // 2)
    }
    finished = await table.service.resign("Anna", made[0].game_id)
    await table.service.delete_player("bERT")
    for game in table.games.kept.values():
        assert game.state == "done"
        if game.has_player("Bert") and game != finished:
            assert (game.ended_by, game.winner) == ("resign", game.opponent_of("Bert"))
    assert await table.people.find("Bert") is None
    with pytest.raises(NoSuchPlayer):
        await table.service.delete_player("Bert")


async def test_deleting_goes_on_when_the_other_one_ends_a_game_first(table: Table) -> None:
    game = await table.start()

    def resign() -> None:
        table.games.kept[game.game_id] = game.ended("resign", "Bert", START)

    table.games.rivals = [resign]
    await table.service.delete_player("Bert")
    assert table.games.kept[game.game_id].winner == "Bert"
    assert await table.people.find("Bert") is None


async def test_an_invitation_in_the_moment_of_deletion_ends_too(table: Table) -> None:
    class Busy(MemoryPeople):
        async def delete(self, username: str) -> None:
            # It had passed the check before the account was marked.
            await table.games.put(new_game(user1="Anna", user2=username))
            await super().delete(username)

    people = Busy()
    for player in await table.people.players():
        await people.register(Registration(player.username, "Passw0rdX", "a@example.com", None))
    service = Service(games=table.games, people=people)
    await service.delete_player("Bert")
    (game,) = table.games.kept.values()
    assert (game.ended_by, game.winner) == ("resign", "Anna")


async def test_nobody_starts_a_game_with_a_closing_account(table: Table) -> None:
    old = await table.start()
    await table.service.resign("Anna", old.game_id)
    await table.people.begin_closing("Bert")
    with pytest.raises(NoSuchPlayer):
        await table.start("Anna", "Bert")
    with pytest.raises(NoSuchPlayer):
        await table.service.rematch("Anna", old.game_id)
    # Another process that has not noticed yet may still take the account's token.
    with pytest.raises(NotSignedIn):
        await table.start("Bert", "Carl")
    with pytest.raises(NotSignedIn):
        await table.service.rematch("Bert", old.game_id)


class Stopped(MemoryPeople):
    """People whose deletion stops halfway, once."""

    stops = True

    async def delete(self, username: str) -> None:
        if self.stops:
            self.stops = False
            raise Unavailable
        await super().delete(username)


@pytest.mark.parametrize("how", ["a repeat", "a sign-in", "a restart"])
async def test_a_deletion_that_was_stopped_is_finished(table: Table, how: str) -> None:
    people = Stopped()
    for name in ("Anna", "Bert"):
        await people.register(Registration(name, "Passw0rdX", "a@example.com", None))
    service = Service(games=table.games, people=people)
    game = await service.create("Anna", Invite(opponent="Bert"))
    with pytest.raises(Unavailable):
        await service.delete_player("Bert")
    assert await people.find("Bert") is None
    if how == "a repeat":
        await service.delete_player("bert")
    elif how == "a sign-in":
        with pytest.raises(WrongPassword):
            await service.sign_in("Bert", "Passw0rdX", None)
    else:
        await service.finish_deletions()
    assert await people.all_closing() == []
    assert table.games.kept[game.game_id].winner == "Anna"
    await people.register(Registration("Bert", "Passw0rdX", "a@example.com", None))
    await service.close()


async def test_the_next_owner_of_a_name_keeps_their_games(table: Table) -> None:
    class TakenAgain(MemoryPeople):
        async def delete(self, username: str) -> None:
            await super().delete(username)
            await self.register(Registration("Bert", "Passw0rdX", "b@example.com", None))
            table.now += DAY
            begun.append(await service.create("Bert", Invite(opponent="Anna")))

    people, begun = TakenAgain(), list[Game]()
    for name in ("Anna", "Bert"):
        await people.register(Registration(name, "Passw0rdX", "a@example.com", None))
    service = Service(games=table.games, people=people, now=table.time)
    await service.delete_player("Bert")
    assert table.games.kept[begun[0].game_id] == begun[0]


async def test_an_earlier_owners_games_are_nobodys(table: Table) -> None:
    finished = await table.start(request_id="once")
    await table.service.resign("Anna", finished.game_id)
    left_open = await table.start("Bert", "Anna")
    table.games.kept["tutorial"] = new_game(
        game_id="tutorial", user1="Bert", user2="Anna", last_move_by="Bert", created_at=None
    )
    table.people.created["Anna"] = START + DAY
    table.now = START + 2 * DAY
    own = await table.start("Bert", "Anna")

    with pytest.raises(NoSuchGame):
        await table.service.game("Anna", finished.game_id)
    for use in (table.service.resign, table.service.rematch, table.service.decline):
        with pytest.raises(NoSuchGame):
            await use("Anna", left_open.game_id)
    for game in (finished, left_open):
        for left in (0, 1, -1, 60):
            with pytest.raises(NoSuchGame):
                await table.move(game, "Anna", 1, left)
    assert table.games.kept[left_open.game_id] == left_open
    with pytest.raises(BadRequest) as used:
        await table.start(request_id="once")
    assert list(used.value.fields) == ["requestId"]
    # The other side does not get a rematch with somebody else of that name.
    with pytest.raises(NoSuchPlayer):
        await table.service.rematch("Bert", finished.game_id)

    for limit in (1, 2, 100):
        assert set(await listed(table, "open", limit)) == {own.game_id, "tutorial"}
        assert await listed(table, "done", limit) == []
    await table.move(own, "Anna", 1, 0)
    await table.move(table.games.kept["tutorial"], "Anna", 1, 0)


async def test_nobody_learns_of_an_earlier_owners_move_by_repeating_it(table: Table) -> None:
    game = await table.start("Bert", "Anna")
    await table.move(game, "Anna", 1, 0, version=0)
    table.people.created["Anna"] = START + DAY
    with pytest.raises(NoSuchGame):
        await table.move(game, "Anna", 1, 0, version=0)


async def listed(table: Table, state: State, limit: int) -> list[str]:
    """The ids of Anna's games, page by page."""
    games, cursor = await table.service.list_games("Anna", state, limit, None)
    found = [game.game_id for game in games]
    while cursor is not None:
        games, cursor = await table.service.list_games("Anna", state, limit, cursor)
        found += [game.game_id for game in games]
    return found
