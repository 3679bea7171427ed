"""What must be true of open invitations at the end of a run: one taker, one game, nobody misled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from backend.domain.game import Game
from backend.domain.invitations import Invitation, read_code
from tests.simulation.history import Exchange
from tests.simulation.loop import Process
from tests.simulation.machines import Machine

if TYPE_CHECKING:
    from tests.simulation.world import World


async def complaints(world: World, games: Iterable[Game]) -> list[str]:
    """What is wrong with the invitations of a run, whose store keeps these games."""
    exchanges = list(_of_invitations(world.network.history.exchanges))
    asked: dict[str, list[Exchange]] = defaultdict(list)
    for code, exchange in exchanges:
        asked[code].append(exchange)
    made: dict[str, list[Game]] = defaultdict(list)
    for game in games:
        if game.invitation is not None:
            made[game.invitation].append(game)
    kept = await _kept(world, sorted(asked.keys() | made.keys()))
    left = {one.user for one in world.network.history.exchanges if _leaves(one)}
    return [
        f"invitation {code}: {wrong}"
        for code, invitation in kept.items()
        for wrong in _wrong(invitation, made[code], asked[code], left)
    ]


def _leaves(exchange: Exchange) -> bool:
    return (exchange.method, exchange.path) == ("DELETE", "/me")


def _of_invitations(exchanges: Iterable[Exchange]) -> Iterator[tuple[str, Exchange]]:
    """The requests about one invitation, also that which made it, with its code."""
    for exchange in exchanges:
        first, *rest = exchange.path.strip("/").split("/")
        if first != "invitations":
            continue
        shown = rest[0] if rest else ""
        if not rest and exchange.method == "POST" and exchange.status == 200:
            shown = (exchange.answer or {})["code"]
        if code := read_code(shown):
            yield code, exchange


async def _kept(world: World, codes: Sequence[str]) -> Mapping[str, Invitation | None]:
    """The invitations as a store that was opened anew has them."""
    backend = Machine("invitations' reader", world).start(Process("invitations' reader"))
    kept = {code: await backend.service.games.invitations.get(code) for code in codes}
    await backend.close()
    return kept


def _wrong(
    kept: Invitation | None,
    games: Sequence[Game],
    asked: Sequence[Exchange],
    left: Collection[str],
) -> Iterator[str]:
    """`left`: who has asked to delete their account, with which invitations end."""
    taker = kept.taken_by if kept else None
    maker = {one.user for one in asked if _makes(one)} | ({kept.created_by} if kept else set())
    if taker in left or not maker.isdisjoint(left):
        return
    if kept is None and not _recalled(asked):
        yield "it was made, and is not there"
    if (
        kept is not None
        and taker is not None
        and [game.game_id for game in games] != [kept.game_id]
    ):
        yield f"{taker} has taken it, and {len(games)} games have come of it"
    for game in games:
        if kept is None or (game.user1, game.user2) != (kept.created_by, taker):
            yield f"{taker} has taken it, and {game.user2} plays"
    for exchange in asked:
        if exchange.path.endswith("/accept"):
            yield from _told_wrong(exchange, taker)
        code = (exchange.answer or {}).get("code")
        if code == "no_such_invitation" and not _recalled(asked):
            yield f"{exchange.user} was told that it is not there"
        if code == "invitation_taken" and taker is None:
            yield f"{exchange.user} was told that it was taken, and nobody has"


def _makes(exchange: Exchange) -> bool:
    return (exchange.method, exchange.path) == ("POST", "/invitations")


def _told_wrong(exchange: Exchange, taker: str | None) -> Iterator[str]:
    answer = exchange.answer or {}
    if exchange.status == 200 and (exchange.user, answer["user2"]) != (taker, taker):
        yield f"{exchange.user} was given the game that is {taker}'s"
    if exchange.user == taker and answer.get("code") == "invitation_taken":
        yield f"{taker} has taken it, and was told that somebody else had"


def _recalled(asked: Iterable[Exchange]) -> bool:
    return any(exchange.method == "DELETE" for exchange in asked)
