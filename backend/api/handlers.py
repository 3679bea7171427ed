"""What the routes do: from the request to a use case, and from its result to the wire.

`account_handlers` has those of the caller's own account. The docstrings appear in the API's
reference.
"""

from __future__ import annotations

from typing import Literal

from starlette.responses import Response

from backend.api.conditional import conditional
from backend.api.invitations import find
from backend.api.requests import Call, page_size
from backend.api.responses import answer, nothing
from backend.domain.errors import (
    BadRequest,
    NimError,
    NoSuchInvitation,
    RegistrationClosed,
    WrongPassword,
)
from backend.domain.game import STATES, State
from backend.domain.invitations import Invitation
from backend.domain.nim import DEFAULT_HEAPS, Move
from backend.domain.people import Session
from backend.service.commands import Invite, SignUp
from backend.service.subscriptions import game_key, user_key
from backend.wire import (
    HEAP_NAMES,
    GamesAnswer,
    HealthAnswer,
    Login,
    MoveRequest,
    NewGame,
    Nothing,
    OpponentAnswer,
    OpponentsAnswer,
    RefreshToken,
    Register,
    SessionAnswer,
    UserAnswer,
    encode,
    from_game,
)

# When to ask again if answers are not held. Asking for a list reads every game in it.
ASK_GAME_AGAIN_SECONDS = 2
ASK_LIST_AGAIN_SECONDS = 10

_LONGEST_CURSOR = 1000


async def register(call: Call, form: Register) -> Response:
    """Register a new account."""
    async with call.doors.counted():
        call.limits.sign_up(call.address)
    invitation = await _invitation(call, form)
    sign_up = SignUp(
        username=form.username,
        password=form.password,
        email=form.email,
        phone=form.phone_number,
        invitation=invitation,
    )
    async with call.doors.turn():
        player = await call.service.accounts.register(sign_up)
    if invitation is not None:
        call.limits.right_password(call.address, form.username)
    return answer(
        UserAnswer(username=player.username, email=player.email, phone_number=player.phone)
    )


async def _invitation(call: Call, form: Register) -> Invitation | None:
    """The invitation that a registration needs here.

    Its code counts as tried, and the password as wrong until it has been accepted: whoever repeats
    a registration proves by it that the name is theirs.

    Raises:
        RegistrationClosed: there is no such invitation.
        TooManyRequests.

    """
    if form.invitation is None or not call.service.accounts.needs_invitation:
        return None
    try:
        found = await find(call, form.invitation)
    except NoSuchInvitation as error:
        raise RegistrationClosed from error
    async with call.doors.counted():
        call.limits.sign_in(call.address, form.username)
    return found


async def sign_in(call: Call, form: Login) -> Response:
    """Sign in: get tokens for a username and password."""
    async with call.doors.counted():
        call.limits.sign_in(call.address, form.username)
    try:
        async with call.doors.turn():
            session = await call.service.sign_in(form.username, form.password, form.new_password)
    except WrongPassword:
        raise
    except NimError:
        call.limits.right_password(call.address, form.username)
        raise
    call.limits.right_password(call.address, form.username)
    return _session(session)


async def refresh(call: Call, form: RefreshToken) -> Response:
    """Get new tokens for a refresh token, without a password."""
    async with call.doors.counted():
        call.limits.refresh(call.address)
    async with call.doors.turn():
        return _session(await call.service.people.refresh(form.refresh_token))


async def sign_out(call: Call, form: RefreshToken) -> Response:
    """Sign out: this refresh token stops working."""
    async with call.doors.counted():
        call.limits.sign_out(call.address)
    async with call.doors.turn():
        await call.service.people.revoke(form.refresh_token)
    return nothing()


async def new_game(call: Call, form: NewGame) -> Response:
    """Invite somebody to a new game.

    The same player gets the same game for the same `requestId`.
    """
    call.limits.new_game(call.user)
    invite = Invite(
        opponent=form.opponent,
        heaps=DEFAULT_HEAPS if form.heaps is None else form.heaps,
        rule=form.rule,
        days_per_move=form.days_per_move,
        request_id=form.request_id,
    )
    try:
        game = await call.service.create(call.user, invite)
    except NimError:
        call.limits.no_new_game(call.user)
        raise
    return answer(from_game(game))


async def list_games(call: Call) -> Response:
    """A page of the caller's games.

    Open games: the caller's turn first, then the longest wait first. Finished games: the latest end
    first.
    """
    query = call.query(("state", "limit", "cursor"))
    state = _state(query.get("state", "open"))
    limit = page_size(query.get("limit"))
    cursor = query.get("cursor")
    if cursor is not None and len(cursor) > _LONGEST_CURSOR:
        raise BadRequest.of_fields({"cursor": "is not from this list. Leave it out to start over."})

    async def read() -> bytes:
        games, following = await call.service.list_games(call.user, state, limit, cursor)
        return encode(GamesAnswer(games=[from_game(game) for game in games], cursor=following))

    return await conditional(call, user_key(call.user), read, again=ASK_LIST_AGAIN_SECONDS)


async def show_game(call: Call) -> Response:
    """One of the caller's games."""
    game_id = call.game_id

    async def read() -> bytes:
        return encode(from_game(await call.service.game(call.user, game_id)))

    return await conditional(call, game_key(game_id), read, again=ASK_GAME_AGAIN_SECONDS)


async def move(call: Call, form: MoveRequest) -> Response:
    """Make a move: leave `changedHeapValue` objects in `changedHeap`.

    With `version`, the version of the board that the caller saw, it is safe to send again: a move
    that was applied before answers 200 with the current game. With `seenHeaps`, the board itself,
    moves of the tutorial's own client are noticed, too.
    """
    made = Move(HEAP_NAMES.index(form.changed_heap) + 1, form.changed_heap_value)
    game = await call.service.move(call.user, call.game_id, made, form.version, form.seen_heaps)
    return answer(from_game(game))


async def resign(call: Call, _: Nothing) -> Response:
    """Resign: the opponent wins."""
    return answer(from_game(await call.service.resign(call.user, call.game_id)))


async def claim(call: Call, _: Nothing) -> Response:
    """Win a game because the opponent has missed the deadline."""
    return answer(from_game(await call.service.claim(call.user, call.game_id)))


async def decline(call: Call, _: Nothing) -> Response:
    """Decline an invitation, before the first move: nobody wins."""
    return answer(from_game(await call.service.decline(call.user, call.game_id)))


async def rematch(call: Call, _: Nothing) -> Response:
    """Play the same game again with the roles swapped. Both players get the same new game."""
    call.limits.new_game(call.user)
    try:
        game = await call.service.rematch(call.user, call.game_id)
    except NimError:
        call.limits.no_new_game(call.user)
        raise
    return answer(from_game(game))


async def list_opponents(call: Call) -> Response:
    """Whom the caller has played with, and the score: those played last first."""
    found = await call.service.opponents(call.user)
    return answer(
        OpponentsAnswer(
            opponents=[
                OpponentAnswer(
                    username=one.username,
                    won=one.won,
                    lost=one.lost,
                    open=one.open,
                    last_played=one.last_played,
                )
                for one in found
            ]
        )
    )


async def health(call: Call) -> Response:
    """Check that the backend answers, that its store is there, and which it uses.

    `degraded` where it answers and something needs its operator; `reasons` says what: `disk_low`,
    `outbox_stuck`, `outbox_unreadable` or `aws_refused`. 503 `unavailable` once the database file
    has been deleted, moved or replaced.
    """
    call.service.check_store()
    troubles = await call.watch.health.troubles()
    status: Literal["ok", "degraded"] = "degraded" if troubles else "ok"
    return answer(HealthAnswer(status=status, store=call.store_name, reasons=list(troubles)))


def _state(text: str) -> State:
    for state in STATES:
        if state == text:
            return state
    raise BadRequest.of_fields({"state": "must be open or done."})


def _session(session: Session) -> Response:
    return answer(
        SessionAnswer(
            id_token=session.id_token,
            refresh_token=session.refresh_token,
            expires_in=session.expires_in,
        )
    )
