"""What each route does: from the request to a use case, and from its result to the wire.

The docstrings are the text of the API's reference.
"""

from __future__ import annotations

from msgspec import UnsetType
from starlette.responses import Response

from backend.api.conditional import conditional
from backend.api.requests import Call, page_size
from backend.api.responses import answer, nothing
from backend.domain.errors import BadRequest, NimError, WrongPassword
from backend.domain.game import STATES, State
from backend.domain.nim import DEFAULT_HEAPS, Move
from backend.domain.people import Player, Session
from backend.service.commands import KEEP, Invite, ProfileEdit, SignUp
from backend.service.subscriptions import game_key, user_key
from backend.wire import (
    HEAP_NAMES,
    GamesAnswer,
    HealthAnswer,
    Login,
    MoveRequest,
    NewGame,
    Nothing,
    ProfileAnswer,
    ProfileChange,
    RefreshToken,
    Register,
    SessionAnswer,
    UserAnswer,
    encode,
    from_game,
)

# How soon to ask again where answers are not held: each time costs a read of every game listed.
ASK_GAME_AGAIN_SECONDS = 2
ASK_LIST_AGAIN_SECONDS = 10

_LONGEST_CURSOR = 1000


async def register(call: Call, form: Register) -> Response:
    """Register a new account."""
    call.limits.sign_up(call.address)
    player = await call.service.register(
        SignUp(
            username=form.username,
            password=form.password,
            email=form.email,
            phone=form.phone_number,
        )
    )
    return answer(
        UserAnswer(username=player.username, email=player.email, phone_number=player.phone)
    )


async def sign_in(call: Call, form: Login) -> Response:
    """Sign in: tokens for a name and a password."""
    call.limits.sign_in(call.address, form.username)
    try:
        session = await call.service.sign_in(form.username, form.password, form.new_password)
    except WrongPassword:
        raise
    except NimError:
        call.limits.right_password(call.address, form.username)
        raise
    call.limits.right_password(call.address, form.username)
    return _session(session)


async def refresh(call: Call, form: RefreshToken) -> Response:
    """New tokens for a refresh token, without a password."""
    return _session(await call.service.people.refresh(form.refresh_token))


async def sign_out(call: Call, form: RefreshToken) -> Response:
    """Sign out: this refresh token refreshes no more."""
    await call.service.people.revoke(form.refresh_token)
    return nothing()


async def new_game(call: Call, form: NewGame) -> Response:
    """Invite somebody to a new game.

    The same `requestId` from the same player again answers the same game.
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
    """The caller's games, a page of them.

    Open ones: the caller's turn first, the longest wait first. Finished ones: the latest end first.
    """
    query = call.query(("state", "limit", "cursor"))
    state = _state(query.get("state", "open"))
    limit = page_size(query.get("limit"))
    cursor = query.get("cursor")
    if cursor is not None and len(cursor) > _LONGEST_CURSOR:
        raise BadRequest.of_fields({"cursor": "is not one of this list. Begin without it."})

    async def read() -> bytes:
        games, following = await call.service.list_games(call.user, state, limit, cursor)
        return encode(GamesAnswer(games=[from_game(game) for game in games], cursor=following))

    return await conditional(call, user_key(call.user), read, again=ASK_LIST_AGAIN_SECONDS)


async def show_game(call: Call) -> Response:
    """One game of the caller's."""
    game_id = call.game_id

    async def read() -> bytes:
        return encode(from_game(await call.service.game(call.user, game_id)))

    return await conditional(call, game_key(game_id), read, again=ASK_GAME_AGAIN_SECONDS)


async def move(call: Call, form: MoveRequest) -> Response:
    """Make a move: leave `changedHeapValue` objects in `changedHeap`.

    With `version`, the version of the board that the caller saw, it can be sent again safely: a
    move that was applied already answers 200 with the game as it is now.
    """
    made = Move(HEAP_NAMES.index(form.changed_heap) + 1, form.changed_heap_value)
    return answer(from_game(await call.service.move(call.user, call.game_id, made, form.version)))


async def resign(call: Call, _: Nothing) -> Response:
    """Give up: the other player wins."""
    return answer(from_game(await call.service.resign(call.user, call.game_id)))


async def claim(call: Call, _: Nothing) -> Response:
    """Win a game whose other player let the deadline pass."""
    return answer(from_game(await call.service.claim(call.user, call.game_id)))


async def decline(call: Call, _: Nothing) -> Response:
    """Turn an invitation down, before the first move: nobody wins."""
    return answer(from_game(await call.service.decline(call.user, call.game_id)))


async def rematch(call: Call, _: Nothing) -> Response:
    """The same game once more, the roles swapped; one game, whoever asks first."""
    return answer(from_game(await call.service.rematch(call.user, call.game_id)))


async def show_me(call: Call) -> Response:
    """The caller's own account."""
    return _profile(await call.service.profile(call.user))


async def change_me(call: Call, form: ProfileChange) -> Response:
    """Change the own phone number or whether notices are sent; what is left out stays."""
    edit = ProfileEdit(
        phone=KEEP if isinstance(form.phone_number, UnsetType) else form.phone_number,
        notices=KEEP if isinstance(form.notices, UnsetType) else form.notices,
    )
    return _profile(await call.service.change_profile(call.user, edit))


async def health(call: Call) -> Response:
    """Whether the backend answers, and with which store."""
    return answer(HealthAnswer(status="ok", store=call.store_name))


def _state(text: str) -> State:
    for state in STATES:
        if state == text:
            return state
    raise BadRequest.of_fields({"state": "takes open or done."})


def _session(session: Session) -> Response:
    return answer(
        SessionAnswer(
            id_token=session.id_token,
            refresh_token=session.refresh_token,
            expires_in=session.expires_in,
        )
    )


def _profile(player: Player) -> Response:
    return answer(
        ProfileAnswer(
            username=player.username,
            email=player.email,
            phone_number=player.phone,
            notices=player.notices,
        )
    )
