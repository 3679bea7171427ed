"""Who is told of a change, and when: those whose requests a server holds, and by text in order.

This looks at the whole run, also at its faults: what a server does with the requests that it holds
depends neither on the way to its clients nor on what becomes of its answers.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from backend.domain.game import Game
from backend.domain.notices import owed, words
from tests.simulation.histories import is_anothers, owners_of_names
from tests.simulation.history import Handled, Json

if TYPE_CHECKING:
    from tests.simulation.world import World

# As `calm` has them for the clients, which are further away.
_SAME_SERVER_SECONDS = 1.0
_SAME_FILE_SECONDS = 2.0


def late(world: World) -> Iterator[str]:
    """The requests that a server went on holding although it could know of a change."""
    handled = world.network.history.handled
    owners = owners_of_names(world.network.history)
    held = [
        one
        for one in handled
        if one.exchange.method == "GET"
        and "prefer" in one.headers
        and not is_anothers(one.exchange, None, owners)  # who hears nothing of games of before
    ]
    for change in handled:
        game = _changed(change)
        if game is None:
            continue
        for one in held:
            limit = _limit(world, change, one)
            goes_on = one.came < change.went and change.went + limit < one.went < math.inf
            if goes_on and _waits_for(one, game) and not _knows(world, one, game):
                yield (
                    f"{one.exchange.who} was not told of {game['gameId']} at version"
                    f" {game['version']} for {one.went - change.went:.1f} s"
                )
                break


def _changed(change: Handled) -> Json | None:
    """The game in the answer to a change."""
    if change.exchange.method != "POST" or change.status != 200:
        return None
    answer: Json = json.loads(change.body)
    return answer if "gameId" in answer and "version" in answer else None


def _limit(world: World, change: Handled, held: Handled) -> float:
    if world.engine is None:
        return _SAME_SERVER_SECONDS if held.process is change.process else _SAME_FILE_SECONDS
    # The engine's indexes lag, and it may be out of reach: then no server can look.
    is_board = held.exchange.path.count("/") == 2
    if held.process is change.process and is_board and not world.table_hurt:
        return _SAME_SERVER_SECONDS
    return math.inf


def _waits_for(held: Handled, game: Json) -> bool:
    path = held.exchange.path
    if path == "/games":
        return held.exchange.user in (game["user1"], game["user2"])
    return path == f"/games/{game['gameId']}"


def _knows(world: World, held: Handled, game: Json) -> bool:
    """Whether the one who waits had seen that state or a later one."""
    contents: Mapping[str, Json] = world.network.history.contents
    known = contents.get(held.headers.get("if-none-match", ""))
    if known is None:
        return True  # nothing is held for it
    if "games" not in known:
        return bool(known["version"] >= game["version"])
    found = [one for one in known["games"] if one["gameId"] == game["gameId"]]
    if not found:
        return game["endedBy"] is not None
    return bool(found[0]["version"] >= game["version"])


def out_of_order(world: World, games: Iterable[Game], versions: Any) -> Iterator[str]:
    """Texts of one game that reached somebody in another order than its changes were made.

    One server's outbox keeps the order as long as nothing fails on the way.
    """
    one_courier = world.engine is None and len(world.servers) == 1
    if not one_courier or world.sender.failed or world.jumped or world.servers[0].crashed_at:
        return
    names = {life.phone: life.name for account in world.users.values() for life in account.lives}
    sent: dict[str, list[str]] = defaultdict(list)
    for text in world.sender.sent:
        sent[names[text.phone]].append(text.text)
    for game in games:
        wanted: dict[str, list[str]] = defaultdict(list)
        for state in versions(game):
            for notice in owed(state):
                wanted[notice.to].append(words(notice))
        for name, texts in wanted.items():
            came = [text for text in sent[name] if game.game_id in text]
            if came != texts and sorted(came) == sorted(texts):
                yield f"the texts of {game.game_id} came in another order: {came}"
