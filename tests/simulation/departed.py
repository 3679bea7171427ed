"""What must be true of deleted accounts, of their names' next ones, and of who was let in."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from backend.domain.errors import NimError, NotSignedIn, WrongPassword
from backend.domain.game import Game
from backend.domain.invitations import read_code
from tests.simulation.history import Exchange, claims_of
from tests.simulation.loop import Process
from tests.simulation.machines import Machine
from tests.simulation.people import Life

if TYPE_CHECKING:
    from tests.simulation.world import World

LONGEST_LAG_SECONDS = 7.0
# Another process looks at an account again after 2 s.
LEEWAY_SECONDS = 3.0


async def complaints(world: World, games: Iterable[Game]) -> list[str]:
    """What is wrong with those who left and those who came."""
    deleted = _deleted(world)
    backend = Machine("departed's reader", world).start(Process("departed's reader"))
    found = [
        *_sessions(world, deleted),
        *_texts(world),
        *_games_left(world, list(games)),
        *_inherited(world, deleted),
        *_let_in(world),
        *[wrong async for wrong in _tokens(world, deleted, backend)],
        *[wrong async for wrong in _still_there(world, backend)],
        *[wrong async for wrong in _invitations_left(world, backend)],
        *[wrong async for wrong in _old_passwords(world, backend)],
    ]
    await backend.close()
    return found


def lives_of(world: World, name: str) -> list[Life]:
    """The accounts of this name, one after the other."""
    return [life for one in world.users.values() for life in one.lives if life.name == name]


def life_at(world: World, name: str, created: datetime | None) -> Life:
    """Whose a game is that was created at this time."""
    lives = lives_of(world, name)
    for life in lives:
        if life.over is None or created is None or created.timestamp() < life.over[0]:
            return life
    return lives[-1]


def _deleted(world: World) -> dict[str, Life]:
    """The accounts that were deleted, by the id that their tokens carry."""
    subs: dict[str, dict[str, None]] = defaultdict(dict)
    for exchange in world.network.history.exchanges:
        if exchange.path.startswith("/login") and exchange.status == 200:
            claims = claims_of((exchange.answer or {})["idToken"])
            subs[claims["cognito:username"]][claims["sub"]] = None
    return {
        sub: life
        for name, found in subs.items()
        for sub, life in zip(found, lives_of(world, name), strict=False)
        if life.over is not None
    }


def _sessions(world: World, deleted: Mapping[str, Life]) -> Iterator[str]:
    for exchange in world.network.history.exchanges:
        sub = exchange.sub
        if exchange.path == "/login/refresh" and exchange.status == 200:
            sub = claims_of((exchange.answer or {})["idToken"])["sub"]
        life = deleted.get(sub)
        late = life and life.over and exchange.at > life.over[0] + LEEWAY_SECONDS
        if late and exchange.status in (200, 204, 304):
            yield f"{exchange.who} used the deleted account of {exchange.user}: {exchange.path}"


async def _tokens(world: World, deleted: Mapping[str, Life], backend: Any) -> Any:
    """Whoever kept a token of a deleted account gets nowhere with it, whoever has the name now."""
    people = backend.service.people
    for exchange in world.network.history.exchanges:
        if not exchange.path.startswith("/login") or exchange.status != 200:
            continue
        answer = exchange.answer or {}
        life = deleted.get(claims_of(answer["idToken"])["sub"])
        if life is None:
            continue
        for use, token in ((people.refresh, "refreshToken"), (people.verify, "idToken")):
            try:
                await use(answer[token])
            except NotSignedIn:
                continue
            yield f"the {token} of {life.name}'s deleted account is accepted"


async def _still_there(world: World, backend: Any) -> Any:
    """An account is gone whose owner was told so."""
    for account in world.users.values():
        for life in account.past:
            if len(lives_of(world, life.name)) > 1:
                continue  # the next owner could not have registered otherwise
            if await backend.service.people.closing([life.name]) == []:
                yield f"{life.name} was told that the account is deleted, and it is there"


def _texts(world: World) -> Iterator[str]:
    over = {
        life.phone: life.over[1]
        for account in world.users.values()
        for life in account.past
        if life.over is not None
    }
    for text in world.sender.sent:
        if text.at > over.get(text.phone, math.inf) + LEEWAY_SECONDS:
            yield f"{text.text!r} went to {text.phone}, whose account was deleted"


def _games_left(world: World, games: list[Game]) -> Iterator[str]:
    """Games that were there before the deletion was asked for have ended."""
    shown: dict[str, float] = {}
    for exchange in world.network.history.exchanges:
        for told in _shown(exchange):
            known = shown.get(told["gameId"], math.inf)
            shown[told["gameId"]] = min(known, exchange.answered)
    for game in games:
        for name in (game.user1, game.user2):
            life = life_at(world, name, game.created_at)
            if life.over is None or life.asked is None or game.state == "done":
                continue
            if game.created_at is not None and _is_too_new(world, game.created_at, life):
                continue
            if shown.get(game.game_id, math.inf) < life.asked[0]:
                yield f"{game.game_id} is still open, and {name}'s account was deleted"


def _is_too_new(world: World, created: datetime, life: Life) -> bool:
    """Whether an index of DynamoDB need not have shown this yet to the deletion.

    docs/reliability.md says so; nobody finds such a game among the account's, to end it.
    """
    if world.engine is None or life.asked is None:
        return False
    return world.jumped or life.asked[1] - created.timestamp() < LONGEST_LAG_SECONDS


def _inherited(world: World, deleted: Mapping[str, Life]) -> Iterator[str]:
    """A name's next account sees nothing of what was made before the one before it was deleted."""
    for exchange in world.network.history.exchanges:
        former = [
            life.asked[1]
            for sub, life in deleted.items()
            if life.name == exchange.user and life.asked and exchange.sub not in ("", sub)
        ]
        if not former or exchange.sub in deleted or exchange.status != 200:
            continue
        for made in [*_shown(exchange), *(exchange.answer or {}).get("invitations", ())]:
            if datetime.fromisoformat(made["createdAt"]).timestamp() < max(former):
                yield f"{exchange.user}'s next account was shown {made.get('gameId', made)}"


def _shown(exchange: Exchange) -> list[dict[str, Any]]:
    """The games in an answer."""
    answer = exchange.answer or {}
    if exchange.status != 200:
        return []
    return [answer] if "gameId" in answer else list(answer.get("games", ()))


async def _invitations_left(world: World, backend: Any) -> Any:
    """Nobody can take what a deleted account has offered."""
    for exchange in world.network.history.exchanges:
        made = exchange.answer or {}
        if (exchange.method, exchange.path, exchange.status) != ("POST", "/invitations", 200):
            continue
        created = datetime.fromisoformat(made["createdAt"])
        life = life_at(world, made["createdBy"], created)
        if life.over is None or life.asked is None or exchange.answered > life.asked[0]:
            continue
        if _is_too_new(world, created, life):
            continue
        kept = await backend.service.games.invitations.get(read_code(made["code"]))
        if kept is not None and kept.taken_by is None:
            yield f"the invitation {kept.code} outlived {life.name}'s account"


def _let_in(world: World) -> Iterator[str]:
    """Where registration is closed, a code lets one person in, and nobody comes without one."""
    came: dict[str, dict[str, None]] = defaultdict(dict)
    invited: dict[str, None] = {}
    makers = {
        read_code((one.answer or {})["code"]): one.user
        for one in world.network.history.exchanges
        if (one.method, one.path, one.status) == ("POST", "/invitations", 200)
    }
    entries = [one for one in world.network.history.exchanges if one.path == "/users"]
    for exchange in entries if world.closed else ():
        if exchange.status != 200:
            continue
        name, code = exchange.sent()["username"], exchange.sent().get("invitation")
        if code is None:
            yield f"{name} was let in where registration is closed"
            continue
        came[code][name] = invited[name] = None
        maker = makers.get(read_code(code))
        if maker in invited and len(lives_of(world, maker or "")) == 1:
            yield f"{name} was let in by {maker}, who was let in by an invitation"
    for code, people in came.items():
        if len(people) > 1:
            yield f"the invitation {code} let {', '.join(people)} in"


async def _old_passwords(world: World, backend: Any) -> Any:
    """A password that was replaced opens nothing any more."""
    stayed = {one.name: one for one in world.users.values() if not one.past}
    for change in world.changes:
        if change.name not in stayed or change.old is None:
            continue
        try:
            await backend.service.people.sign_in(change.name, change.old)
        except WrongPassword:
            continue
        except NimError as error:
            yield f"{change.name}'s old password is not wrong: {error.code}"
            continue
        yield f"{change.name} can sign in with a password that was replaced"
