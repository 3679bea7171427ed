"""Which requests are sent again when their answer is lost: those that count once however often."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from backend.domain.errors import GameOver
from nim_tui.client import NimClient, Unreachable
from tests.backend.samples import new_game
from tests.nim_tui.client.fakes import GAME, error, signed_in

CODE = "k3v9x-2ma4q"

Ask = Callable[[NimClient], Awaitable[object]]

AGAIN: dict[str, Ask] = {
    "a move": lambda client: client.move(new_game(), 1, 2),
    "resign": lambda client: client.resign("g2345678"),
    "claim": lambda client: client.claim("g2345678"),
    "decline": lambda client: client.decline("g2345678"),
    "a rematch": lambda client: client.rematch("g2345678"),
    "a game by its request": lambda client: client.new_game("anna", request_id="one"),
    "an invitation": lambda client: client.invitations.make(),
    "taking an invitation": lambda client: client.invitations.accept(CODE),
}
ONCE: dict[str, Ask] = {
    "a game without a request's name": lambda client: client.new_game("anna"),
    "withdrawing": lambda client: client.invitations.withdraw(CODE),
    "registering": lambda client: client.register("carl", "Passw0rd1"),
    "deleting": lambda client: client.account.delete("Passw0rd1"),
    "a code": lambda client: client.account.confirm("email", "12345678"),
    "forgetting": lambda client: client.account.forgot_password("bert"),
    "a new password by code": lambda client: client.account.reset_password("b", "1", "Passw0rd2"),
}

# Bert asks; anna has ended it.
OTHERS = [("resign", "resign", "bert"), ("claim", "timeout", "anna"), ("decline", "play", "anna")]


class Deaf:
    """Takes requests, and loses every answer."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        raise httpx.ReadError("gone")


async def sent(ask: Ask) -> list[httpx.Request]:
    backend = Deaf()
    client = await signed_in(backend)
    with pytest.raises(Unreachable):
        await ask(client)
    return backend.sent


@pytest.mark.parametrize("what", AGAIN)
async def test_what_counts_once_is_sent_again_and_is_the_same_request(what: str) -> None:
    requests = await sent(AGAIN[what])
    assert len(requests) == 3
    assert len({(one.method, one.url, one.content) for one in requests}) == 1


@pytest.mark.parametrize("what", ONCE)
async def test_what_might_count_twice_is_sent_once(what: str) -> None:
    assert len(await sent(ONCE[what])) == 1


@pytest.mark.parametrize(("what", "ended_by", "winner"), OTHERS)
async def test_an_ending_by_the_opponent_is_not_taken_for_ones_own(
    what: str, ended_by: str, winner: str | None
) -> None:
    over = GAME | {"state": "done", "turn": None, "endedBy": ended_by, "winner": winner}
    client = await signed_in(lambda _: error(409, "game_over", game=over))
    with pytest.raises(GameOver):
        await AGAIN[what](client)
