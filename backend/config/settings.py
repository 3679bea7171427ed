"""The settings from the environment, read once and frozen, and the store that a command uses."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from backend.config.channels import NtfyServer, SmtpServer, ntfy_server, smtp_server
from backend.domain.errors import BadRequest
from backend.domain.notices import SmsLimits
from backend.user_files import database_path

DEFAULT_TABLE = "turn-based-game"
AwsClient: TypeAlias = Literal["aiohttp", "boto3"]
_AWS_CLIENTS: tuple[AwsClient, ...] = ("aiohttp", "boto3")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,6}")
_CAP = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendSettings:
    """The settings of one process. Empty variables count as unset.

    Attributes:
        data: the SQLite file, unless another is named.
        region: of AWS; None leaves it to boto3.
        token_issuer: who signs the tokens, if it is not Cognito's own name for the pool.
        public_url: where the backend can be reached from outside (`NIM_PUBLIC_URL`).
        sms: who may be texted; None unless `NIM_SMS_PREFIXES` switches texts on.
        tutorial_sms: who may be texted straight on AWS, where texts are on as in the tutorial.
        sms_confirm: whether a number is confirmed by a code before it is texted; None if unset.
        aws_client: what sends the calls of a move to AWS.
        smtp: the mail server; None sends no e-mail.
        ntfy: the ntfy server; None publishes nothing.

    """

    data: Path
    table: str = DEFAULT_TABLE
    region: str | None = None
    user_pool_id: str | None = None
    client_id: str | None = None
    token_issuer: str | None = None
    public_url: str | None = None
    sms: SmsLimits | None = None
    tutorial_sms: SmsLimits = field(default_factory=SmsLimits)
    sms_confirm: Literal["code", "none"] | None = None
    aws_client: AwsClient = "aiohttp"
    smtp: SmtpServer | None = None
    ntfy: NtfyServer | None = None


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
    sms = _sms_limits(values)
    return BackendSettings(
        data=_file("NIM_DATA", data) if data else database_path(),
        table=values.get("NIM_TABLE", DEFAULT_TABLE),
        region=values.get("AWS_REGION"),
        user_pool_id=values.get("USER_POOL_ID"),
        client_id=values.get("COGNITO_CLIENT_ID"),
        token_issuer=values.get("NIM_TOKEN_ISSUER"),
        public_url=_public_url(values.get("NIM_PUBLIC_URL")),
        sms=sms if values.get("NIM_SMS_PREFIXES") and sms.prefixes else None,
        tutorial_sms=sms,
        sms_confirm=_sms_confirm(values.get("NIM_SMS_CONFIRM")),
        aws_client=_aws_client(values),
        smtp=smtp_server(values),
        ntfy=ntfy_server(values),
    )


def _file(name: str, path: str, given: str | None = None) -> Path:
    """The file, also below somebody's home folder. Raises: BadRequest, if nobody has that one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise BadRequest(f"{name} {given or path} leads nowhere. Give the whole path.") from None


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


def _sms_limits(values: Mapping[str, str]) -> SmsLimits:
    usual = SmsLimits()
    prefixes = usual.prefixes
    if listed := values.get("NIM_SMS_PREFIXES"):
        prefixes = tuple(part.strip() for part in listed.split(",") if part.strip() != "none")
    if not all(_PREFIX.fullmatch(prefix) for prefix in prefixes):
        raise BadRequest("NIM_SMS_PREFIXES must be country codes like +1,+49, or none.")
    caps = {
        "NIM_SMS_PER_NUMBER": usual.per_number,
        "NIM_SMS_IN_ALL": usual.in_all,
        "NIM_SMS_PER_ACCOUNT": usual.per_account,
    }
    given = [values.get(name, str(cap)) for name, cap in caps.items()]
    if not all(_CAP.fullmatch(cap) for cap in given):
        raise BadRequest(f"{_listed(list(caps))} must be whole numbers of texts a day.")
    return SmsLimits(prefixes, *(int(cap) for cap in given))


def _sms_confirm(text: str | None) -> Literal["code", "none"] | None:
    match text:
        case None | "code" | "none":
            return text
        case _:
            raise BadRequest("NIM_SMS_CONFIRM must be code or none.")


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


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
        return StoreChoice("sqlite", _file("--store", path, text) if path else settings.data)
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
