"""Responses: answers as JSON, and every error with its status, code and request id."""

from __future__ import annotations

import math
from collections.abc import Mapping

from msgspec import Struct
from starlette.responses import Response

from backend.domain.errors import (
    BadMethod,
    BadRequest,
    ForeignOrigin,
    GameOver,
    IllegalMove,
    InvitationTaken,
    NimError,
    NoSuchGame,
    NoSuchInvitation,
    NoSuchPlayer,
    NoSuchRoute,
    NotExpired,
    NotOver,
    NotSignedIn,
    NotYourTurn,
    RecoveryOff,
    RegistrationClosed,
    SignInIncomplete,
    Stale,
    TooLarge,
    TooManyGames,
    TooManyInvitations,
    TooManyRequests,
    Unavailable,
    UserExists,
    WrongCode,
    WrongPassword,
)
from backend.wire import ErrorAnswer, encode, from_game

STATUS: Mapping[type, int] = {
    BadRequest: 400,
    IllegalMove: 400,
    WrongCode: 400,
    NotSignedIn: 401,
    WrongPassword: 401,
    SignInIncomplete: 401,
    RegistrationClosed: 403,
    ForeignOrigin: 403,
    NoSuchGame: 404,
    NoSuchPlayer: 404,
    NoSuchInvitation: 404,
    NoSuchRoute: 404,
    BadMethod: 405,
    UserExists: 409,
    RecoveryOff: 409,
    NotYourTurn: 409,
    Stale: 409,
    GameOver: 409,
    NotOver: 409,
    NotExpired: 409,
    TooManyGames: 409,
    TooManyInvitations: 409,
    InvitationTaken: 409,
    TooLarge: 413,
    TooManyRequests: 429,
    Unavailable: 503,
}

# For errors that do not say when another try may help.
RETRY_SECONDS = 5

# Nothing is for a shared cache. A client may keep what has an ETag, and must revalidate it.
_PLAIN = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_TAGGED = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}


def answer(body: Struct) -> Response:
    """A successful answer."""
    return Response(encode(body), 200, _PLAIN, "application/json")


def raw_answer(body: bytes) -> Response:
    """A successful answer whose body is JSON already."""
    return Response(body, 200, _PLAIN, "application/json")


def nothing() -> Response:
    """204: done, without a body."""
    return Response(None, 204, _PLAIN)


def tagged(body: bytes, tag: str, *, fresh: bool) -> Response:
    """An answer with its ETag: the content if it is `fresh` to the caller, otherwise 304."""
    if fresh:
        return Response(body, 200, _TAGGED | {"ETag": tag}, "application/json")
    return Response(None, 304, _TAGGED | {"ETag": tag})


def refusal(error: NimError, request_id: str) -> Response:
    """An error on the wire: message, code, the invalid fields, the current game."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 503)
    headers = dict(_PLAIN)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (429, 503) or error.retry_after is not None:
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after or RETRY_SECONDS)))
    body = ErrorAnswer(
        message=error.message,
        code=error.code,
        fields=dict(error.fields),
        game=None if error.game is None else from_game(error.game),
        request_id=request_id,
    )
    return Response(encode(body), status, headers, "application/json")
