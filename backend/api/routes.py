"""The table of routes, which the application uses and `/openapi.json` is generated from."""

from __future__ import annotations

from starlette.responses import Response

from backend.api import account_handlers, handlers, invitations
from backend.api.openapi import description
from backend.api.operation import Operation, Refusals
from backend.api.requests import Call
from backend.api.responses import raw_answer
from backend.domain import errors
from backend.wire import (
    AccountDeletion,
    Confirm,
    ExportAnswer,
    ForgottenPassword,
    GameAnswer,
    GamesAnswer,
    HealthAnswer,
    InvitationAnswer,
    InvitationsAnswer,
    Login,
    MoveRequest,
    NewGame,
    NewInvitation,
    Nothing,
    OpponentsAnswer,
    PasswordChange,
    PasswordReset,
    ProfileAnswer,
    ProfileChange,
    RefreshToken,
    Register,
    SessionAnswer,
    UserAnswer,
)


async def describe(call: Call) -> Response:
    """Get this description."""
    return raw_answer(description(OPERATIONS))


_CODE: Refusals = (errors.NoSuchInvitation, errors.InvitationTaken, errors.TooManyRequests)
_ENDING: Refusals = (errors.NoSuchGame, errors.GameOver)
_OWNER: Refusals = (errors.NoSuchPlayer, errors.WrongPassword, errors.SignInIncomplete)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path="/users",
        run=handlers.register,
        body=Register,
        answer=UserAnswer,
        refusals=(errors.RegistrationClosed, errors.UserExists, errors.TooManyRequests),
        signed_in=False,
    ),
    Operation(
        method="POST",
        path="/login",
        run=handlers.sign_in,
        body=Login,
        answer=SessionAnswer,
        refusals=(errors.WrongPassword, errors.SignInIncomplete, errors.TooManyRequests),
        signed_in=False,
    ),
    Operation(
        method="POST",
        path="/login/refresh",
        run=handlers.refresh,
        body=RefreshToken,
        answer=SessionAnswer,
        refusals=(errors.NotSignedIn, errors.TooManyRequests),
        signed_in=False,
    ),
    Operation(
        method="POST",
        path="/logout",
        run=handlers.sign_out,
        body=RefreshToken,
        empty=True,
        refusals=(errors.TooManyRequests,),
        signed_in=False,
    ),
    Operation(
        method="POST",
        path="/games",
        run=handlers.new_game,
        body=NewGame,
        answer=GameAnswer,
        refusals=(errors.NoSuchPlayer, errors.TooManyGames),
    ),
    Operation(
        method="GET",
        path="/games",
        run=handlers.list_games,
        answer=GamesAnswer,
        tagged=True,
        query=("state", "limit", "cursor"),
    ),
    Operation(
        method="GET",
        path="/games/{gameId}",
        run=handlers.show_game,
        answer=GameAnswer,
        refusals=(errors.NoSuchGame,),
        tagged=True,
    ),
    Operation(
        method="POST",
        path="/games/{gameId}",
        run=handlers.move,
        body=MoveRequest,
        answer=GameAnswer,
        refusals=(*_ENDING, errors.Stale, errors.NotYourTurn, errors.IllegalMove),
    ),
    Operation(
        method="POST",
        path="/games/{gameId}/resign",
        run=handlers.resign,
        body=Nothing,
        required=False,
        answer=GameAnswer,
        refusals=_ENDING,
    ),
    Operation(
        method="POST",
        path="/games/{gameId}/claim",
        run=handlers.claim,
        body=Nothing,
        required=False,
        answer=GameAnswer,
        refusals=(*_ENDING, errors.NotExpired),
    ),
    Operation(
        method="POST",
        path="/games/{gameId}/decline",
        run=handlers.decline,
        body=Nothing,
        required=False,
        answer=GameAnswer,
        refusals=(*_ENDING, errors.NotYourTurn),
    ),
    Operation(
        method="POST",
        path="/games/{gameId}/rematch",
        run=handlers.rematch,
        body=Nothing,
        required=False,
        answer=GameAnswer,
        refusals=(errors.NoSuchGame, errors.NoSuchPlayer, errors.NotOver, errors.TooManyGames),
    ),
    Operation(
        method="POST",
        path="/invitations",
        run=invitations.make_invitation,
        body=NewInvitation,
        required=False,
        answer=InvitationAnswer,
        refusals=(errors.TooManyInvitations, errors.TooManyGames),
    ),
    Operation(
        method="GET",
        path="/invitations",
        run=invitations.list_invitations,
        answer=InvitationsAnswer,
    ),
    Operation(
        method="GET",
        path="/invitations/{code}",
        run=invitations.show_invitation,
        answer=InvitationAnswer,
        refusals=_CODE,
        signed_in=False,
    ),
    Operation(
        method="DELETE",
        path="/invitations/{code}",
        run=invitations.withdraw_invitation,
        empty=True,
        refusals=_CODE,
    ),
    Operation(
        method="POST",
        path="/invitations/{code}/accept",
        run=invitations.accept_invitation,
        body=Nothing,
        required=False,
        answer=GameAnswer,
        refusals=_CODE,
    ),
    Operation(
        method="GET",
        path="/opponents",
        run=handlers.list_opponents,
        answer=OpponentsAnswer,
    ),
    Operation(
        method="GET",
        path="/me",
        run=account_handlers.show_me,
        answer=ProfileAnswer,
        refusals=(errors.NoSuchPlayer,),
    ),
    Operation(
        method="PATCH",
        path="/me",
        run=account_handlers.change_me,
        body=ProfileChange,
        answer=ProfileAnswer,
        refusals=_OWNER,
    ),
    Operation(
        method="DELETE",
        path="/me",
        run=account_handlers.delete_me,
        body=AccountDeletion,
        empty=True,
        refusals=_OWNER,
    ),
    Operation(
        method="POST",
        path="/me/confirm",
        run=account_handlers.confirm_me,
        body=Confirm,
        answer=ProfileAnswer,
        refusals=(errors.NoSuchPlayer, errors.WrongCode),
    ),
    Operation(
        method="POST",
        path="/me/password",
        run=account_handlers.change_password,
        body=PasswordChange,
        empty=True,
        refusals=_OWNER,
    ),
    Operation(
        method="GET",
        path="/me/export",
        run=account_handlers.export_me,
        answer=ExportAnswer,
        refusals=(errors.NoSuchPlayer,),
    ),
    Operation(
        method="POST",
        path="/password/forgot",
        run=account_handlers.forgot_password,
        body=ForgottenPassword,
        empty=True,
        refusals=(errors.RecoveryOff, errors.TooManyRequests),
        signed_in=False,
    ),
    Operation(
        method="POST",
        path="/password/reset",
        run=account_handlers.reset_password,
        body=PasswordReset,
        empty=True,
        refusals=(errors.WrongCode, errors.RecoveryOff, errors.TooManyRequests),
        signed_in=False,
    ),
    Operation(
        method="GET",
        path="/health",
        run=handlers.health,
        answer=HealthAnswer,
        signed_in=False,
    ),
    Operation(
        method="GET",
        path="/openapi.json",
        run=describe,
        signed_in=False,
    ),
)
