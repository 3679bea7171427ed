"""The environment as settings, the choice of a store, and logs that keep secrets."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from backend.config.logs import JsonLines, without_secrets
from backend.config.settings import StoreChoice, function_settings, read_settings, store_choice
from backend.domain.errors import BadRequest
from backend.domain.notices import SmsLimits


def test_the_environment_comes_first_then_what_was_saved() -> None:
    saved = {"USER_POOL_ID": "saved", "COGNITO_CLIENT_ID": "saved", "AWS_REGION": "eu-west-1"}
    settings = read_settings({"USER_POOL_ID": "said", "NIM_DATA": "/tmp/x.db"}, saved)
    assert (settings.user_pool_id, settings.client_id) == ("said", "saved")
    assert settings.region == "eu-west-1"
    assert settings.data == Path("/tmp/x.db")


def test_aws_region_comes_before_the_one_that_boto3_reads() -> None:
    both = {"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "us-east-1"}
    assert read_settings(both).region == "eu-north-1"
    assert read_settings({"AWS_DEFAULT_REGION": "us-east-1"}).region == "us-east-1"
    assert read_settings({}).region is None


def test_an_empty_variable_is_not_set() -> None:
    settings = read_settings({"NIM_TABLE": "", "NIM_DATA": "", "NIM_TOKEN_ISSUER": ""})
    assert settings.table == "turn-based-game"
    assert settings.data.name == "games.db"
    assert settings.token_issuer is None


def test_which_client_sends_to_aws() -> None:
    assert read_settings({}).aws_client == "aiohttp"
    assert read_settings({"NIM_AWS_CLIENT": ""}).aws_client == "aiohttp"
    assert read_settings({"NIM_AWS_CLIENT": "boto3"}).aws_client == "boto3"
    assert function_settings({}).aws_client == "boto3"
    assert function_settings({"NIM_AWS_CLIENT": "aiohttp"}).aws_client == "boto3"
    for wrong in ("Boto3", "httpx", " boto3"):
        with pytest.raises(BadRequest, match="NIM_AWS_CLIENT takes aiohttp or boto3"):
            read_settings({"NIM_AWS_CLIENT": wrong})


def test_a_file_below_a_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ana")
    settings = read_settings({"NIM_DATA": "~/nim/games.db"})
    assert settings.data == Path("/home/ana/nim/games.db")
    # A shell leaves the tilde alone where it does not begin a word.
    assert store_choice("sqlite:~/x.db", settings).path == Path("/home/ana/x.db")
    with pytest.raises(BadRequest, match="NIM_DATA ~nosuchuser/x leads nowhere"):
        read_settings({"NIM_DATA": "~nosuchuser/x"})
    with pytest.raises(BadRequest, match="--store sqlite:~nosuchuser/x leads nowhere"):
        store_choice("sqlite:~nosuchuser/x", settings)


def test_stores() -> None:
    settings = read_settings({"NIM_DATA": "/srv/usual.db"})
    assert store_choice(None, settings) == StoreChoice("sqlite", Path("/srv/usual.db"))
    assert store_choice("sqlite", settings) == StoreChoice("sqlite", Path("/srv/usual.db"))
    assert store_choice("sqlite:a:b.db", settings) == StoreChoice("sqlite", Path("a:b.db"))
    assert store_choice("dynamodb", settings) == StoreChoice("dynamodb")
    for wrong in ("", "mysql", "SQLITE:x", "dynamodb:x"):
        if wrong:
            with pytest.raises(BadRequest):
                store_choice(wrong, settings)


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2lnbmF0dXJl",
        "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6",
        "+15555550123",
        "anna.b+c@mail.example.com",
    ],
)
def test_what_looks_private_is_replaced(secret: str) -> None:
    assert secret not in without_secrets(f"it said '{secret}' and more")
    assert without_secrets("POST /games/{gameId} took 3 ms") == "POST /games/{gameId} took 3 ms"


def test_a_record_is_one_line_of_json_whatever_is_in_it() -> None:
    try:
        raise ValueError("bad\nnumber +15555550123\x1b[2J")
    except ValueError as error:
        trouble = error
    record = logging.LogRecord(
        "backend.x", logging.ERROR, __file__, 1, "a\nb %s", ("c",), (ValueError, trouble, None)
    )
    record.facts = {"route": "/games"}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    read = json.loads(line)
    assert (read["message"], read["level"], read["route"]) == ("a\nb c", "error", "/games")
    assert "+15555550123" not in read["exception"]


def test_the_public_address() -> None:
    assert read_settings({}).public_url is None
    given = {"NIM_PUBLIC_URL": "https://nim.example.com/"}
    assert read_settings(given).public_url == "https://nim.example.com"
    for wrong in ("nim.example.com", "ftp://x.example", "https://", "https://a b", "https://x:y",
                  "https://u:p@x.example", "https://x.example/?q", "https://[::1"):  # fmt: skip
        with pytest.raises(BadRequest, match="NIM_PUBLIC_URL"):
            read_settings({"NIM_PUBLIC_URL": wrong})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"NIM_SMS_IN_ALL": "5"},
        {"NIM_SMS_PER_NUMBER": "5"},
        {"NIM_SMS_PER_ACCOUNT": "5"},
        {"NIM_SMS_CONFIRM": "none"},
        {"NIM_SMS_PREFIXES": ""},
        {"NIM_SMS_PREFIXES": "none"},
        {"NIM_SMS_PREFIXES": "none", "NIM_SMS_IN_ALL": "5"},
    ],
)
def test_only_prefixes_switch_texts_on(environment: dict[str, str]) -> None:
    assert read_settings(environment).sms is None
    on = read_settings({**environment, "NIM_SMS_PREFIXES": "+1, +49"})
    assert on.sms is not None
    assert on.sms.prefixes == ("+1", "+49")
    assert on.sms == on.tutorial_sms


def test_straight_on_aws_texts_are_on_within_the_same_caps() -> None:
    assert read_settings({}).tutorial_sms == SmsLimits(("+1",))
    caps = {"NIM_SMS_PER_NUMBER": "1", "NIM_SMS_IN_ALL": "2", "NIM_SMS_PER_ACCOUNT": "3"}
    assert read_settings(caps).tutorial_sms == SmsLimits(("+1",), 1, 2, 3)
    assert read_settings({"NIM_SMS_PREFIXES": "none"}).tutorial_sms.prefixes == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NIM_SMS_PREFIXES", "1"),
        ("NIM_SMS_PREFIXES", "+1,everywhere"),
        ("NIM_SMS_IN_ALL", "-1"),
        ("NIM_SMS_PER_ACCOUNT", "many"),
        ("NIM_SMS_PER_NUMBER", "1.5"),
        ("NIM_SMS_CONFIRM", "yes"),
    ],
)
def test_a_wrong_setting_for_texts_is_named(name: str, value: str) -> None:
    with pytest.raises(BadRequest, match=name):
        read_settings({name: value})
