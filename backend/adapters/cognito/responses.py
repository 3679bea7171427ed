"""Cognito's responses as players, sessions and errors in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from backend.adapters.aws_sdk import as_unavailable, error_code
from backend.domain.errors import (
    BadRequest,
    NimError,
    NoSuchPlayer,
    OperatorProblem,
    RegistrationClosed,
    SignInIncomplete,
    TooManyRequests,
    UserExists,
    WrongPassword,
)
from backend.domain.people import NOTICES_BY, Player, Session

NOTICES_ATTRIBUTE = "custom:notices"
TOPIC_ATTRIBUTE = "custom:ntfy_topic"
NOBODYS_PHONE = "+12025550100"
"""For accounts without a number in a pool that requires one; reserved for fiction in +1."""

_LONGEST_NAME = 128
_LONGEST_PASSWORD = 256
UNFINISHED = (
    "This registration was interrupted. Register again with the same name and password,"
    " or ask the operator of this backend."
)
_ONE_TIME = "This is a one-time password. Sign in again and choose a new password."
_EXPIRED = "This account needs a new one-time password. Ask the operator of this backend for one."
_SECOND_FACTOR = (
    "This account requires a second factor, which this game does not support."
    " Ask the operator of this backend to switch it off for you."
)
_NO_NOTICES = "cannot be stored by this backend. Tell whoever runs it."
_BUSY_SECONDS = 60.0


def plausible(username: str) -> bool:
    """Whether Cognito can know this name at all; if not, it is not worth a call."""
    return 0 < len(username) <= _LONGEST_NAME and username.isprintable() and " " not in username


def plausible_password(password: str) -> bool:
    """Whether this can be a password in the pool, where others may have set it by other rules."""
    lone = any("\ud800" <= char <= "\udfff" for char in password)
    return 0 < len(password) <= _LONGEST_PASSWORD and not lone


def unstorable(password: str) -> str | None:
    """Why Cognito does not take this password, which keeps our rules; None if it does."""
    if password != password.strip(" "):
        return "must not begin or end with a space."
    return None


def plausible_token(refresh_token: str) -> bool:
    """Whether this can be a refresh token at all."""
    return (
        bool(refresh_token)
        and refresh_token.isascii()
        and refresh_token.isprintable()
        and " " not in refresh_token
    )


def player_of(username: str, attributes: Iterable[Mapping[str, Any]]) -> Player:
    """A user of the pool as a player."""
    found = {entry["Name"]: entry.get("Value") for entry in attributes}
    kept = found.get(NOTICES_ATTRIBUTE)
    phone = found.get("phone_number")
    return Player(
        username,
        email=found.get("email") or None,
        phone=phone if phone and phone != NOBODYS_PHONE else None,
        notices=next((by for by in NOTICES_BY if by == kept), "sms"),
        ntfy_topic=found.get(TOPIC_ATTRIBUTE) or None,
    )


def changed_attributes(old: Player, new: Player) -> dict[str, str]:
    """What has to be written for a player to become another; an empty value removes one.

    Only what changes, so that a pool without our own attributes still takes the others. Another
    address has to be confirmed again before Cognito sends a code to it.
    """
    changes: dict[str, str] = {}
    if new.email is not None and new.email != old.email:
        changes |= {"email": new.email, "email_verified": "false"}
    if new.phone is not None and new.phone != old.phone:
        changes |= {"phone_number": new.phone, "phone_number_verified": "false"}
    if new.notices != old.notices:
        changes[NOTICES_ATTRIBUTE] = new.notices
    if new.ntfy_topic != old.ntfy_topic:
        changes[TOPIC_ATTRIBUTE] = new.ntfy_topic or ""
    return changes


def check_complete(challenge: Mapping[str, Any]) -> None:
    """Raises: SignInIncomplete, if the pool asks for more than a new password."""
    required = challenge.get("ChallengeParameters", {}).get("requiredAttributes", "[]")
    names = re.findall(r"userAttributes\.([a-z_]+)", str(required))
    if names:
        raise SignInIncomplete(
            f"This account still lacks {', '.join(names)}."
            " Ask the operator of this backend to add it."
        )


def session_of(answer: Mapping[str, Any], refresh_token: str | None) -> Session:
    """The tokens in a response; a refresh does not return a new refresh token.

    Raises:
        SignInIncomplete: the response is a challenge instead.
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


def sign_in_error(error: ClientError | BotoCoreError) -> NimError:
    """Why a sign-in failed; an unknown name gets the same answer as a wrong password."""
    text = _message(error).casefold()
    match error_code(error):
        case "UserNotFoundException":
            return WrongPassword()
        case "InvalidParameterException" if "flow" in text or "auth method" in text:
            return OperatorProblem(
                "The user pool's client does not allow sign-in with a password."
                " Run: nim-backend aws create."
            )
        case "InvalidParameterException":
            return WrongPassword()
        case _:
            return error_of(error)


def error_of(error: ClientError | BotoCoreError) -> NimError:
    """One of Cognito's errors in words."""
    if isinstance(error, ParamValidationError):
        return BadRequest("Cognito does not accept one of those fields. Check them and try again.")
    text = _message(error)
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
        case "NotAuthorizedException" if "password has expired" in text:
            return SignInIncomplete(_EXPIRED)
        case "NotAuthorizedException":
            return WrongPassword()
        case "PasswordResetRequiredException":
            return SignInIncomplete(_EXPIRED)
        case "InvalidPasswordException":
            return BadRequest.of_fields(
                {"password": "must have 8 to 99 characters with upper and lower case and a digit."}
            )
        case "InvalidParameterException":
            return _not_accepted(text)
        case _:
            return as_unavailable(
                error,
                missing="The user pool or its client does not exist."
                " Check USER_POOL_ID and COGNITO_CLIENT_ID, or run: nim-backend aws create.",
            )


def _not_accepted(text: str) -> BadRequest:
    for attribute, field in ((NOTICES_ATTRIBUTE, "notices"), (TOPIC_ATTRIBUTE, "ntfyTopic")):
        if attribute in text:
            return BadRequest.of_fields({field: _NO_NOTICES})
    return BadRequest("Cognito does not accept one of those fields. Check them and try again.")


def _message(error: ClientError | BotoCoreError) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Message", ""))
    return ""
