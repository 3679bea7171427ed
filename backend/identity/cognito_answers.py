"""What Cognito answers, as players, sessions and errors in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.aws.sdk import error_code, told
from backend.errors import (
    BadRequest,
    NimError,
    NoSuchPlayer,
    RegistrationClosed,
    SignInIncomplete,
    TooManyRequests,
    UserExists,
    WrongPassword,
)
from backend.ports import NoticesBy, Player, Session

NOTICES_ATTRIBUTE = "custom:notices"

_LONGEST_NAME = 128
_ONE_TIME = "Your password is for one use only. Choose a new password."
_SECOND_FACTOR = (
    "This account asks for a second factor, which this game cannot give."
    " Ask whoever runs the backend to switch it off for you."
)
_BUSY_SECONDS = 60.0


def plausible(username: str) -> bool:
    """Whether Cognito can have this name at all; what it cannot is not worth a call."""
    return 0 < len(username) <= _LONGEST_NAME and username.isprintable() and " " not in username


def player_of(username: str, attributes: Iterable[Mapping[str, Any]]) -> Player:
    """A user of the pool as a player."""
    found = {entry["Name"]: entry.get("Value") for entry in attributes}
    notices: NoticesBy = "none" if found.get(NOTICES_ATTRIBUTE) == "none" else "sms"
    return Player(username, found.get("email"), found.get("phone_number"), notices)


def session_of(answer: Mapping[str, Any], refresh_token: str | None) -> Session:
    """The tokens of an answer; a refresh hands out no new refresh token.

    Raises:
        SignInIncomplete: the answer is a challenge instead.
    """
    challenge = answer.get("ChallengeName")
    if challenge:
        new_password = challenge == "NEW_PASSWORD_REQUIRED"
        raise SignInIncomplete(_ONE_TIME if new_password else _SECOND_FACTOR)
    result = answer["AuthenticationResult"]
    return Session(
        id_token=result["IdToken"],
        refresh_token=result.get("RefreshToken") or refresh_token or "",
        expires_in=int(result["ExpiresIn"]),
    )


def error_of(error: ClientError | BotoCoreError) -> NimError:
    """An error of Cognito's in words."""
    if isinstance(error, ParamValidationError):
        return BadRequest("Something there has a form that Cognito does not take. Check it.")
    text = str(error.response["Error"].get("Message", "")) if isinstance(error, ClientError) else ""
    match error_code(error):
        case "UsernameExistsException" | "AliasExistsException":
            return UserExists()
        case "UserNotFoundException":
            return NoSuchPlayer()
        case "NotAuthorizedException" if "SignUp is not permitted" in text:
            return RegistrationClosed()
        case "NotAuthorizedException" if "attempts exceeded" in text:
            return TooManyRequests(
                "Too many wrong passwords. Wait a minute, then try again.",
                retry_after=_BUSY_SECONDS,
            )
        case "NotAuthorizedException":
            return WrongPassword()
        case "PasswordResetRequiredException":
            return SignInIncomplete(
                "This account needs a new password. Ask whoever runs the backend for one."
            )
        case "InvalidPasswordException":
            return BadRequest.of_fields(
                {"password": "takes 8 to 99 characters with upper and lower case and a digit."}
            )
        case "InvalidParameterException":
            return BadRequest("Cognito does not take that. Check every field.")
        case _:
            return told(
                error,
                missing="The user pool or its client is not there."
                " Check USER_POOL_ID and COGNITO_CLIENT_ID, or run: nim-backend aws create.",
            )
