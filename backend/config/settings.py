"""The settings from the environment, read once and frozen, and the store that a command uses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from backend.domain.errors import BadRequest
from backend.domain.notices import SmsLimits
from backend.user_files import database_path

DEFAULT_TABLE = "turn-based-game"
AwsClient: TypeAlias = Literal["aiohttp", "boto3"]
_AWS_CLIENTS: tuple[AwsClient, ...] = ("aiohttp", "boto3")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """The settings of one process. Empty variables count as unset.

    Attributes:
        data: the SQLite file, unless another is named.
        region: of AWS; None leaves it to boto3.
        token_issuer: who signs the tokens, if it is not Cognito's own name for the pool.
        public_url: where the backend can be reached from outside (`NIM_PUBLIC_URL`).
        sms: who may be texted; None if nothing is set.
        aws_client: what sends the calls of a move to AWS.

    """

    data: Path
    table: str = DEFAULT_TABLE
    region: str | None = None
    user_pool_id: str | None = None
    client_id: str | None = None
    token_issuer: str | None = None
    public_url: str | None = None
    sms: SmsLimits | None = None
    aws_client: AwsClient = "aiohttp"


def read_settings(
    environ: Mapping[str, str], saved: Mapping[str, str] | None = None
) -> BackendSettings:
    """The settings: the environment first, then what `saved` holds under the same names.

    Raises:
        BadRequest: a variable has an invalid value.

    """
    found = {name: value for name, value in environ.items() if value}
    # boto3 reads AWS_DEFAULT_REGION but not AWS_REGION, which everything else from AWS reads.
    if region := found.get("AWS_REGION") or found.get("AWS_DEFAULT_REGION"):
        found["AWS_REGION"] = region
    values = {name: value for name, value in (saved or {}).items() if value} | found
    data = values.get("NIM_DATA")
    return BackendSettings(
        data=Path(data) if data else database_path(),
        table=values.get("NIM_TABLE", DEFAULT_TABLE),
        region=values.get("AWS_REGION"),
        user_pool_id=values.get("USER_POOL_ID"),
        client_id=values.get("COGNITO_CLIENT_ID"),
        token_issuer=values.get("NIM_TOKEN_ISSUER"),
        public_url=_public_url(values.get("NIM_PUBLIC_URL")),
        sms=_sms_limits(values),
        aws_client=_aws_client(values),
    )


def _aws_client(values: Mapping[str, str]) -> AwsClient:
    name = values.get("NIM_AWS_CLIENT", "aiohttp")
    for known in _AWS_CLIENTS:
        if name == known:
            return known
    raise BadRequest("NIM_AWS_CLIENT takes aiohttp or boto3.")


def _public_url(text: str | None) -> str | None:
    """The address without a slash at its end. Raises: BadRequest, if it is not one."""
    if text is None:
        return None
    problem = BadRequest("NIM_PUBLIC_URL must be an address like https://nim.example.com.")
    try:
        parts = urlsplit(text)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise problem from error
    if not valid or not text.isprintable() or any(mark in text for mark in " ?#@\\"):
        raise problem
    return text.rstrip("/")


def _sms_limits(values: Mapping[str, str]) -> SmsLimits | None:
    names = ("NIM_SMS_PREFIXES", "NIM_SMS_PER_NUMBER", "NIM_SMS_IN_ALL")
    if not any(name in values for name in names):
        return None
    usual = SmsLimits()
    prefixes = usual.prefixes
    if listed := values.get("NIM_SMS_PREFIXES"):
        prefixes = tuple(part.strip() for part in listed.split(",") if part.strip() != "none")
    caps = (usual.per_number, usual.in_all)
    given_caps = [values.get(name, str(cap)) for name, cap in zip(names[1:], caps, strict=True)]
    if not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
        raise BadRequest("NIM_SMS_PREFIXES must be country codes like +1,+49, or none.")
    if not all(cap.isascii() and cap.isdigit() for cap in given_caps):
        raise BadRequest(
            "NIM_SMS_PER_NUMBER and NIM_SMS_IN_ALL must be whole numbers of texts a day."
        )
    return SmsLimits(prefixes, *(int(cap) for cap in given_caps))


def aws_settings(environ: Mapping[str, str]) -> BackendSettings:
    """The settings of a backend on AWS; what `aws create` saved fills in for unset variables.

    Raises:
        Unavailable: what was saved cannot be read.

    """
    from backend.config.saved import read_saved

    return read_settings(environ, read_saved())


def function_settings(environ: Mapping[str, str]) -> BackendSettings:
    """The settings of a Lambda function: from the environment alone, without a SQLite file.

    Its package has no aiohttp: one request at a time gains little from it, and importing it would
    lengthen a cold start.
    """
    return read_settings({**environ, "NIM_AWS_CLIENT": "boto3", "NIM_DATA": os.devnull})


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """Where games and accounts are stored (`--store`). `path` is the SQLite file."""

    kind: Literal["sqlite", "dynamodb"]
    path: Path | None = None

    def __str__(self) -> str:
        return f"SQLite file {self.path}" if self.kind == "sqlite" else "DynamoDB"


def store_choice(text: str | None, settings: BackendSettings) -> StoreChoice:
    """What `--store` names: `sqlite:FILE`, `sqlite` (the default file) or `dynamodb`.

    Raises:
        BadRequest: it names something else.

    """
    kind, _, path = (text or "sqlite").partition(":")
    if kind == "sqlite":
        return StoreChoice("sqlite", Path(path) if path else settings.data)
    if kind == "dynamodb" and not path:
        return StoreChoice("dynamodb")
    raise BadRequest("--store must be sqlite:FILE or dynamodb.")


def chosen_store(
    text: str | None, environ: Mapping[str, str]
) -> tuple[StoreChoice, BackendSettings]:
    """What `--store` names, and its settings; only those for DynamoDB read what was saved.

    Raises:
        BadRequest: it names no store.
        Unavailable: what was saved cannot be read.

    """
    settings = read_settings(environ)
    choice = store_choice(text, settings)
    return choice, aws_settings(environ) if choice.kind == "dynamodb" else settings
