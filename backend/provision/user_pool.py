"""The user pool and its client: create, complete and delete them. Each step looks first.

Tables may share a pool. A tag for each of them says so, since tags are added and removed one by
one, whatever else happens at the same time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.adapters.aws_sdk import Aws, as_unavailable
from backend.adapters.cognito.responses import NOTICES_ATTRIBUTE, TOPIC_ATTRIBUTE
from backend.adapters.dynamodb.tags import MADE_BY, MADE_BY_US

if TYPE_CHECKING:
    from types_boto3_cognito_idp import CognitoIdentityProviderClient
    from types_boto3_cognito_idp.type_defs import UserPoolTypeTypeDef

POOL_NAME = "turn-based-users"
CLIENT_NAME = "turn-based-backend"

_USED_BY = "nim-tui:table:"

_READABLE = ["email", "phone_number", NOTICES_ATTRIBUTE, TOPIC_ATTRIBUTE]
_FLOWS: Any = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
_NOTICES: Any = {
    "Name": NOTICES_ATTRIBUTE.removeprefix("custom:"),
    "AttributeDataType": "String",
    "Mutable": True,
    "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "10"},
}
_TOPIC: Any = {
    "Name": TOPIC_ATTRIBUTE.removeprefix("custom:"),
    "AttributeDataType": "String",
    "Mutable": True,
    "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "64"},
}
_PHONE: Any = {
    "Name": "phone_number",
    "AttributeDataType": "String",
    "Required": True,
    "Mutable": True,
}


def close_registration(aws: Aws, pool_id: str) -> str | None:
    """Let only administrators create users in the pool; if that fails, why, in words. Blocking.

    SignUp needs no credentials: whoever knows the client's id, which each ID token has in it, can
    call it. Only the pool itself can refuse it.
    """
    try:
        UserPool(aws.client("cognito-idp")).open_registration(pool_id, to_all=False)
    except (ClientError, BotoCoreError) as error:
        return as_unavailable(error).message
    return None


class UserPool:
    """The pool, by its id if one is known, otherwise by name. Blocking; raises boto3's errors."""

    def __init__(
        self,
        client: CognitoIdentityProviderClient,
        *,
        known_id: str | None = None,
        wait: Callable[[], None] = lambda: time.sleep(1.0),
    ) -> None:
        self._client = client
        self._wait = wait
        self._known_id = known_id

    def find(self) -> str | None:
        """The pool's id; None if it does not exist. If several have the name, ours comes first."""
        if self._known_id and self._exists(self._known_id):
            return self._known_id
        ids = self._named()
        ours = [pool_id for pool_id in ids if self.is_ours(pool_id)]
        return next(iter(ours or filter(self._exists, ids)), None)

    def is_ours(self, pool_id: str) -> bool:
        """Whether its tag says that `aws create` created it; False if it is gone."""
        return self._ours(pool_id) is not None

    def _ours(self, pool_id: str) -> UserPoolTypeTypeDef | None:
        # Whoever made a second pool at the same time deletes it, perhaps since it was listed.
        try:
            pool = self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return pool if pool.get("UserPoolTags", {}).get(MADE_BY) == MADE_BY_US else None

    def make(self) -> tuple[str, bool]:
        """Create the pool if it does not exist. Returns its id, and whether it was created."""
        if (pool_id := self.find()) is not None:
            return pool_id, False
        made = self._client.create_user_pool(
            PoolName=POOL_NAME,
            Policies={
                "PasswordPolicy": {
                    "MinimumLength": 8,
                    "RequireUppercase": True,
                    "RequireLowercase": True,
                    "RequireNumbers": True,
                    "RequireSymbols": False,
                }
            },
            Schema=[_PHONE, _NOTICES, _TOPIC],
            UsernameConfiguration={"CaseSensitive": False},
            UserPoolTags={MADE_BY: MADE_BY_US},
        )
        return self._one_of_all(made["UserPool"]["Id"])

    def _one_of_all(self, made_id: str) -> tuple[str, bool]:
        """Settle on the oldest pool, if somebody made another one at the same time.

        Creation dates may be whole seconds. After a second, each sees the pools of that second, so
        that all choose the same one; a later one is younger.
        """
        self._wait()
        pools = [pool for pool_id in self._named() if (pool := self._ours(pool_id)) is not None]
        oldest = min(pools, key=lambda pool: (pool["CreationDate"], pool["Id"]))["Id"]
        if oldest == made_id:
            return made_id, True
        self._client.delete_user_pool(UserPoolId=made_id)
        return oldest, False

    def tables(self, pool_id: str) -> list[str]:
        """The tables that use the pool, by its tags."""
        tags = self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"].get(
            "UserPoolTags", {}
        )
        return sorted(value for key, value in tags.items() if key.startswith(_USED_BY))

    def add_table(self, pool_id: str, table: str) -> None:
        """Note that a table uses the pool."""
        if table not in self.tables(pool_id):
            tags = {_tag_of(table): table}
            self._client.tag_resource(ResourceArn=self._arn(pool_id), Tags=tags)

    def remove_table(self, pool_id: str, table: str) -> None:
        """Note that a table no longer uses the pool."""
        if table in self.tables(pool_id):
            arn = self._arn(pool_id)
            self._client.untag_resource(ResourceArn=arn, TagKeys=[_tag_of(table)])

    def add_missing_attributes(self, pool_id: str) -> bool:
        """Add our own attributes to a pool that lacks some. Returns whether it did."""
        pool = self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        there = {entry.get("Name", "") for entry in pool.get("SchemaAttributes", [])}
        # Cognito puts custom: before the names of our own.
        there = {name.removeprefix("custom:") for name in there}
        if not there and pool.get("UserPoolTags", {}).get(MADE_BY) == MADE_BY_US:
            return False  # an engine that describes none; ours had them from the beginning
        missing = [one for one in (_NOTICES, _TOPIC) if one["Name"] not in there]
        if missing:
            self._client.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=missing)
        return bool(missing)

    def find_client(self, pool_id: str) -> str | None:
        """The client's id; None if it does not exist."""
        return next(self._clients(pool_id), None)

    def _clients(self, pool_id: str) -> Iterator[str]:
        """The ids of all clients of our name."""
        pages = self._client.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id)
        for page in pages:
            for entry in page["UserPoolClients"]:
                if entry.get("ClientName") == CLIENT_NAME:
                    yield entry["ClientId"]

    def make_client(self, pool_id: str) -> tuple[str, bool]:
        """Create the client if it does not exist. Returns its id, and whether it was created."""
        if (client_id := self.find_client(pool_id)) is not None:
            return client_id, False
        made = self._client.create_user_pool_client(
            UserPoolId=pool_id,
            ClientName=CLIENT_NAME,
            GenerateSecret=False,
            ExplicitAuthFlows=_FLOWS,
            PreventUserExistenceErrors="ENABLED",
            ReadAttributes=_READABLE,
            WriteAttributes=["email", "phone_number"],
        )
        return self._one_client_of_all(pool_id, made["UserPoolClient"]["ClientId"])

    def _one_client_of_all(self, pool_id: str, made_id: str) -> tuple[str, bool]:
        """As `_one_of_all`: somebody may have created a client of the pool meanwhile."""
        self._wait()
        created = [
            (self._created(pool_id, client_id), client_id) for client_id in self._clients(pool_id)
        ]
        oldest = min((at, client_id) for at, client_id in created if at is not None)[1]
        if oldest == made_id:
            return made_id, True
        self._client.delete_user_pool_client(UserPoolId=pool_id, ClientId=made_id)
        return oldest, False

    def _created(self, pool_id: str, client_id: str) -> datetime | None:
        """When a client was created; None if it is gone since it was listed."""
        try:
            found = self._client.describe_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return found["UserPoolClient"]["CreationDate"]

    def open_registration(self, pool_id: str, *, to_all: bool) -> bool:
        """Let everyone sign up, or administrators only. Returns whether that was changed."""
        pool = self._described(pool_id)
        admins = pool.get("AdminCreateUserConfig", {})
        if bool(admins.get("AllowAdminCreateUserOnly")) is not to_all:
            return False
        admins = {**admins, "AllowAdminCreateUserOnly": not to_all}
        self._update(pool, {"AdminCreateUserConfig": admins})
        return True

    def protect(self, pool_id: str) -> bool:
        """Protect the pool from deletion. Returns whether it was unprotected."""
        pool = self._described(pool_id)
        if pool.get("DeletionProtection") == "ACTIVE":
            return False
        self._update(pool, {"DeletionProtection": "ACTIVE"})
        return True

    def delete(self, pool_id: str) -> None:
        """Delete the pool with all its accounts and its client. Callers ask for confirmation."""
        pool = self._described(pool_id)
        if pool.get("DeletionProtection") == "ACTIVE":
            self._update(pool, {"DeletionProtection": "INACTIVE"})
        self._client.delete_user_pool(UserPoolId=pool_id)

    def _described(self, pool_id: str) -> dict[str, Any]:
        return {**self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"]}

    def _update(self, pool: dict[str, Any], changes: dict[str, Any]) -> None:
        """Change settings of a pool that has just been described.

        An update resets everything that it does not name to its default, so it names all there is.
        """
        new = pool | {"PoolName": pool.get("Name")} | changes  # described under another name
        # The older name of the password policy's TemporaryPasswordValidityDays; both are refused.
        admins = {**new.get("AdminCreateUserConfig", {})}
        admins.pop("UnusedAccountValidityDays", None)
        new["AdminCreateUserConfig"] = admins
        shape: Any = self._client.meta.service_model.operation_model("UpdateUserPool").input_shape
        kept = {name: new[name] for name in shape.members if new.get(name)}
        self._client.update_user_pool(**kept | {"UserPoolId": pool["Id"]})

    def is_open(self, pool_id: str) -> bool:
        """Whether everyone may sign up, not only administrators for others."""
        pool = self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"]
        return not pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly", False)

    def _named(self) -> list[str]:
        pages = self._client.get_paginator("list_user_pools").paginate(
            PaginationConfig={"PageSize": 60}
        )
        return [
            pool["Id"]
            for page in pages
            for pool in page["UserPools"]
            if pool.get("Name") == POOL_NAME
        ]

    def _arn(self, pool_id: str) -> str:
        return self._client.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Arn"]

    def _exists(self, pool_id: str) -> bool:
        try:
            self._client.describe_user_pool(UserPoolId=pool_id)
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return True


def _tag_of(table: str) -> str:
    """The key of a table's tag: names of tables may be longer than keys."""
    return _USED_BY + hashlib.sha256(table.encode()).hexdigest()[:16]
