"""Each trouble with AWS is its own sentence: what to do, and when, where waiting helps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from backend.adapters.aws_sdk import Aws, TransportName, as_unavailable
from backend.adapters.cognito.factory import key_set_url, people_of_pool
from backend.adapters.dynamodb.account_items import AccountItems
from backend.adapters.dynamodb.game_store import DynamoGameStore
from backend.adapters.dynamodb.notes import DynamoNotes
from backend.bootstrap import served, straight_to_aws
from backend.config.saved import read_saved, write_saved
from backend.config.settings import (
    DEFAULT_TABLE,
    BackendSettings,
    StoreChoice,
    aws_settings,
    read_settings,
)
from backend.domain.errors import NimError, Unavailable
from tests.aws_engines import Engine
from tests.backend.fakes import MemoryRecords

POOL, CLIENT = "us-east-1_AbCdEfGhI", "1h57kf5cpq17m0eml12EXAMPLE"
DENIED = "User: arn:aws:iam::1:user/x is not authorized to perform: dynamodb:GetItem on resource: y"


def refused(code: str, message: str = "") -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": message}}
    return ClientError(error, "GetItem")


@pytest.mark.parametrize(
    ("error", "words", "waits"),
    [
        (refused("ThrottlingException"), "too busy", True),
        (refused("ProvisionedThroughputExceededException"), "too busy", True),
        (refused("RequestLimitExceeded"), "too busy", True),
        (refused("ExpiredTokenException"), "expired", False),
        (refused("UnrecognizedClientException"), "aws configure", False),
        (refused("InvalidSignatureException"), "aws configure", False),
        (refused("AccessDeniedException", DENIED), "dynamodb:GetItem.", False),
        (refused("AccessDeniedException"), "GetItem.", False),
        (refused("ResourceNotFoundException"), "nim-backend aws create", False),
        (refused("InternalServerError", "secret"), "cannot answer right now", True),
        (refused("ValidationException", "secret"), "cannot answer right now", True),
        (EndpointConnectionError(endpoint_url="http://x"), "network and the region", True),
        (ConnectTimeoutError(endpoint_url="http://x"), "network and the region", True),
        (ReadTimeoutError(endpoint_url="http://x"), "network and the region", True),
        (NoCredentialsError(), "aws configure", False),
    ],
    ids=lambda value: getattr(value, "args", ["-"])[0][:60] if isinstance(value, Exception) else "",
)
def test_every_error_is_put_into_words(
    error: ClientError | BotoCoreError, words: str, *, waits: bool
) -> None:
    said = as_unavailable(error, missing="There is no table. Make it: nim-backend aws create.")
    assert isinstance(said, Unavailable)
    assert words in said.message
    assert "secret" not in said.message
    assert "http://x" not in said.message
    assert (said.retry_after is not None) == waits


@pytest.mark.parametrize("transport", ["aiohttp", "boto3"])
async def test_a_missing_table_is_named_with_its_region(
    ministack: Engine, monkeypatch: pytest.MonkeyPatch, transport: TransportName
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack.endpoint)
    store = DynamoGameStore(Aws("eu-central-1", transport=transport), "my-table")
    with pytest.raises(Unavailable) as error:
        await store.get("game")
    accounts, notes = AccountItems(store._aws, "my-table"), DynamoNotes(store._aws, "my-table")
    with pytest.raises(Unavailable) as at_sign_in:
        await accounts.get(["anna"])
    with pytest.raises(Unavailable) as at_a_code:
        await notes.marked("confirmed-email of anna")
    for found in (error, at_sign_in, at_a_code):
        assert "my-table in eu-central-1" in found.value.message
        assert "nim-backend aws create" in found.value.message
    await store.close()


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SNS"]
)
@pytest.mark.parametrize("address", ["foo", "http://[", "http://a b", "127.0.0.1:4566"])
def test_an_endpoint_that_is_no_address_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    monkeypatch.setenv(name, address)
    with pytest.raises(Unavailable, match=f"^{name} is not an address like http"):
        Aws("us-east-1").client("sns" if name.endswith("SNS") else "dynamodb")


def test_a_region_or_a_configuration_that_makes_no_sense_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="region is not the name of one"):
        Aws("us/east").client("dynamodb")
    damaged = tmp_path / "config"
    damaged.write_text("no section")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(damaged))
    with pytest.raises(Unavailable, match="AWS configuration cannot be read"):
        Aws("us-east-1").client("dynamodb")


@pytest.mark.parametrize("transport", ["aiohttp", "boto3"])
async def test_without_credentials_it_says_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch, transport: TransportName
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    aws = Aws("us-east-1", transport=transport)
    with pytest.raises(Unavailable) as error:
        await DynamoGameStore(aws, DEFAULT_TABLE).get("game")
    assert "aws configure" in error.value.message
    await aws.aclose()


def test_without_a_region_it_says_how_to_set_one() -> None:
    with pytest.raises(Unavailable) as error:
        Aws().client("dynamodb")
    assert "AWS_REGION" in error.value.message


def test_an_unknown_profile_says_how_to_list_them() -> None:
    with pytest.raises(Unavailable) as error:
        Aws("us-east-1", "nobody")
    assert "list-profiles" in error.value.message


def test_a_pool_in_another_region_is_recognized_by_its_id() -> None:
    settings = BackendSettings(
        data=Path(), user_pool_id=POOL, client_id=CLIENT, region="eu-central-1"
    )
    with pytest.raises(Unavailable) as error:
        straight_to_aws(settings=settings)
    assert "AWS_REGION=us-east-1" in error.value.message


@pytest.mark.parametrize("missing", ["USER_POOL_ID", "COGNITO_CLIENT_ID"])
@pytest.mark.parametrize(
    "make",
    [straight_to_aws, lambda: served(StoreChoice("dynamodb"), aws_settings(os.environ))],
    ids=["straight", "served"],
)
def test_nobody_said_which_pool(
    monkeypatch: pytest.MonkeyPatch, missing: str, make: Callable[[], object]
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name, value in {"USER_POOL_ID": POOL, "COGNITO_CLIENT_ID": CLIENT}.items():
        if name != missing:
            monkeypatch.setenv(name, value)
    with pytest.raises(Unavailable) as error:
        make()
    assert "nim-backend aws create" in error.value.message


def test_what_was_saved_fills_what_the_environment_leaves_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_saved({"AWS_REGION": "eu-central-1", "USER_POOL_ID": POOL, "COGNITO_CLIENT_ID": CLIENT})
    settings = aws_settings({"AWS_DEFAULT_REGION": "us-east-1", "NIM_TABLE": "mine"})
    assert (settings.region, settings.table) == ("us-east-1", "mine")
    assert (settings.user_pool_id, settings.client_id) == (POOL, CLIENT)
    assert aws_settings({}).region == "eu-central-1"
    # The other backend does not look at it.
    assert read_settings({}).user_pool_id is None


def test_saving_keeps_other_entries_and_removes_those_set_to_none(tmp_path: Path) -> None:
    path = tmp_path / "new" / "aws.json"
    write_saved({"USER_POOL_ID": "one", "AWS_REGION": "r"}, path)
    write_saved({"COGNITO_CLIENT_ID": "two", "AWS_REGION": None}, path)
    assert read_saved(path) == {"USER_POOL_ID": "one", "COGNITO_CLIENT_ID": "two"}
    assert [entry.name for entry in path.parent.iterdir()] == ["aws.json"]


def test_nothing_saved_is_nothing(tmp_path: Path) -> None:
    assert read_saved(tmp_path / "aws.json") == {}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000], ids=str)
def test_a_broken_file_is_named(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "aws.json"
    path.write_bytes(body)
    with pytest.raises(Unavailable) as error:
        read_saved(path)
    assert str(path) in error.value.message
    with pytest.raises(NimError):
        write_saved({"USER_POOL_ID": "one"}, path)
    assert path.read_bytes() == body


def test_odd_values_in_the_file_count_as_not_there(tmp_path: Path) -> None:
    path = tmp_path / "aws.json"
    path.write_text('{"USER_POOL_ID": 7, "NIM_TABLE": "a\\u001bb", "HOME": "/", "AWS_REGION": "r"}')
    assert read_saved(path) == {"AWS_REGION": "r"}


@pytest.mark.parametrize(
    ("endpoint", "issuer", "url"),
    [
        (
            "https://cognito-idp.us-east-1.amazonaws.com",
            "https://cognito-idp.us-east-1.amazonaws.com/P",
            "https://cognito-idp.us-east-1.amazonaws.com/P/.well-known/jwks.json",
        ),
        (
            "https://cognito-idp.us-east-1.amazonaws.com",
            "https://issuer.example.com/",
            "https://issuer.example.com/.well-known/jwks.json",
        ),
        (
            "http://127.0.0.1:4566/",
            "https://cognito-idp.us-east-1.amazonaws.com/P",
            "http://127.0.0.1:4566/P/.well-known/jwks.json",
        ),
    ],
)
def test_where_the_keys_are_read(endpoint: str, issuer: str, url: str) -> None:
    assert key_set_url(endpoint, "P", issuer) == url


@pytest.mark.parametrize(
    "variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"]
)
def test_an_engines_endpoint_is_where_the_keys_are(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:4566")
    aws = Aws("us-east-1")
    settings = BackendSettings(data=Path(), user_pool_id=POOL, client_id=CLIENT)
    people = people_of_pool(aws, settings, MemoryRecords())
    keys = people._verifier._keys
    assert keys._url == f"http://127.0.0.1:4566/{POOL}/.well-known/jwks.json"
    aws.close()
