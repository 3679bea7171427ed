"""The check of a whole history, simulated or recorded from real processes, against what is kept."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from backend.domain.decisions import resigned
from backend.domain.game import Game
from tests.simulation.history import Exchange, History
from tests.simulation.linearizability import (
    NotLinearizable,
    Operation,
    Step,
    bare,
    check,
    of_exchange,
    of_tutorial,
    sees,
)

_Owners: TypeAlias = dict[str, dict[str, float]]


def unexplained(history: History, games: Mapping[str, Game]) -> list[str]:
    """What the rules cannot explain in a history, one complaint for each game; none is well.

    `games` are those that the store keeps at the end, which is the last thing that was seen.
    """
    complaints, owners = [], owners_of_names(history)
    operations: dict[str, list[Operation]] = {game_id: [] for game_id in games}
    for exchange in history.exchanges:
        for game_id, found in _operations(exchange):
            if game_id in games:
                operations[game_id] += found
            elif exchange.status == 200:
                complaints.append(f"{game_id} was acknowledged, and is not there")
            known = games.get(game_id)
            if exchange.status == 404 and not is_anothers(exchange, known, owners):
                complaints.append(f"{exchange.user} was told that {game_id} is not there")
            if exchange.status in (200, 304) and known and not known.has_player(exchange.user):
                complaints.append(f"{exchange.user} was shown {game_id}, which is others'")
    for game_id, game in games.items():
        operations[game_id] += _left(history, game, owners)
    for move in history.tutorial:
        if move.game_id in operations:
            operations[move.game_id] += of_tutorial(move)
    for game_id, game in games.items():
        kept = Operation("the store keeps", history.next(), math.inf, _is(bare(game)))
        try:
            check(_beginning(game), [*operations[game_id], kept])
        except NotLinearizable as error:
            complaints.append(str(error))
    return complaints


def acknowledged(history: History) -> Iterator[str]:
    """The games that any answer told of."""
    for exchange in history.exchanges:
        if exchange.status == 200:
            yield from (game_id for game_id, _ in _operations(exchange))


def doubled(games: Iterable[Game]) -> list[str]:
    """The requests, also for rematches, that made more than one game."""
    made = Counter((game.user1, game.request_id, game.rematch_of) for game in games)
    return [
        f"{count} games for one request of {user}"
        for (user, request, rematch), count in made.items()
        if count > 1 and (request or rematch)
    ]


def _left(history: History, game: Game, owners: _Owners) -> Iterator[Operation]:
    """A deletion resigns the games of its account, at any time after it was asked for."""
    seen: dict[str, None] = {}
    for exchange in history.exchanges:
        user, sub = exchange.user, exchange.sub
        if (exchange.method, exchange.path) != ("DELETE", "/me") or sub in seen:
            continue
        seen[sub] = None
        later = (at for at in owners[user].values() if at > owners[user][sub])
        created = game.created_at.timestamp() if game.created_at else -math.inf
        if game.has_player(user) and created < min(later, default=math.inf):
            step = partial(_resigned, user=user)
            yield Operation(f"{user} leaves", exchange.asked, math.inf, step, optional=True)


def _resigned(game: Game, user: str) -> Game | None:
    return None if game.state == "done" else bare(resigned(game, user, datetime.now(UTC)))


def owners_of_names(history: History) -> _Owners:
    """The accounts that have had each name, and when they were first heard of."""
    owners: _Owners = defaultdict(dict)
    for exchange in history.exchanges:
        if exchange.sub:
            owners[exchange.user].setdefault(exchange.sub, exchange.at)
    return owners


def is_anothers(exchange: Exchange, game: Game | None, owners: _Owners) -> bool:
    """Whether this is not the account's game: its name may have had another owner before."""
    if game is not None and not game.has_player(exchange.user):
        return True
    return next(iter(owners[exchange.user]), exchange.sub) != exchange.sub


def _beginning(game: Game) -> Game:
    return Game(
        game_id=game.game_id,
        user1=game.user1,
        user2=game.user2,
        heaps=game.start,
        start=game.start,
        last_move_by=game.user1,
        rule=game.rule,
        rematch_by=game.rematch_by,
    )


def _is(expected: Game) -> Step:
    return lambda game: game if game == expected else None


def _operations(exchange: Exchange) -> Iterator[tuple[str, list[Operation]]]:
    parts = exchange.path.strip("/").split("/")
    answer, asked, answered = exchange.answer, exchange.asked, exchange.answered
    if parts[0] == "invitations" and exchange.status == 200 and answer and "gameId" in answer:
        yield answer["gameId"], [sees(answer, asked, answered, f"{exchange.user} takes it")]
    if parts[0] != "games":
        return
    if len(parts) == 1:
        if answer is None or exchange.status not in (200, 304):
            return
        for shown in [answer] if exchange.method == "POST" else answer["games"]:
            yield shown["gameId"], [sees(shown, asked, answered, f"{exchange.user} lists")]
    elif len(parts) == 3 and parts[2] == "rematch":
        if exchange.status == 200 and answer is not None:
            yield answer["gameId"], [sees(answer, asked, answered, f"{exchange.user} rematches")]
    else:
        yield parts[1], of_exchange(exchange)
