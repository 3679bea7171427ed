"""What must hold of every kind of request when nothing is broken but single answers.

The calm changes (`calm`) are moves in open games. Here is what else clients ask for: new games,
rematches, invitations, declining, whole lists page by page, other people's games, and claims.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from backend.domain.errors import NimError, Unavailable
from backend.domain.game import STATES, Game, State
from backend.service.ports import list_order
from nim_tui.client import NimClient
from tests.simulation.departed import life_at

if TYPE_CHECKING:
    from tests.simulation.players import Player
    from tests.simulation.world import World

T = TypeVar("T")

_PAGE = 2
_MOST_CLAIMS = 4
_TWO_DAYS = 2 * 86_400.0


async def aftermath(world: World) -> None:
    """Everything below, in its order."""
    await _answers_lost(world)
    await _trespasses(world)
    if world.jumped:
        await _claims(world)
    await _pages(world)


async def _answers_lost(world: World) -> None:
    """The connection breaks off after each of these was carried out; the client finds that out."""
    one, *others = _here(world)
    other = next((each for each in others if each.account.name != one.account.name), None)
    if other is None:
        return
    name = other.account.name

    async def create(request: str) -> Game | None:
        return await _as(one, lambda client: client.new_game(name, request_id=request))

    declined = await _lost(world, one, "new game", create("after all"))
    if declined is not None:
        id1 = declined.game_id
        await _lost(world, other, "decline", _as(other, lambda client: client.decline(id1)))
    ended = await _lost(world, one, "new game", create("once more"))
    if ended is not None:
        id2 = ended.game_id
        await _lost(world, other, "resign", _as(other, lambda client: client.resign(id2)))
        await _lost(world, other, "rematch", _as(other, lambda client: client.rematch(id2)))
    code = await _lost(world, one, "invitation", _as(one, _invite))
    if code is not None:
        accept = _as(other, lambda client: client.invitations.accept(code))
        await _lost(world, other, "accept", accept)


async def _invite(client: NimClient) -> str:
    return (await client.invitations.make(request_id="after all")).code


async def _lost(
    world: World, player: Player, what: str, work: Coroutine[Any, Any, T | None]
) -> T | None:
    """What came of a request whose first answer is lost, also the table's to the server."""
    links = world.network.link(player.name), world.network.link(f"{player.home.name} to engine")
    for link in links:
        link.break_next = True
    try:
        found = await world.loop.spawn(player.process, work)
    except NimError as error:
        world.complaints.append(f"{player.name}'s {what} after all is well: {error.code}")
        return None
    finally:
        for link in links:
            link.break_next = False
    if isinstance(found, Game):
        world.known[found.game_id] = None
    return found


async def _as(player: Player, ask: Callable[[NimClient], Awaitable[T]]) -> T:
    assert player.client is not None
    return await ask(player.client)


async def _code_of(world: World, player: Player, work: Coroutine[Any, Any, object]) -> str:
    """The code of the refusal; empty for a success."""
    try:
        await world.loop.spawn(player.process, work)
    except NimError as error:
        return error.code
    return ""


async def _trespasses(world: World) -> None:
    """To those who do not play in it, a game is not there, whatever they ask."""
    for player in _here(world):
        others = [
            game
            for game in (await world.games()).values()
            if not game.has_player(player.account.name)
        ]
        for game in (others[:1] + others[-1:])[: len(others)]:
            await _trespass(world, player, game)


async def _trespass(world: World, player: Player, game: Game) -> None:
    id_, moves = game.game_id, list(game.board.moves())
    asked: dict[str, Callable[[NimClient], Awaitable[object]]] = {
        "look": lambda client: client.game(id_),
        "resign": lambda client: client.resign(id_),
        "decline": lambda client: client.decline(id_),
        "claim": lambda client: client.claim(id_),
        "rematch": lambda client: client.rematch(id_),
    }
    if moves:
        heap, left = moves[0].heap, moves[0].left
        asked["move"] = lambda client: client.move(game, heap, left)
    for what, ask in asked.items():
        code = await _code_of(world, player, _as(player, ask))
        if code != "no_such_game":
            said = code or "an answer"
            world.complaints.append(f"{player.name}, a stranger, got {said} to {what} in {id_}")


async def _pages(world: World) -> None:
    """Lists page by page: every game of the player once, in the order of lists."""
    for player in _here(world):
        for state in STATES:
            work = _as(player, lambda client, state=state: _whole_list(client, state))  # type: ignore[misc]
            shown: Sequence[Game] = await world.loop.spawn(player.process, work)
            name, truth = player.account.name, await world.games()
            wanted = [one for one in _of(world, player, truth) if one.state == state]
            wanted.sort(key=lambda game: list_order(game, name))
            ids = [game.game_id for game in shown if game.game_id in truth]
            if ids != [game.game_id for game in wanted]:
                world.complaints.append(
                    f"{player.name} pages through {ids}, not"
                    f" {[game.game_id for game in wanted]} ({state})"
                )


def _of(world: World, player: Player, games: Mapping[str, Game]) -> Iterator[Game]:
    """The games of the account that the player has now; its name may have had an earlier one."""
    name, life = player.account.name, player.account.life
    for game in games.values():
        if game.has_player(name) and life_at(world, name, game.created_at) is life:
            yield game


async def _whole_list(client: NimClient, state: State) -> list[Game]:
    games: list[Game] = []
    cursor: str | None = None
    while True:
        try:
            page = await client.games(state, cursor, limit=_PAGE)
        except Unavailable:  # the table has left keys unprocessed, once too often
            await asyncio.sleep(1.0)
            continue
        games += page.games
        cursor = page.cursor
        if cursor is None:
            return games


async def _claims(world: World) -> None:
    """A claim is granted if and only if the last move, by its own time, is too long ago."""
    await _claim_some(world, await world.games())
    world.clock.jumped += _TWO_DAYS
    games = await world.games()
    await _move_in_one(world, games)
    await _claim_some(world, await world.games())


async def _move_in_one(world: World, games: Mapping[str, Game]) -> None:
    for game in games.values():
        mover = _client_of(world, game, game.turn)
        if game.days_per_move is not None and mover is not None and sum(game.heaps) > 1:
            mover.seen[game.game_id] = game
            code = await _code_of(world, mover, mover.move(game))
            if code:
                world.complaints.append(f"{mover.name}'s late move in {game.game_id}: {code}")
            return


async def _claim_some(world: World, games: Mapping[str, Game]) -> None:
    limited = [game for game in games.values() if game.turn and game.days_per_move]
    for game in limited[-_MOST_CLAIMS:]:
        claimant = _client_of(world, game, game.opponent_of(str(game.turn)))
        since = game.moves[-1].at if game.moves else game.created_at
        mover = _client_of(world, game, game.turn)
        code = "" if mover is None else await _code_of(world, mover, mover.end("claim", game))
        if mover is not None and code != "not_expired":
            said = code or "granted"
            world.complaints.append(f"{mover.name}, who is to move, claims {game.game_id}: {said}")
        # The tutorial's client leaves no time of its moves.
        if claimant is None or since is None or game.waiting_since is None:
            continue
        over = world.clock.now() > since + timedelta(days=game.days_per_move or 0)
        code = await _code_of(world, claimant, claimant.end("claim", game))
        if code != ("" if over else "not_expired"):
            world.complaints.append(
                f"{claimant.name} claims {game.game_id} {world.clock.now() - since} after the last"
                f" move: {code or 'granted'}"
            )


def _client_of(world: World, game: Game, user: str | None) -> Player | None:
    mine = (one for one in _here(world) if one.account.name == user)
    return next((one for one in mine if game in _of(world, one, {"": game})), None)


def _here(world: World) -> list[Player]:
    """The players who have an account: where registration is closed, somebody may be outside."""
    return [one for one in world.players if one.client is not None and one.client.refresh_token]
