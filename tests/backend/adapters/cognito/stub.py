"""A pool's answers, played back call by call; the calls themselves are checked as well."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
from botocore.stub import ANY, Stubber

from backend.adapters.aws_sdk import Aws
from backend.adapters.cognito.factory import people_of_pool
from backend.config.settings import BackendSettings
from tests.backend.fakes import MemoryRecords

POOL, CLIENT = "us-east-1_AbCdEfGhI", "1h57kf5cpq17m0eml12EXAMPLE"
SUB = "a1b2"


def id_token(name: str = "anna", sub: str = SUB, **claims: Any) -> str:
    """An ID token as Cognito hands it out, but for the signature, which nobody checks here."""
    whole = {"cognito:username": name, "sub": sub, "token_use": "id", "iat": 1_000, **claims}
    return jwt.encode(whole, "k" * 32, "HS256")


ID_TOKEN = id_token()
TOKENS = {
    "AuthenticationResult": {"IdToken": ID_TOKEN, "RefreshToken": "refresh", "ExpiresIn": 3600}
}


class Cognito:
    """The adapter, and the answers that it will get, in order."""

    def __init__(self) -> None:
        self.aws = aws = Aws("us-east-1")
        settings = BackendSettings(data=Path(), user_pool_id=POOL, client_id=CLIENT)
        self.records = MemoryRecords()
        self.people = people_of_pool(aws, settings, self.records)
        self.stub = Stubber(aws.client("cognito-idp"))

    def answers(
        self, operation: str, answer: Mapping[str, Any] | None = None, **asked: Any
    ) -> None:
        """The next call is this one, with these parameters among others, and answered so."""
        known = {
            "sign_up": {"ClientId": CLIENT, "UserAttributes": ANY, "Password": ANY},
            "admin_initiate_auth": {
                "UserPoolId": POOL,
                "ClientId": CLIENT,
                "AuthFlow": ANY,
                "AuthParameters": ANY,
            },
        }.get(operation, {"UserPoolId": POOL})
        self.stub.add_response(operation, dict(answer or {}), {**known, **asked})

    def refuses(self, operation: str, code: str, message: str = "") -> None:
        """The next call is this one, and fails."""
        self.stub.add_client_error(operation, code, message)

    def knows_nobody(self) -> None:
        """The next look-up of a name finds nobody, in no spelling."""
        self.refuses("admin_get_user", "UserNotFoundException")
        self.stub.add_response("list_users", {"Users": []})

    def knows(self, name: str, *, status: str = "CONFIRMED", **attributes: str) -> None:
        """The next look-up of a name finds this player."""
        whole = {"sub": SUB, **attributes}
        listed = [{"Name": key, "Value": value} for key, value in whole.items()]
        answer = {"Username": name, "UserStatus": status, "UserAttributes": listed}
        self.stub.add_response("admin_get_user", answer)
