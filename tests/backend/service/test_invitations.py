"""Open invitations: who gets the game, whatever happens in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from backend.domain.errors import (
    BadRequest,
    InvitationTaken,
    NimError,
    NoSuchInvitation,
    NotSignedIn,
    Unavailable,
)
from backend.domain.game import Game
from backend.domain.invitations import KEEP, LIFE, Invitation
from backend.service.commands import Offer
from tests.backend.samples import START
from tests.backend.service.table import Table, new_table

HEAPS = (1, 2, 3)


@pytest.fixture
async def table() -> Table:
    return await new_table()


async def made(table: Table, user: str = "Anna", request: str | None = None) -> Invitation:
    """A new invitation."""
    offer = Offer(heaps=HEAPS, rule="normal", days_per_move=2, request_id=request)
    return await table.service.invitations.make(user, offer)


async def accept(table: Table, user: str, code: str) -> Game:
    """What the API does for an accept."""
    invitations = table.service.invitations
    return await invitations.accept(user, await invitations.find(code))


async def test_the_taker_moves_first_in_the_game_that_was_offered(table: Table) -> None:
    invitation = await made(table)
    table.now += timedelta(days=1)
    game = await accept(table, "Bert", invitation.code)
    assert (game.user1, game.user2, game.turn) == ("Anna", "Bert", "Bert")
    assert (game.heaps, game.start, game.rule, game.days_per_move) == (HEAPS, HEAPS, "normal", 2)
    assert game.created_at == table.now
    assert table.notices() == [("Anna", "accepted")]
    table.now += timedelta(days=1)
    assert await accept(table, "Bert", invitation.code) == game
    assert await accept(table, "Bert", invitation.code.upper()) == game
    assert table.notices() == []
    with pytest.raises(InvitationTaken):
        await accept(table, "Carl", invitation.code)
    with pytest.raises(BadRequest, match="your own"):
        await accept(table, "Anna", invitation.code)


async def test_of_many_at_once_exactly_one_gets_the_game(table: Table) -> None:
    invitation = await made(table)
    barrier = asyncio.Barrier(50)

    async def try_it(number: int) -> str:
        found = await table.service.invitations.find(invitation.code)
        await barrier.wait()
        try:
            game = await table.service.invitations.accept(("Bert", "Carl")[number % 2], found)
        except InvitationTaken:
            return "taken"
        return game.user2

    outcomes = await asyncio.gather(*map(try_it, range(50)))
    winner = (set(outcomes) - {"taken"}).pop()
    assert outcomes.count(winner) == outcomes.count("taken") == 25
    assert len(table.games.kept) == 1


@pytest.mark.parametrize("text", ["", "k3v9x-2ma4", "k3v9x-2ma4qq", "k3v9x-2ma41", "💥" * 10])
async def test_what_is_no_code_leads_to_nothing(table: Table, text: str) -> None:
    with pytest.raises(NoSuchInvitation):
        await table.service.invitations.find(text)


async def refusal(table: Table, code: str) -> tuple[type[NimError], str]:
    """The kind and the words in which a code is refused."""
    with pytest.raises(NimError) as caught:
        await table.service.invitations.find(code)
    return type(caught.value), caught.value.message


async def test_unknown_expired_and_withdrawn_codes_are_refused_alike(table: Table) -> None:
    invitations = table.service.invitations
    withdrawn, expired = await made(table), await made(table)
    await invitations.withdraw("Anna", withdrawn)
    table.now += LIFE
    codes = ("22222-22222", withdrawn.code, expired.code)
    refusals = {await refusal(table, code) for code in codes}
    assert len(refusals) == 1
    assert await invitations.list_of("Anna") == []


async def test_one_that_was_taken_says_so_after_its_time(table: Table) -> None:
    invitation = await made(table)
    game = await accept(table, "Bert", invitation.code)
    table.now += LIFE + KEEP
    assert await accept(table, "Bert", invitation.code) == game
    with pytest.raises(InvitationTaken):
        await accept(table, "Carl", invitation.code)


async def test_it_may_expire_between_the_look_and_the_write(table: Table) -> None:
    invitation = await made(table)
    found = await table.service.invitations.find(invitation.code)
    table.now += LIFE
    with pytest.raises(NoSuchInvitation):
        await table.service.invitations.accept("Bert", found)


async def test_a_request_with_a_name_gives_one_invitation(table: Table) -> None:
    first = await made(table, request="mine")
    assert await made(table, request="mine") == first
    assert (await made(table, request="other")).code != first.code
    assert (await made(table, "Bert", request="mine")).code != first.code
    assert len(await table.service.invitations.list_of("Anna")) == 2


async def test_only_the_maker_withdraws_it_and_only_while_nobody_has_it(table: Table) -> None:
    invitations = table.service.invitations
    invitation = await made(table)
    with pytest.raises(NoSuchInvitation):
        await invitations.withdraw("Bert", invitation)
    await accept(table, "Bert", invitation.code)
    for seen in (invitation, await invitations.find(invitation.code)):
        with pytest.raises(InvitationTaken):
            await invitations.withdraw("Anna", seen)


async def stopped_after_taking(table: Table) -> Invitation:
    """An invitation that Bert has taken; nothing came of its game."""
    invitation = await made(table)
    table.games.faults = [Unavailable()]
    with pytest.raises(Unavailable):
        await accept(table, "Bert", invitation.code)
    assert table.games.kept == {}
    return invitation


async def test_after_a_crash_the_taker_completes_it_by_accepting_again(table: Table) -> None:
    invitation = await stopped_after_taking(table)
    table.now += timedelta(hours=1)
    game = await accept(table, "Bert", invitation.code)
    assert (game.user2, game.created_at) == ("Bert", START)
    assert table.notices() == [("Anna", "accepted")]


async def test_after_a_crash_the_maker_completes_it_by_listing(table: Table) -> None:
    await stopped_after_taking(table)
    assert await table.service.invitations.list_of("Anna") == []
    games, _ = await table.service.list_games("Bert", "open", 10, None)
    assert [game.user1 for game in games] == ["Anna"]
    assert table.notices() == [("Anna", "accepted")]


async def test_after_a_crash_somebody_elses_try_completes_it_and_is_refused(table: Table) -> None:
    invitation = await stopped_after_taking(table)
    with pytest.raises(InvitationTaken):
        await accept(table, "Carl", invitation.code)
    assert len(table.games.kept) == 1


@pytest.mark.parametrize("leaves", ["Anna", "Bert"])
async def test_after_a_crash_it_is_not_completed_for_who_leaves(table: Table, leaves: str) -> None:
    invitation = await stopped_after_taking(table)
    table.people.marked.add(leaves)
    await table.service.invitations.list_of("Anna")
    with pytest.raises(InvitationTaken):
        await accept(table, "Carl", invitation.code)
    assert table.games.kept == {}


async def test_a_game_without_its_mark_is_found_again(table: Table) -> None:
    invitation = await made(table)
    table.games.invitations.trouble = [Unavailable()]
    game = await accept(table, "Bert", invitation.code)
    assert not table.games.invitations.kept[invitation.code].made
    assert await accept(table, "Bert", invitation.code) == game
    assert table.games.invitations.kept[invitation.code].made


async def test_a_deleted_account_takes_its_invitations_along(table: Table) -> None:
    invitation = await made(table)
    await table.service.delete_player("Anna")
    with pytest.raises(NoSuchInvitation):
        await accept(table, "Bert", invitation.code)
    with pytest.raises(NotSignedIn):
        await made(table)


async def test_an_account_that_is_closing_cannot_be_played_with(table: Table) -> None:
    invitation = await made(table)
    table.people.marked.add("Anna")
    with pytest.raises(NoSuchInvitation):
        await accept(table, "Bert", invitation.code)
    table.people.marked = {"Bert"}
    with pytest.raises(NotSignedIn):
        await accept(table, "Bert", invitation.code)
    assert table.games.kept == {}


async def test_a_later_account_of_the_name_does_not_inherit(table: Table) -> None:
    """Neither as the maker nor as the taker."""
    of_anna, of_carl = await made(table), await made(table, "Carl")
    await accept(table, "Bert", of_carl.code)
    table.people.created = dict.fromkeys(("Anna", "Bert"), START + timedelta(days=1))
    table.now += timedelta(days=2)
    with pytest.raises(NoSuchInvitation):
        await accept(table, "Carl", of_anna.code)
    assert await table.service.invitations.list_of("Anna") == []
    with pytest.raises(InvitationTaken):
        await accept(table, "Bert", of_carl.code)


async def test_who_has_the_takers_name_later_does_not_play(table: Table) -> None:
    """The taker was stopped before the game, deleted their account, and the name was free again."""
    invitation = await made(table)
    await table.games.invitations.take(invitation.code, "Bert", table.now)
    table.people.created["Bert"] = table.now + timedelta(seconds=1)
    with pytest.raises(InvitationTaken):
        await accept(table, "Bert", invitation.code)
    assert await table.service.invitations.list_of("Anna") == []
    assert table.games.kept == {}
