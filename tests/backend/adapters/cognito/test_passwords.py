"""Forgotten passwords by Cognito's own flow: none of its answers tells who has an account."""

from __future__ import annotations

import pytest

from backend.adapters.cognito import passwords
from backend.domain.errors import BadRequest, Unavailable, WrongCode
from backend.domain.people import Player
from backend.service.ports import AccountRecord
from tests.backend.adapters.cognito.stub import CLIENT, SUB, Cognito

NEW, CODE = "Password2", "123456"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "REFUSAL_SECONDS", 0.0)


async def test_a_code_is_asked_for_under_the_registered_name(cognito: Cognito) -> None:
    cognito.knows("Anna")
    cognito.stub.add_response(
        "forgot_password", {"CodeDeliveryDetails": {}}, {"ClientId": CLIENT, "Username": "Anna"}
    )
    await cognito.people.passwords.send_code("Anna")


async def test_nothing_is_asked_for_nobody_and_for_who_is_not_confirmed(cognito: Cognito) -> None:
    cognito.knows_nobody()
    await cognito.people.passwords.send_code("nobody")
    cognito.knows("anna", status="UNCONFIRMED")
    await cognito.people.passwords.send_code("anna")
    await cognito.people.passwords.send_code("")


@pytest.mark.parametrize(
    "code", ["InvalidParameterException", "LimitExceededException", "CodeDeliveryFailureException"]
)
async def test_no_refusal_of_cognitos_reaches_anybody(cognito: Cognito, code: str) -> None:
    cognito.knows("anna")
    cognito.refuses("forgot_password", code, "there is no registered/verified email")
    await cognito.people.passwords.send_code("anna")


@pytest.mark.parametrize(
    "code",
    [
        "CodeMismatchException",
        "ExpiredCodeException",
        "LimitExceededException",
        "NotAuthorizedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    ],
)
async def test_every_useless_code_is_the_same_refusal(cognito: Cognito, code: str) -> None:
    cognito.knows("anna")
    cognito.refuses("confirm_forgot_password", code, "something that tells who exists")
    with pytest.raises(WrongCode) as refused:
        await cognito.people.passwords.reset("anna", CODE, NEW)
    assert refused.value.message == WrongCode.default_message


async def test_an_unknown_name_is_asked_about_all_the_same(cognito: Cognito) -> None:
    cognito.knows_nobody()
    cognito.refuses("confirm_forgot_password", "UserNotFoundException")
    with pytest.raises(WrongCode):
        await cognito.people.passwords.reset("nobody", CODE, NEW)
    for name, code in (("", CODE), ("a b", CODE), ("anna", "x y"), ("anna", "١٢٣")):
        with pytest.raises(WrongCode):
            await cognito.people.passwords.reset(name, code, NEW)


async def test_what_is_wrong_with_the_password_is_said(cognito: Cognito) -> None:
    for weak in ("short", " Password2", "password2"):
        with pytest.raises(BadRequest) as refused:
            await cognito.people.passwords.reset("anna", CODE, weak)
        assert list(refused.value.fields) == ["newPassword"]
    cognito.knows("anna")
    cognito.refuses("confirm_forgot_password", "InvalidPasswordException", "by the pool's rules")
    with pytest.raises(BadRequest) as refused:
        await cognito.people.passwords.reset("anna", CODE, NEW)
    assert list(refused.value.fields) == ["newPassword"]
    cognito.knows("anna")
    cognito.refuses("confirm_forgot_password", "TooManyRequestsException")
    with pytest.raises(Unavailable):
        await cognito.people.passwords.reset("anna", CODE, NEW)


async def test_a_reset_ends_all_tokens_of_before(cognito: Cognito) -> None:
    cognito.records.kept["anna"] = AccountRecord(SUB)
    cognito.knows("anna")
    cognito.stub.add_response(
        "confirm_forgot_password",
        {},
        {"ClientId": CLIENT, "Username": "anna", "ConfirmationCode": CODE, "Password": NEW},
    )
    cognito.answers("admin_user_global_sign_out", Username="anna")
    await cognito.people.passwords.reset("anna", CODE, NEW)
    assert cognito.records.kept["anna"].counts_from > 0


async def test_a_confirmed_address_may_get_codes(cognito: Cognito) -> None:
    cognito.answers(
        "admin_update_user_attributes",
        Username="anna",
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    await cognito.people.passwords.confirmed(Player("anna"), "email")
    await cognito.people.passwords.confirmed(Player("anna"), "ntfy")
