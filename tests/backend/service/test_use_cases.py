"""The use cases over ports in memory: games, moves, lists, profiles."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend.domain.errors import (
    BadRequest,
    IllegalMove,
    NimError,
    NoSuchGame,
    NoSuchPlayer,
    NotYourTurn,
    RegistrationClosed,
    Stale,
    TooManyGames,
    Unavailable,
)
from backend.domain.ids import derived_id
from backend.domain.people import Player, Registration
from backend.service.commands import ProfileEdit, SignUp
from backend.service.ports import MOST_OPEN_GAMES
from backend.service.subscriptions import game_key, user_key
from backend.service.use_cases import Service
from tests.backend.samples import START, new_game
from tests.backend.service.table import Table, new_table
from tests.support import eventually_async

DAY = timedelta(days=1)


@pytest.fixture
async def table() -> Table:
    return await new_table()


async def test_a_new_game_waits_for_the_invited_player(table: Table) -> None:
    game = await table.start(opponent="bERT", heaps=[1, 2, 3], rule="normal", days_per_move=3)
    assert (game.user1, game.user2, game.turn) == ("Anna", "Bert", "Bert")
    assert (game.heaps, game.start, game.rule) == ((1, 2, 3), (1, 2, 3), "normal")
    assert (game.version, game.deadline) == (0, START + 3 * DAY)
    assert table.notices() == [("Bert", "invite")]
    assert await table.service.game("Bert", game.game_id) == game
    assert (await table.start()).heaps == (5, 4, 5)


async def test_who_cannot_be_invited(table: Table) -> None:
    with pytest.raises(NoSuchPlayer):
        await table.start(opponent="Nobody")
    with pytest.raises(BadRequest) as self_play:
        await table.start(opponent="ANNA")
    assert set(self_play.value.fields) == {"opponent"}
    assert table.games.kept == {}


@pytest.mark.parametrize("heaps", [[], [5, 4], [5, 4, 5, 1], [0, 0, 1], [21, 1, 1], [-1, 5, 5]])
async def test_heaps_that_no_game_starts_from(table: Table, heaps: list[int]) -> None:
    with pytest.raises(BadRequest) as refused:
        await table.start(heaps=heaps)
    assert set(refused.value.fields) == {"heaps"}


async def test_the_same_request_again_is_the_same_game(table: Table) -> None:
    first = await table.start(request_id="one")
    assert await table.start(request_id="one") == first
    moved = await table.move(first, "Bert", 1, 0)
    assert await table.start(request_id="one", heaps=[1, 1, 1]) == moved
    assert len(table.games.kept) == 1
    assert table.notices() == [("Bert", "invite"), ("Anna", "your_turn")]
    others = [
        await table.start(request_id="two"),
        await table.start("Carl", request_id="one"),
        await table.start(),
        await table.start(),
    ]
    assert len({game.game_id for game in [first, *others]}) == 5


async def test_requests_at_once_make_one_game(table: Table) -> None:
    games = await asyncio.gather(*(table.start(request_id="one") for _ in range(8)))
    assert len({game.game_id for game in games}) == len(table.games.kept) == 1
    assert table.notices() == [("Bert", "invite")]


async def test_somebody_elses_game_under_our_derived_id_is_unavailable(table: Table) -> None:
    taken = derived_id("request", "Anna", "one")
    table.games.kept[taken] = new_game(game_id=taken, user1="Carl", last_move_by="Carl")
    with pytest.raises(Unavailable):
        await table.start(request_id="one")


async def test_our_own_game_of_another_origin_is_not_what_was_asked_for(table: Table) -> None:
    asked = derived_id("request", "Anna", "one")
    table.games.kept[asked] = new_game(game_id=asked)
    with pytest.raises(Unavailable):
        await table.start(request_id="one")
    old = await table.start()
    await table.service.resign("Anna", old.game_id)
    again = derived_id("rematch", old.game_id)
    table.games.kept[again] = new_game(game_id=again, rematch_of="another2another2")
    with pytest.raises(Unavailable):
        await table.service.rematch("Anna", old.game_id)


async def test_a_player_makes_at_most_so_many_open_games(table: Table) -> None:
    first = await table.start()
    for _ in range(MOST_OPEN_GAMES - 1):
        await table.start()
    with pytest.raises(TooManyGames):
        await table.start()
    await table.start("Carl", "Anna")
    await table.service.resign("Anna", first.game_id)
    await table.start()


async def test_other_peoples_games_do_not_exist(table: Table) -> None:
    game = await table.start()
    asked = [
        table.service.game("Carl", game.game_id),
        table.move(game, "Carl", 1, 0),
        table.move(game, "Carl", 1, -1),
        table.service.resign("Carl", game.game_id),
        table.service.claim("Carl", game.game_id),
        table.service.decline("Carl", game.game_id),
        table.service.rematch("Carl", game.game_id),
        table.service.game("Anna", "2222222222222222"),
    ]
    for asking in asked:
        with pytest.raises(NoSuchGame):
            await asking


async def test_a_move_is_made_once_however_often_it_is_sent(table: Table) -> None:
    game = await table.start()
    moved = await table.move(game, "Bert", 1, 2, version=0)
    assert (moved.heaps, moved.turn, moved.version) == ((2, 4, 5), "Anna", 1)
    assert await table.move(game, "Bert", 1, 2, version=0) == moved
    replied = await table.move(moved, "Anna", 2, 0, version=1)
    assert await table.move(game, "Bert", 1, 2, version=0) == replied
    assert table.notices() == [("Bert", "invite"), ("Anna", "your_turn"), ("Bert", "your_turn")]


async def test_refused_moves_carry_the_board(table: Table) -> None:
    game = await table.start()
    cases: list[tuple[type[NimError], str, int, int | None]] = [
        (NotYourTurn, "Anna", 1, None),
        (Stale, "Bert", 1, 5),
        (IllegalMove, "Bert", 5, None),
        (IllegalMove, "Bert", 1000, 0),
        (IllegalMove, "Bert", -1, None),
        (NotYourTurn, "Anna", -1, None),
        (Stale, "Bert", -1, 5),
    ]
    for expected, user, left, version in cases:
        with pytest.raises(expected) as refused:
            await table.move(game, user, 1, left, version=version)
        assert refused.value.game == game
    assert table.games.kept[game.game_id] == game


async def test_lists_are_read_page_by_page(table: Table) -> None:
    for _ in range(7):
        table.now += DAY
        await table.start()
    seen: list[str] = []
    cursor: str | None = None
    while True:
        games, cursor = await table.service.list_games("Bert", "open", 3, cursor)
        seen += [game.game_id for game in games]
        if cursor is None:
            break
    assert seen == list(table.games.kept)
    assert await table.service.list_games("Bert", "done", 3, None) == ([], None)
    with pytest.raises(BadRequest):
        await table.service.list_games("Bert", "open", 3, "forged")


async def test_a_cancelled_request_still_finishes_its_write(table: Table) -> None:
    game = await table.start()
    table.notices()
    table.games.gate.clear()
    with table.service.hub.listen(game_key(game.game_id)) as woken:
        request = asyncio.create_task(table.move(game, "Bert", 1, 0))
        await eventually_async(lambda: bool(table.service._writes))
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        woken.clear()
        closing = asyncio.create_task(table.service.close())
        table.games.gate.set()
        await closing
        assert woken.is_set()
    assert table.games.kept[game.game_id].version == 1
    assert table.notices() == [("Anna", "your_turn")]
    assert table.courier.closed
    assert table.games.closed


async def test_closing_waits_for_the_writes_that_run(table: Table) -> None:
    game = await table.start()
    table.games.gate.clear()
    writing = asyncio.create_task(table.move(game, "Bert", 1, 0))
    await eventually_async(lambda: bool(table.service._writes))
    closing = asyncio.create_task(table.service.close())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    assert (table.courier.closed, table.games.closed) == (False, False)
    table.games.gate.set()
    assert (await writing).version == 1
    await closing
    assert (table.courier.closed, table.games.closed) == (True, True)


async def test_a_write_wakes_both_players_and_a_refusal_nobody(table: Table) -> None:
    game = await table.start()
    with (
        table.service.hub.listen(user_key("Anna")) as anna,
        table.service.hub.listen(user_key("Bert")) as bert,
        table.service.hub.listen(user_key("Carl")) as carl,
    ):
        await eventually_async(lambda: anna.is_set() and bert.is_set() and carl.is_set())
        for event in (anna, bert, carl):
            event.clear()
        with pytest.raises(NotYourTurn):
            await table.move(game, "Anna", 1, 0)
        assert not anna.is_set()
        await table.move(game, "Bert", 1, 0, version=0)
        assert anna.is_set()
        assert bert.is_set()
        assert not carl.is_set()
        anna.clear()
        await table.move(game, "Bert", 1, 0, version=0)
        assert not anna.is_set()


async def test_the_profile_changes_by_what_is_sent(table: Table) -> None:
    service = table.service
    changed = await service.accounts.change_profile("Anna", ProfileEdit(notices="none"))
    assert (changed.phone, changed.notices) == ("+15555555555", "none")
    changed = await service.accounts.change_profile("Anna", ProfileEdit(phone="+4915555555555"))
    assert (changed.phone, changed.notices) == ("+4915555555555", "none")
    assert await service.accounts.profile("Anna") == changed
    with pytest.raises(BadRequest) as refused:
        await service.accounts.change_profile("Anna", ProfileEdit(phone="0155"))
    assert set(refused.value.fields) == {"phoneNumber"}
    changed = await service.accounts.change_profile("Anna", ProfileEdit(phone=None))
    assert changed.phone is None
    with pytest.raises(NoSuchPlayer):
        await service.accounts.profile("Nobody")


async def test_registration_is_checked_and_can_be_closed(table: Table) -> None:
    form = SignUp(username="Dora", password="Passw0rdX", email="d@example.com")
    assert (await table.service.accounts.register(form)).username == "Dora"
    session = await table.service.sign_in("dora", "Passw0rdX", None)
    assert await table.people.verify(session.id_token) == "Dora"
    with pytest.raises(BadRequest):
        await table.service.accounts.register(SignUp(username="x", password="x", email="x"))
    closed = Service(games=table.games, people=table.people, registration_open=False)
    with pytest.raises(RegistrationClosed):
        await closed.accounts.register(form)


async def test_a_deletion_that_another_has_finished_spares_the_names_next_account(
    table: Table,
) -> None:
    """While one request ends the games, another has ended all, and the name is registered again."""
    begun, registered = asyncio.Event(), asyncio.Event()
    forget = table.service.accounts.forget

    async def slow(player: Player) -> None:
        begun.set()
        await registered.wait()
        await forget(player)

    table.service.accounts.forget = slow  # type: ignore[method-assign]
    late = asyncio.create_task(table.service.delete_player("Anna"))
    await begun.wait()
    await table.people.delete("Anna")
    table.people.marked.discard("Anna")
    await table.people.register(Registration("Anna", "Passw0rdY", None, None))
    registered.set()
    with pytest.raises(NoSuchPlayer):
        await late
    assert await table.people.find("Anna") is not None
