"""Accounts of a pool: the calls that looking them up takes, and the errors when one fails."""

from __future__ import annotations

import pytest
from botocore.stub import ANY

from backend.adapters.cognito import account_cache
from backend.domain.errors import (
    BadRequest,
    NimError,
    NoSuchPlayer,
    RegistrationClosed,
    Unavailable,
    UserExists,
    WrongPassword,
)
from backend.domain.people import Player
from tests.backend.adapters.cognito.stub import POOL, Cognito
from tests.backend.adapters.identity import PASSWORD, form


async def test_registering_signs_up_confirms_and_leaves_the_name_in_small_letters(
    cognito: Cognito,
) -> None:
    cognito.knows_nobody()
    attributes = [
        {"Name": "email", "Value": "anna@example.com"},
        {"Name": "phone_number", "Value": "+15555555555"},
    ]
    cognito.answers(
        "sign_up",
        {"UserConfirmed": False, "UserSub": "s"},
        Username="Anna",
        Password=PASSWORD,
        UserAttributes=attributes,
    )
    cognito.answers("admin_confirm_sign_up", Username="Anna")
    cognito.answers(
        "admin_update_user_attributes",
        Username="Anna",
        UserAttributes=[{"Name": "preferred_username", "Value": "anna"}],
    )
    player = await cognito.people.register(form())
    assert (player.username, player.email) == ("Anna", "anna@example.com")
    assert cognito.records.kept["anna"].sub == "s"


async def test_an_interrupted_registration_is_finished_by_the_same_one_again(
    cognito: Cognito,
) -> None:
    cognito.knows("Anna", status="UNCONFIRMED", email="squatter@example.com")
    cognito.refuses("admin_initiate_auth", "UserNotConfirmedException")
    cognito.answers("admin_confirm_sign_up", Username="Anna")
    cognito.answers(
        "admin_update_user_attributes",
        Username="Anna",
        UserAttributes=[
            {"Name": "preferred_username", "Value": "anna"},
            {"Name": "email", "Value": "anna@example.com"},
            {"Name": "phone_number", "Value": "+15555555555"},
        ],
    )
    assert (await cognito.people.register(form())).username == "Anna"


async def test_another_password_finishes_nobodys_registration(cognito: Cognito) -> None:
    cognito.knows("Anna", status="UNCONFIRMED")
    cognito.refuses("admin_initiate_auth", "NotAuthorizedException", "Incorrect")
    with pytest.raises(UserExists):
        await cognito.people.register(form())


async def test_an_account_that_was_never_confirmed_or_breaks_the_rules_is_nobody(
    cognito: Cognito,
) -> None:
    cognito.knows("Anna", status="UNCONFIRMED")
    assert await cognito.people.find("Anna") is None
    cognito.knows("[/]\x1b")
    assert await cognito.people.find("[/]x") is None


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("UsernameExistsException", "", UserExists),
        (
            "NotAuthorizedException",
            "SignUp is not permitted for this user pool",
            RegistrationClosed,
        ),
        ("InvalidPasswordException", "Password did not conform with policy", BadRequest),
        ("InvalidParameterException", "Invalid phone number format.", BadRequest),
        ("TooManyRequestsException", "", Unavailable),
    ],
)
async def test_why_a_registration_fails(
    cognito: Cognito, code: str, message: str, error: type[NimError]
) -> None:
    cognito.knows_nobody()
    cognito.refuses("sign_up", code, message)
    with pytest.raises(error) as refused:
        await cognito.people.register(form())
    assert refused.type is error
    assert "Exception" not in refused.value.message


async def test_a_name_in_another_case_is_taken(cognito: Cognito) -> None:
    cognito.refuses("admin_get_user", "UserNotFoundException")
    liar = {"Username": "mallory", "Attributes": [{"Name": "preferred_username", "Value": "anna"}]}
    cognito.stub.add_response(
        "list_users",
        {"Users": [liar, {"Username": "ANNA"}]},
        {"UserPoolId": POOL, "Filter": 'preferred_username = "anna"', "Limit": ANY},
    )
    with pytest.raises(UserExists):
        await cognito.people.register(form())


async def test_who_only_carries_another_name_in_small_letters_is_not_found_by_it(
    cognito: Cognito,
) -> None:
    cognito.refuses("admin_get_user", "UserNotFoundException")
    liar = {"Username": "mallory", "Attributes": [{"Name": "preferred_username", "Value": "anna"}]}
    cognito.stub.add_response("list_users", {"Users": [liar]})
    assert await cognito.people.find("Anna") is None


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 129, "\0nna", "an\nna"])
async def test_what_cognito_cannot_have_as_a_name_is_never_asked_for(
    cognito: Cognito, name: str
) -> None:
    assert await cognito.people.find(name) is None
    with pytest.raises(WrongPassword):
        await cognito.people.sign_in(name, PASSWORD)


async def test_a_player_is_asked_for_once_in_some_minutes(
    cognito: Cognito, monkeypatch: pytest.MonkeyPatch
) -> None:
    cognito.knows("Anna", phone_number="+15555555555")
    for name in ("Anna", "anna", "ANNA"):
        player = await cognito.people.find(name)
        assert player is not None
        assert (player.username, player.phone, player.notices) == ("Anna", "+15555555555", "sms")
    monkeypatch.setattr(account_cache, "KEEP_SECONDS", 0.0)
    cognito.knows("Anna", phone_number="+4915555555555")
    player = await cognito.people.find("Anna")
    assert player is not None
    assert player.phone == "+4915555555555"


async def test_only_what_changes_is_written_to_a_profile(cognito: Cognito) -> None:
    """So that a pool without our own attribute still takes a phone number."""
    cognito.knows("anna", phone_number="+15555555555")
    cognito.answers(
        "admin_update_user_attributes",
        Username="anna",
        UserAttributes=[
            {"Name": "phone_number", "Value": "+4915555555555"},
            {"Name": "phone_number_verified", "Value": "false"},
        ],
    )
    cognito.knows("anna", phone_number="+4915555555555")
    player = await cognito.people.update(Player("anna", phone="+4915555555555"))
    assert player.phone == "+4915555555555"


async def test_a_pool_that_cannot_keep_wishes_says_so(cognito: Cognito) -> None:
    cognito.knows("anna", phone_number="+15555555555")
    text = "Attributes did not conform to the schema: Type for attribute custom:notices"
    cognito.refuses("admin_update_user_attributes", "InvalidParameterException", text)
    with pytest.raises(BadRequest) as refused:
        await cognito.people.update(Player("anna", phone="+15555555555", notices="none"))
    assert list(refused.value.fields) == ["notices"]


async def test_an_account_added_without_a_number_has_no_number(cognito: Cognito) -> None:
    """The pool requires one, so it gets a fictitious number, which is never shown or texted."""
    cognito.knows_nobody()
    cognito.answers(
        "admin_create_user",
        {"User": {"Username": "Bert", "Attributes": [{"Name": "sub", "Value": "b"}]}},
        Username="Bert",
        TemporaryPassword=ANY,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "preferred_username", "Value": "bert"},
            {"Name": "phone_number", "Value": "+12025550100"},
        ],
    )
    await cognito.people.add("Bert")
    cognito.knows("Bert", phone_number="+12025550100")
    player = await cognito.people.find("Bert")
    assert player is not None
    assert player.phone is None


async def test_everybody_is_listed_page_by_page(cognito: Cognito) -> None:
    cognito.stub.add_response(
        "list_users",
        {"Users": [{"Username": "carl"}], "PaginationToken": "t"},
        {"UserPoolId": POOL},
    )
    cognito.stub.add_response(
        "list_users",
        {"Users": [{"Username": "Anna"}]},
        {"UserPoolId": POOL, "PaginationToken": "t"},
    )
    assert [player.username for player in await cognito.people.players()] == ["Anna", "carl"]


async def test_a_player_who_is_gone_cannot_be_deleted(cognito: Cognito) -> None:
    cognito.knows_nobody()
    with pytest.raises(NoSuchPlayer):
        await cognito.people.delete("anna")
