"""What must be true while nothing is broken any more: changes succeed, and who waits sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from backend.domain.errors import NimError
from backend.domain.game import Game
from tests.simulation.departed import life_at
from tests.simulation.linearizability import bare

if TYPE_CHECKING:
    from tests.simulation.players import Player
    from tests.simulation.world import World

# A change reaches a waiting client of the same server, of another process on the same file, and of
# another process on the table.
SAME_SERVER_SECONDS = 1.0
SAME_FILE_SECONDS = 3.0
SAME_TABLE_SECONDS = 28.0


async def calm_round(world: World) -> None:
    """With nothing broken, changes succeed and everybody who waits sees them soon."""
    for player in world.players:
        player.offline = 0
    await _look_for_takers(world)
    ways = ("plain", "hurried", "broken off", "engine", "resign")
    for way, (game_id, mover) in zip(ways, _open_games(world), strict=False):
        await _calm_change(world, mover, game_id, way)
    world.bells.silent = False
    await asyncio.sleep(SAME_TABLE_SECONDS)
    truth = await world.games()
    for player in world.players:
        _sees_all(world, player, truth, "after all is well")
        _lists_all(world, player, truth)
        # The table may leave a list's keys unprocessed, once too often.
        if player.offline and world.engine is None:
            world.complaints.append(f"{player.name} was told of no connection after all is well")


async def _look_for_takers(world: World) -> None:
    """Everybody lists their invitations, which creates the games that a crash has prevented."""
    for player in world.players:
        assert player.client is not None
        if player.client.refresh_token is None:
            continue
        look = player.client.invitations.mine()
        try:
            await world.loop.spawn(player.process, look)
        except NimError as error:
            world.complaints.append(f"{player.name} cannot list their invitations: {error.code}")


def _open_games(world: World) -> Iterator[tuple[str, Player]]:
    """The games in which somebody is to move, and a client of theirs that knows it."""
    for game_id in sorted(world.known):
        games = [one.seen[game_id] for one in world.players if game_id in one.seen]
        latest = max(games, key=lambda game: game.version, default=None)
        for player in world.players:
            turn = latest is not None and latest.turn == player.account.name
            if turn and game_id in player.seen:
                yield game_id, player
                break


async def _calm_change(world: World, mover: Player, game_id: str, way: str) -> None:
    """One change, and who sees it when.

    A hurried player leaves the board at once: the move may go on or not, but not half. Of that
    change no bell tells, as if its writer had died before ringing. A connection that breaks off
    takes the answer with it, and the client finds out what became of the change; boto3 likewise.
    """
    world.bells.silent = way == "hurried"
    if way in ("broken off", "resign"):
        world.network.link(mover.name).break_next = True
    if way == "engine":
        world.network.link(f"{mover.home.name} to engine").break_next = True
    game = mover.seen[game_id]
    change = mover.end("resign", game) if way == "resign" else mover.move(game)
    work = world.loop.spawn(mover.process, change)
    if way == "hurried":
        await asyncio.sleep(world.dice.uniform(0.0, 0.06))
        work.cancel()
    try:
        await work
    except asyncio.CancelledError:
        pass
    except NimError as error:
        world.complaints.append(f"{mover.name}'s {way} change in {game_id}: {error.code}")
        return
    await _told(world, mover, game_id)


async def _told(world: World, mover: Player, game_id: str) -> None:
    await asyncio.sleep(SAME_SERVER_SECONDS)
    truth = await world.games()
    for player in world.players:
        if player.home is mover.home and player.home.holds:
            _sees_all(world, player, truth, "at the same server", only=game_id)
    if world.engine is None:
        await asyncio.sleep(SAME_FILE_SECONDS - SAME_SERVER_SECONDS)
        for player in world.players:
            _sees_all(world, player, truth, "on the same file", only=game_id)


def _sees_all(
    world: World, player: Player, truth: Mapping[str, Game], when: str, only: str | None = None
) -> None:
    for game_id, shown in player.seen.items():
        if only not in (None, game_id) or game_id not in truth:
            continue
        if bare(shown) != bare(truth[game_id]):
            world.complaints.append(
                f"{player.name} still sees {game_id} at version {shown.version}, not"
                f" {truth[game_id].version}, {when}"
            )


def _lists_all(world: World, player: Player, truth: Mapping[str, Game]) -> None:
    name, life = player.account.name, player.account.life
    wanted = {
        one
        for one, game in truth.items()
        if game.has_player(name)
        and game.state == "open"
        # An earlier account's game may have been too new to be ended with it (`departed`).
        and life_at(world, name, game.created_at) is life
    }
    listed = {game.game_id for game in player.listed.games} if player.listed else set()
    if wanted - listed or (listed & truth.keys()) - wanted:
        world.complaints.append(
            f"{player.name} lists {sorted(listed)}, but {sorted(wanted)} are open"
        )
