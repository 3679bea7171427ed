"""Signing in at a pool: challenges, older clients, and every refusal in words."""

from __future__ import annotations

import pytest
from botocore.stub import ANY

from backend.domain.errors import (
    BadRequest,
    NimError,
    NotSignedIn,
    SignInIncomplete,
    TooManyRequests,
    Unavailable,
    WrongPassword,
)
from tests.backend.adapters.cognito.stub import CLIENT, TOKENS, Cognito
from tests.backend.adapters.identity import PASSWORD

CHALLENGES = {
    "a one-time password": (
        {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "s" * 20},
        "new password",
    ),
    "a text message's code": ({"ChallengeName": "SMS_MFA", "Session": "s" * 20}, "second factor"),
    "an app's code": (
        {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s" * 20},
        "second factor",
    ),
    "a factor to set up": ({"ChallengeName": "MFA_SETUP", "Session": "s" * 20}, "second factor"),
    "one of several": ({"ChallengeName": "SELECT_CHALLENGE", "Session": "s" * 20}, "second factor"),
}


@pytest.mark.parametrize("challenge", CHALLENGES)
async def test_a_challenge_is_put_into_words(cognito: Cognito, challenge: str) -> None:
    answer, words = CHALLENGES[challenge]
    cognito.answers("admin_initiate_auth", answer)
    with pytest.raises(SignInIncomplete) as refused:
        await cognito.people.sign_in("anna", PASSWORD)
    assert words in refused.value.message


ONE_TIME = {
    "ChallengeName": "NEW_PASSWORD_REQUIRED",
    "Session": "s" * 20,
    "ChallengeParameters": {"requiredAttributes": "[]"},
}


async def test_a_one_time_password_is_replaced_in_the_same_sign_in(cognito: Cognito) -> None:
    cognito.answers("admin_initiate_auth", ONE_TIME)
    cognito.answers(
        "admin_respond_to_auth_challenge",
        TOKENS,
        ClientId=CLIENT,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session="s" * 20,
        ChallengeResponses={"USERNAME": "anna", "NEW_PASSWORD": "Another-Pass-1"},
    )
    session = await cognito.people.sign_in("anna", PASSWORD, "Another-Pass-1")
    assert (session.id_token, session.refresh_token, session.expires_in) == ("id", "refresh", 3600)


async def test_a_weak_new_password_is_refused_before_it_is_sent(cognito: Cognito) -> None:
    cognito.answers("admin_initiate_auth", ONE_TIME)
    with pytest.raises(BadRequest) as refused:
        await cognito.people.sign_in("anna", PASSWORD, "weak")
    assert list(refused.value.fields) == ["newPassword"]


async def test_what_else_the_pool_requires_is_named(cognito: Cognito) -> None:
    required = {"requiredAttributes": '["userAttributes.phone_number","userAttributes.email"]'}
    cognito.answers("admin_initiate_auth", {**ONE_TIME, "ChallengeParameters": required})
    with pytest.raises(SignInIncomplete) as refused:
        await cognito.people.sign_in("anna", PASSWORD, "Another-Pass-1")
    assert "phone_number, email" in refused.value.message


async def test_an_unconfirmed_account_is_confirmed_by_its_right_password(cognito: Cognito) -> None:
    cognito.refuses("admin_initiate_auth", "UserNotConfirmedException")
    cognito.answers("admin_confirm_sign_up", Username="anna")
    cognito.answers("admin_update_user_attributes", Username="anna", UserAttributes=ANY)
    cognito.answers("admin_initiate_auth", TOKENS)
    assert (await cognito.people.sign_in("anna", PASSWORD)).id_token == "id"


async def test_an_older_client_signs_in_by_the_flows_older_name(cognito: Cognito) -> None:
    disabled = "Auth flow not enabled for this client"
    cognito.refuses("admin_initiate_auth", "InvalidParameterException", disabled)
    cognito.answers("admin_initiate_auth", TOKENS, AuthFlow="ADMIN_NO_SRP_AUTH")
    cognito.answers("admin_initiate_auth", TOKENS, AuthFlow="ADMIN_NO_SRP_AUTH")
    for _ in range(2):
        assert (await cognito.people.sign_in("anna", PASSWORD)).id_token == "id"


async def test_a_client_without_either_flow_says_what_to_run(cognito: Cognito) -> None:
    for _ in range(2):
        cognito.refuses(
            "admin_initiate_auth",
            "InvalidParameterException",
            "Auth flow not enabled for this client",
        )
    with pytest.raises(Unavailable) as refused:
        await cognito.people.sign_in("anna", PASSWORD)
    assert "nim-backend aws create" in refused.value.message


@pytest.mark.parametrize(
    ("code", "message", "error", "words"),
    [
        (
            "NotAuthorizedException",
            "Incorrect username or password.",
            WrongPassword,
            "Wrong username or password",
        ),
        (
            "UserNotFoundException",
            "User does not exist.",
            WrongPassword,
            "Wrong username or password",
        ),
        ("NotAuthorizedException", "Password attempts exceeded", TooManyRequests, "Wait"),
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
            SignInIncomplete,
            "one-time password",
        ),
        ("PasswordResetRequiredException", "", SignInIncomplete, "one-time password"),
    ],
)
async def test_why_a_sign_in_fails(
    cognito: Cognito, code: str, message: str, error: type[NimError], words: str
) -> None:
    cognito.refuses("admin_initiate_auth", code, message)
    if error is WrongPassword:
        cognito.knows_nobody()
    with pytest.raises(error) as refused:
        await cognito.people.sign_in("anna", PASSWORD)
    assert refused.type is error
    assert words in refused.value.message
    assert (refused.value.retry_after is not None) == (error is TooManyRequests)


async def test_another_spelling_signs_in_by_the_registered_one(cognito: Cognito) -> None:
    cognito.refuses("admin_initiate_auth", "NotAuthorizedException", "Incorrect")
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.stub.add_response("list_users", {"Users": [{"Username": "Anna"}]})
    credentials = {"USERNAME": "Anna", "PASSWORD": PASSWORD}
    cognito.answers("admin_initiate_auth", TOKENS, AuthParameters=credentials)
    assert (await cognito.people.sign_in("aNNa", PASSWORD)).id_token == "id"


@pytest.mark.parametrize(
    "code", ["NotAuthorizedException", "UserNotFoundException", "InvalidParameterException"]
)
async def test_a_useless_refresh_token_gives_no_session(cognito: Cognito, code: str) -> None:
    cognito.refuses("admin_initiate_auth", code)
    with pytest.raises(NotSignedIn):
        await cognito.people.refresh("token")
    cognito.refuses("revoke_token", code)
    await cognito.people.revoke("token")


async def test_a_refresh_keeps_its_token_where_cognito_gives_no_other(cognito: Cognito) -> None:
    cognito.answers(
        "admin_initiate_auth",
        {"AuthenticationResult": {"IdToken": "new", "ExpiresIn": 300}},
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": "token"},
    )
    session = await cognito.people.refresh("token")
    assert (session.id_token, session.refresh_token, session.expires_in) == ("new", "token", 300)
