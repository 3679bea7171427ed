"""A pool's registration: closing it changes nothing else, and failing to is put into words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from backend.adapters.aws_sdk import Aws
from backend.provision.user_pool import UserPool, close_registration

POOL = "us-east-1_AbCdEfGhI"
# UpdateUserPool resets to its default whatever it is not given.
SETTINGS: dict[str, Any] = {
    "Policies": {"PasswordPolicy": {"MinimumLength": 8, "TemporaryPasswordValidityDays": 7}},
    "DeletionProtection": "ACTIVE",
    "LambdaConfig": {"PreSignUp": "arn:aws:lambda:us-east-1:1:function:check"},
    "AutoVerifiedAttributes": ["email"],
    "MfaConfiguration": "OPTIONAL",
    "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
    "UserPoolTags": {"nim-tui:made-by": "nim-backend"},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
    "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"},
}
MESSAGE = {"EmailSubject": "Your account"}


@pytest.fixture
def aws() -> Iterator[Aws]:
    made = Aws("us-east-1")
    yield made
    made.close()


def described(*, admins_only: bool) -> dict[str, Any]:
    """Cognito's description of a pool with settings of its own."""
    admins = {
        "AllowAdminCreateUserOnly": admins_only,
        "UnusedAccountValidityDays": 7,
        "InviteMessageTemplate": MESSAGE,
    }
    only_described = {"Id": POOL, "Name": "turn-based-users", "UsernameAttributes": []}
    return {"UserPool": {**only_described, **SETTINGS, "AdminCreateUserConfig": admins}}


def test_closing_sends_every_other_setting_back(aws: Aws) -> None:
    with Stubber(aws.client("cognito-idp")) as stub:
        stub.add_response("describe_user_pool", described(admins_only=False))
        admins = {"AllowAdminCreateUserOnly": True, "InviteMessageTemplate": MESSAGE}
        sent = {
            "UserPoolId": POOL,
            "PoolName": "turn-based-users",
            "AdminCreateUserConfig": admins,
            **SETTINGS,
        }
        known = aws.client("cognito-idp").meta.service_model.operation_model("UpdateUserPool")
        if "PoolName" not in known.input_shape.members:
            del sent["PoolName"]
        stub.add_response("update_user_pool", {}, sent)
        assert close_registration(aws, POOL) is None
        stub.assert_no_pending_responses()


def test_a_closed_pool_is_left_as_it_is(aws: Aws) -> None:
    with Stubber(aws.client("cognito-idp")) as stub:
        stub.add_response("describe_user_pool", described(admins_only=True))
        assert not UserPool(aws.client("cognito-idp")).open_registration(POOL, to_all=False)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(("before", "after"), [("INACTIVE", "ACTIVE"), ("ACTIVE", "INACTIVE")])
def test_a_pool_is_protected_and_deleted_with_its_other_settings_sent_back(
    aws: Aws, before: str, after: str
) -> None:
    client = aws.client("cognito-idp")
    pool = described(admins_only=True)["UserPool"] | {"Id": POOL, "DeletionProtection": before}
    with Stubber(client) as stub:
        stub.add_response("describe_user_pool", {"UserPool": pool})
        admins = {"AllowAdminCreateUserOnly": True, "InviteMessageTemplate": MESSAGE}
        sent = {"UserPoolId": POOL, "PoolName": "turn-based-users", **SETTINGS}
        sent |= {"AdminCreateUserConfig": admins, "DeletionProtection": after}
        if (
            "PoolName"
            not in client.meta.service_model.operation_model("UpdateUserPool").input_shape.members
        ):
            del sent["PoolName"]
        stub.add_response("update_user_pool", {}, sent)
        if after == "ACTIVE":
            assert UserPool(client).protect(POOL)
        else:
            stub.add_response("delete_user_pool", {}, {"UserPoolId": POOL})
            UserPool(client).delete(POOL)
        stub.assert_no_pending_responses()


def test_a_protected_pool_is_left_as_it_is(aws: Aws) -> None:
    client = aws.client("cognito-idp")
    with Stubber(client) as stub:
        stub.add_response("describe_user_pool", described(admins_only=True))
        assert not UserPool(client).protect(POOL)  # SETTINGS have it on
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("call", ["describe_user_pool", "update_user_pool"])
def test_credentials_that_may_not_close_it_are_named(aws: Aws, call: str) -> None:
    with Stubber(aws.client("cognito-idp")) as stub:
        if call == "update_user_pool":
            stub.add_response("describe_user_pool", described(admins_only=False))
        stub.add_client_error(call, "AccessDeniedException")
        why = close_registration(aws, POOL)
    assert why is not None
    assert "Your AWS credentials may not call" in why
