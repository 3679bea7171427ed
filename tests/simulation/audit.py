"""What must be true at the end of every run, of its whole history and of what is kept."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Iterable, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

from backend.domain.errors import NotSignedIn
from backend.domain.game import Game
from backend.domain.notices import owed, words
from tests.simulation import departed, invited, told
from tests.simulation.dynamodb_engine import game_in
from tests.simulation.histories import acknowledged, doubled, unexplained
from tests.simulation.history import Exchange, claims_of
from tests.simulation.loop import Process
from tests.simulation.machines import Machine
from tests.simulation.people import NewPassword

if TYPE_CHECKING:
    from tests.simulation.world import World

_LEEWAY_SECONDS = 11.0
_LOOK_AGAIN_SECONDS = 3.0
_ENDS_SOON = 5.0


async def final(world: World) -> None:
    """Check the whole history against what is kept at the end."""
    # A client may be killed between an answer and its note of it.
    world.known |= dict.fromkeys(acknowledged(world.network.history))
    games = await world.games()
    world.complaints += unexplained(world.network.history, games)
    _promises(world, games)
    _sessions(world)
    await _stolen(world)
    _filed(world)
    _notices(world, games)
    for game in _all_games(world):
        if game.ended_by == "timeout" and game.moves and game.days_per_move and game.ended_at:
            waited = (game.ended_at - game.moves[-1].at).total_seconds()
            if waited < game.days_per_move * 86_400:
                world.complaints.append(f"{game.game_id} was claimed after {waited:.0f} s")
    world.complaints += doubled(_all_games(world))
    world.complaints += await invited.complaints(world, _all_games(world))
    world.complaints += await departed.complaints(world, _all_games(world))
    world.complaints += told.late(world)
    world.complaints += told.out_of_order(world, _all_games(world), _versions)
    world.complaints += _untimely(_all_games(world))


def _promises(world: World, games: Mapping[str, Game]) -> None:
    """A client says what came of a change: a move that was made is never called refused."""
    for said in world.promises:
        game = games.get(said.game_id)
        if game is None or said.move is None:
            continue
        made = said.version < len(game.moves) and (
            game.moves[said.version].user,
            game.moves[said.version].heap,
            game.moves[said.version].left,
        ) == (said.user, *said.move)
        once = [
            one
            for one in world.promises
            if (one.game_id, one.version, one.move) == (said.game_id, said.version, said.move)
            and one.user == said.user
        ]
        if said.said == "done" and not made:
            world.complaints.append(f"{said.user}'s move in {said.game_id} was lost: {said}")
        if said.said.startswith("refused") and made and len(once) == 1:
            world.complaints.append(f"{said.user} was told {said.said} of a move made: {said}")
    for said in world.promises:
        mine = [
            one
            for one in world.promises
            if one.game_id == said.game_id and (one.user, one.what) == (said.user, said.what)
        ]
        game = games.get(said.game_id)
        ended = {"resign": "resign", "decline": "decline", "claim": "timeout"}.get(said.what)
        if game is None or ended is None or len(mine) > 1 or game.ended_by != ended:
            continue
        by_me = (game.winner == said.user) == (said.what == "claim")
        others = said.what == "decline" and said.user not in (game.user2, game.invited)
        if said.said.startswith("refused") and by_me and not others:
            world.complaints.append(f"{said.user} was told {said.said} of an ending: {said}")


def _sessions(world: World) -> None:
    """No session outlives its end: not a token's hour, a sign-out, or a new password."""
    family: dict[str, str] = {}
    over: dict[str, float] = {}
    for exchange in sorted(world.network.history.exchanges, key=lambda one: one.answered):
        answer = exchange.answer or {}
        if exchange.path == "/login" and exchange.status == 200:
            family[answer["refreshToken"]] = answer["refreshToken"]
        if exchange.path == "/login/refresh" and exchange.status == 200:
            old = exchange.sent()["refreshToken"]
            family[answer["refreshToken"]] = family.get(old, old)
            if exchange.asked > over.get(family.get(old, old), math.inf):
                world.complaints.append(f"{exchange.who} renewed a session that was signed out")
        if exchange.path == "/logout" and exchange.status == 204:
            token = exchange.sent()["refreshToken"]
            over.setdefault(family.get(token, token), exchange.answered)
        _token_is_good(world, exchange)


def _token_is_good(world: World, exchange: Exchange) -> None:
    headers = {name.lower(): value for name, value in exchange.headers}
    token = headers.get(b"authorization")
    if token is None or exchange.status not in (200, 304):
        return
    claims = claims_of(token.decode())
    if exchange.at > claims["exp"] + _LEEWAY_SECONDS:
        world.complaints.append(
            f"{exchange.who} used a token {exchange.at - claims['exp']:.0f} s after its end"
        )
    for change in world.changes:
        if _is_older(claims, change) and exchange.at > change.done + _LOOK_AGAIN_SECONDS:
            world.complaints.append(f"{exchange.who} used a token of an old password")


def _is_older(claims: Mapping[str, Any], change: NewPassword) -> bool:
    """Whether a token is of a password that was replaced."""
    return bool(claims["cognito:username"] == change.name and claims["iat"] < int(change.asked) - 1)


async def _stolen(world: World) -> None:
    """Whoever kept a token of a session that has ended gets nowhere with it."""
    machine = Machine("thief", world)
    people = machine.start(Process("thief")).service.people
    ended = {
        exchange.sent()["refreshToken"]
        for exchange in world.network.history.exchanges
        if exchange.path == "/logout" and exchange.status == 204
    }
    for exchange in world.network.history.exchanges:
        if not exchange.path.startswith("/login") or exchange.status != 200:
            continue
        answer = exchange.answer or {}
        claims = claims_of(answer["idToken"])
        reset = any(_is_older(claims, change) for change in world.changes)
        over = answer["refreshToken"] in ended or reset
        if over and await _accepts(people.refresh(answer["refreshToken"])):
            world.complaints.append(f"{exchange.user}'s ended session can be renewed")
        if reset and await _accepts(people.verify(answer["idToken"])):
            world.complaints.append(f"{exchange.user}'s token of an old password is accepted")


async def _accepts(work: Awaitable[object]) -> bool:
    try:
        await work
    except NotSignedIn:
        return False
    return True


def _filed(world: World) -> None:
    """A move of ours that ends a game files it as finished in the same write."""
    for change in world.engine.stream if world.engine else ():
        new, old = change.new, change.old
        if new is None or old is None or new.get("version") == old.get("version"):
            continue
        over = all(new.get(f"heap{heap}", {}).get("N") == "0" for heap in (1, 2, 3))
        if over and not ("endedBy" in new and new["state"]["S"].startswith("done#")):
            world.complaints.append(f"{new['gameId']['S']} ended, and is still filed as open")


def _all_games(world: World) -> list[Game]:
    """Every game that the store holds, also those that nobody has been told of."""
    if world.engine is not None:
        found = [game_in(item) for item in world.engine.items.values() if "lastMoveBy" in item]
        return [game for game in found if game is not None]
    from backend.adapters.sqlite.game_rows import from_row

    with closing(sqlite3.connect(world.folder / "games.db")) as connection:
        connection.row_factory = sqlite3.Row
        return [from_row(row) for row in connection.execute("SELECT * FROM games")]


def _notices(world: World, games: Mapping[str, Game]) -> None:
    """Each notice owed was sent once; twice only where a crash came between sending and noting."""
    wanted: Counter[tuple[str, str]] = Counter()
    overtaken: Counter[tuple[str, str]] = Counter()
    for change in _changes(world):
        for notice in owed(change):
            life = departed.life_at(world, notice.to, change.created_at)
            wanted[life.phone, words(notice)] += 1
            lost = life.over is not None or _was_overtaken(world, change, games)
            overtaken[life.phone, words(notice)] += lost
    sent = Counter((text.phone, text.text) for text in world.sender.sent)
    excused: Counter[tuple[str, str]] = Counter()
    for text in world.sender.sent:
        crashes = [at for machine in _couriers(world) for at in machine.crashed_at]
        if any(text.at - 1 < at < text.at + _ENDS_SOON for at in crashes):
            excused[text.phone, text.text] += 1
    for key in wanted.keys() | sent.keys():
        few = sent[key] < wanted[key] - overtaken[key] and not _may_be_lost(world)
        many = sent[key] > wanted[key] + excused[key] and not world.jumped
        if few or many:
            world.complaints.append(f"{key[1]!r} was sent {sent[key]} times, owed {wanted[key]}")


def _couriers(world: World) -> list[Any]:
    machines: list[Machine | Any] = [*world.servers, *(one.home for one in world.players)]
    return [*machines, world.reader] if world.reader else machines


def _was_overtaken(world: World, change: Game, games: Mapping[str, Game]) -> bool:
    """Whether its own player was not told of this change before the game went on.

    Straight to AWS the process that made it then sends no notice, which would be of the past.
    """
    game_id, version = change.game_id, change.version
    game = games.get(game_id)
    if world.engine is None or world.streamed or game is None or game.version == version:
        return False
    return not any(
        exchange.status == 200 and answer.get("gameId") == game_id and answer["version"] == version
        for exchange in world.network.history.exchanges
        if exchange.method == "POST" and (answer := exchange.answer)
        # A game may have been created for either player.
        if version == 0 or exchange.user == change.last_move_by
    )


def _may_be_lost(world: World) -> bool:
    """Straight to AWS a notice is lost with its process."""
    if world.jumped:
        return True
    direct = world.engine is not None and not world.streamed
    return direct and any(machine.crashed_at for machine in _couriers(world))


def _changes(world: World) -> Iterator[Game]:
    """The game after each change of ours, by the records of the stream, or by its history."""
    if world.engine is not None:
        for change in world.engine.stream:
            if change.new is None or "version" not in change.new:
                continue
            before = int(change.old.get("version", {"N": "0"})["N"]) if change.old else -1
            after = game_in(change.new)
            if after is not None and after.version > before and "lastMoveBy" in change.new:
                yield after
        return
    for game in _all_games(world):
        yield from _versions(game)


def _versions(game: Game) -> Iterator[Game]:
    state = Game(
        game_id=game.game_id,
        user1=game.user1,
        user2=game.user2,
        heaps=game.start,
        start=game.start,
        last_move_by=game.user1,
        rule=game.rule,
        rematch_by=game.rematch_by,
        invitation=game.invitation,
        created_at=game.created_at,
    )
    yield state
    from backend.domain.nim import Move

    for made in game.moves:
        state = state.after_move(made.user, Move(made.heap, made.left), made.at)
        yield state
    if game.ended_by not in (None, "play"):
        yield game


def _untimely(games: Iterable[Game]) -> Iterator[str]:
    """Games whose times do not follow from their own moves."""
    for game in games:
        times = [game.created_at, *(made.at for made in game.moves), game.ended_at]
        known = [time for time in times if time is not None]
        if known != sorted(known):
            yield f"{game.game_id} has times that are not in order"
        since = game.moves[-1].at if game.moves else game.created_at
        if game.waiting_since not in (None, since):
            yield f"{game.game_id} has waited since {game.waiting_since}, not since {since}"
