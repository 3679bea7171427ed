"""The errors of the game. The backend raises them, and the client again from the answers it gets.

    NimError                       code, message, and what else the caller needs
    ├── BadRequest                 bad_request: a field is invalid; `fields` says which
    ├── NotSignedIn                not_signed_in
    ├── WrongPassword              wrong_password: also for an unknown user
    ├── SignInIncomplete           sign_in_incomplete: the account still lacks something
    ├── WrongCode                  wrong_code: also used, expired, or never sent
    ├── RegistrationClosed         registration_closed
    ├── ForeignOrigin              foreign_origin: another site's page sent it
    ├── NotFound
    │   ├── NoSuchGame             no_such_game: also for other people's games
    │   ├── NoSuchPlayer           no_such_player
    │   ├── NoSuchInvitation       no_such_invitation: also expired or withdrawn
    │   └── NoSuchRoute            no_such_route
    ├── BadMethod                  bad_method
    ├── UserExists                 user_exists
    ├── RecoveryOff                recovery_off: nothing here can send codes
    ├── TooManyGames               too_many_games
    ├── TooManyInvitations         too_many_invitations
    ├── InvitationTaken            invitation_taken
    ├── MoveRefused                carries `game`, the current board
    │   ├── IllegalMove            illegal_move
    │   ├── NotYourTurn            not_your_turn
    │   ├── Stale                  stale: the move was made on an older board
    │   ├── GameOver               game_over
    │   ├── NotOver                not_over: too early for a rematch
    │   └── NotExpired             not_expired: too early for a claim
    ├── TooLarge                   too_large
    ├── TooManyRequests            too_many_requests, with `retry_after`
    └── Unavailable                unavailable, with `retry_after`
        ├── OperatorProblem        its sentence is for the operator; players get another one
        │   └── DatabaseProblem    the database file cannot be used as it is
        └── DamagedGame            a store cannot read one game; to players it is no game

Every message is a sentence or two for people: what is wrong and what to do next. It never shows an
internal error; that is chained as `__cause__` and goes to the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from backend.domain.game import Game


class NimError(Exception):
    """Anything that the game refuses or cannot do, with a sentence for people.

    Attributes:
        code: the word by which programs recognize it.
        message: what is wrong and what to do next.
        fields: for an invalid request, what is wrong, by the field's name.
        game: for a refused move, the current game.
        retry_after: seconds until another try may help; None if waiting does not help.

    """

    code: ClassVar[str] = "error"
    default_message: ClassVar[str] = "That did not work. Try again."

    def __init__(
        self,
        message: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        game: Game | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.fields: Mapping[str, str] = fields or {}
        self.game = game
        self.retry_after = retry_after
        super().__init__(self.message)


class BadRequest(NimError):
    code = "bad_request"
    default_message = "The backend did not understand that request. Check what you sent."

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> BadRequest:
        """One error for all invalid fields at once."""
        return cls(" ".join(f"{name}: {why}" for name, why in fields.items()), fields=fields)


class NotSignedIn(NimError):
    code = "not_signed_in"
    default_message = "You are not signed in. Sign in and try again."


class WrongPassword(NimError):
    code = "wrong_password"
    default_message = "Wrong username or password. Try again."


class WrongCode(NimError):
    code = "wrong_code"
    default_message = "That code is wrong or has expired. Check it, or ask for a new one."


class SignInIncomplete(NimError):
    code = "sign_in_incomplete"
    default_message = "This account is not ready yet. Ask the operator of this backend."


class RegistrationClosed(NimError):
    code = "registration_closed"
    default_message = (
        "Registration is closed here. Ask the operator of this backend for an account."
    )


class ForeignOrigin(NimError):
    code = "foreign_origin"
    default_message = (
        "Pages of other sites may not use this backend. Its operator can allow one with"
        " NIM_PUBLIC_URL."
    )


class NotFound(NimError):
    """It does not exist, or the caller may not see it."""


class NoSuchGame(NotFound):
    code = "no_such_game"
    default_message = "You have no such game. Look at your list of games."


class NoSuchPlayer(NotFound):
    code = "no_such_player"
    default_message = "Nobody here has that name. Check the spelling."


class NoSuchInvitation(NotFound):
    code = "no_such_invitation"
    default_message = (
        "There is no such invitation. Check the code; if it is right, the invitation has expired or"
        " was withdrawn, so ask for a new one."
    )


class NoSuchRoute(NotFound):
    code = "no_such_route"
    default_message = "There is nothing at this address. See /openapi.json for the routes."


class BadMethod(NimError):
    code = "bad_method"
    default_message = "That method is not allowed here. See /openapi.json."


class UserExists(NimError):
    code = "user_exists"
    default_message = "That name is taken. Choose another, or sign in."


class RecoveryOff(NimError):
    code = "recovery_off"
    default_message = (
        "This server cannot send codes. Ask its operator for a one-time password instead."
    )


class TooManyGames(NimError):
    code = "too_many_games"
    default_message = "You have started too many open games. Finish or resign some first."


class TooManyInvitations(NimError):
    code = "too_many_invitations"
    default_message = "You have too many open invitations. Withdraw one first."


class InvitationTaken(NimError):
    code = "invitation_taken"
    default_message = "Somebody else has taken this invitation. Ask for a new one."


class MoveRefused(NimError):
    """A move, resignation, claim or rematch that the game does not allow now."""


class IllegalMove(MoveRefused):
    code = "illegal_move"
    default_message = "Take at least one object from one heap, and no more than it has."


class NotYourTurn(MoveRefused):
    code = "not_your_turn"
    default_message = "It is not your turn. Wait for your opponent's move."


class Stale(MoveRefused):
    code = "stale"
    default_message = "The board has changed since you looked. Look again, then move."


class GameOver(MoveRefused):
    code = "game_over"
    default_message = "This game is over. Ask for a rematch or start a new one."


class NotOver(MoveRefused):
    code = "not_over"
    default_message = "This game is not over yet. Finish it first, then ask for a rematch."


class NotExpired(MoveRefused):
    code = "not_expired"
    default_message = "Your opponent still has time. Try again after the deadline."


class TooLarge(NimError):
    code = "too_large"
    default_message = "That request is too large. Send a smaller one."


class TooManyRequests(NimError):
    code = "too_many_requests"
    default_message = "Too many requests. Wait a moment, then try again."


class Unavailable(NimError):
    code = "unavailable"
    default_message = "The backend cannot answer right now. Try again in a moment."


class OperatorProblem(Unavailable):
    """Only the operator of this backend can change that, so the message says what they must do.

    Attributes:
        for_players: what everybody else reads; the operator's own sentence goes to the log.

    """

    default_for_players: ClassVar[str] = "The server is not set up right. Tell whoever runs it."

    def __init__(
        self,
        message: str | None = None,
        *,
        retry_after: float | None = None,
        for_players: str | None = None,
    ) -> None:
        super().__init__(message, retry_after=retry_after)
        self.for_players = for_players or self.default_for_players


class DatabaseProblem(OperatorProblem):
    """The database file cannot be used until somebody fixes what is wrong with it."""

    default_message = "The database cannot be used. Check the file and the disk, then try again."


class DamagedGame(Unavailable):
    """The record of one game holds something that no game could."""

    default_message = "This game's record is damaged. Restore the database from a backup."


def _leaves(base: type[NimError]) -> Iterator[type[NimError]]:
    for child in base.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from _leaves(child)


BY_CODE: Mapping[str, type[NimError]] = {error.code: error for error in _leaves(NimError)}
"""Every error by its code, for reading answers."""
