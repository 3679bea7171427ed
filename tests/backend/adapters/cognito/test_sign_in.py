"""Signing in at a pool: challenges, older clients, and every refusal in words."""

from __future__ import annotations

import pytest

from backend.domain.errors import (
    BadRequest,
    NimError,
    NotSignedIn,
    SignInIncomplete,
    TooManyRequests,
    Unavailable,
    WrongPassword,
)
from backend.domain.people import Session
from backend.service.ports import AccountRecord
from tests.backend.adapters.cognito.stub import CLIENT, ID_TOKEN, SUB, TOKENS, Cognito, id_token
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
    cognito.knows("anna")
    session = await cognito.people.sign_in("anna", PASSWORD, "Another-Pass-1")
    assert session == Session(ID_TOKEN, "refresh", 3600)


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


async def test_an_unconfirmed_account_does_not_get_in(cognito: Cognito) -> None:
    """Anyone who knows the client's id can call SignUp, past our own door."""
    cognito.refuses("admin_initiate_auth", "UserNotConfirmedException")
    with pytest.raises(SignInIncomplete) as refused:
        await cognito.people.sign_in("anna", PASSWORD)
    assert "Register again" in refused.value.message


async def test_an_engine_that_signs_in_the_unconfirmed_does_not_let_them_in(
    cognito: Cognito,
) -> None:
    cognito.answers("admin_initiate_auth", TOKENS)
    cognito.knows("anna", status="UNCONFIRMED")
    with pytest.raises(SignInIncomplete):
        await cognito.people.sign_in("anna", PASSWORD)


@pytest.mark.parametrize("name", ["ann", "[/]a", "anna.b", "anna@example.com", "x" * 21, "аnna"])
async def test_a_name_that_breaks_the_rules_does_not_get_in(cognito: Cognito, name: str) -> None:
    with pytest.raises(WrongPassword):
        await cognito.people.sign_in(name, PASSWORD)


async def test_a_name_that_only_folds_to_a_valid_one_does_not_get_in(cognito: Cognito) -> None:
    kelvin = "an\u212aa"  # the Kelvin sign, which becomes a k in lower case
    cognito.refuses("admin_initiate_auth", "NotAuthorizedException", "Incorrect")
    cognito.refuses("admin_get_user", "UserNotFoundException")
    cognito.stub.add_response("list_users", {"Users": [{"Username": kelvin}]})
    with pytest.raises(WrongPassword):
        await cognito.people.sign_in("anka", PASSWORD)


async def test_a_sign_in_within_the_second_of_a_reset_waits_for_a_token_that_counts(
    cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("backend.adapters.cognito.identity.asyncio.sleep", wait)
    cognito.records.kept["anna"] = AccountRecord(SUB, counts_from=1_001)
    cognito.answers("admin_initiate_auth", TOKENS)
    cognito.knows("anna")
    late = id_token(iat=1_001)
    result = TOKENS["AuthenticationResult"] | {"IdToken": late}
    cognito.answers("admin_initiate_auth", {"AuthenticationResult": result})
    cognito.knows("anna")
    assert (await cognito.people.sign_in("anna", PASSWORD)).id_token == late
    assert waited == [1]


async def test_an_older_client_signs_in_by_the_flows_older_name(cognito: Cognito) -> None:
    disabled = "Auth flow not enabled for this client"
    cognito.refuses("admin_initiate_auth", "InvalidParameterException", disabled)
    for _ in range(2):
        cognito.answers("admin_initiate_auth", TOKENS, AuthFlow="ADMIN_NO_SRP_AUTH")
        cognito.knows("anna")
        assert (await cognito.people.sign_in("anna", PASSWORD)).id_token == ID_TOKEN


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
    cognito.knows("Anna")
    assert (await cognito.people.sign_in("aNNa", PASSWORD)).id_token == ID_TOKEN


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
        {"AuthenticationResult": {"IdToken": ID_TOKEN, "ExpiresIn": 300}},
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": "token"},
    )
    cognito.records.kept["anna"] = AccountRecord(SUB)
    session = await cognito.people.refresh("token")
    assert (session.id_token, session.refresh_token, session.expires_in) == (ID_TOKEN, "token", 300)
