"""AWS, straight from here: credentials, region, table, pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from nim_tui.client.errors import CannotOpen
from nim_tui.client.transports import DirectAwsTransport
from nim_tui.shell.checks.base import Check, broken, ok, warning
from nim_tui.shell.checks.servers import clock
from nim_tui.text.sanitize import clean

if TYPE_CHECKING:
    import boto3

_MADE_BY = "Make it with nim-backend aws create, or ask who runs it for its name."


async def checks(transport: DirectAwsTransport, suffix: str) -> AsyncIterator[Check]:
    """Look at what a game straight on AWS needs."""
    import boto3
    from botocore.exceptions import BotoCoreError

    name = f"credentials{suffix}"
    try:
        settings = transport.read_settings()
    except CannotOpen as error:
        yield broken(f"place{suffix}", error.message, _MADE_BY)
        return
    region = transport.region or settings.region
    try:
        session = boto3.Session(profile_name=transport.profile, region_name=region)
        credentials = await asyncio.to_thread(session.get_credentials)
    except BotoCoreError as error:
        kind = type(error).__name__
        yield broken(name, f"They cannot be read ({kind}).", "Check ~/.aws and AWS_PROFILE.")
        return
    if credentials is None:
        yield broken(name, "There are none.", "Run aws configure, or set AWS_PROFILE.")
        return
    yield ok(name, f"Found ({credentials.method}).")
    if not session.region_name:
        yield broken(f"region{suffix}", "None is named.", "Use --region, or set AWS_REGION.")
        return
    yield ok(f"region{suffix}", session.region_name)
    for check in await asyncio.to_thread(_on_aws, session, settings, suffix):
        yield check


def _on_aws(session: boto3.Session, settings: Any, suffix: str) -> list[Check]:
    from botocore.config import Config

    config = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 1})
    table, pool = settings.table, settings.user_pool_id

    def show_table() -> Any:
        return session.client("dynamodb", config=config).describe_table(TableName=table)

    def show_pool() -> Any:
        return session.client("cognito-idp", config=config).describe_user_pool(UserPoolId=pool)

    found = _look(f"place{suffix}", f"table {table}", show_table, suffix)
    if pool is None:
        return [*found, broken(f"pool{suffix}", "None is named.", f"Set USER_POOL_ID. {_MADE_BY}")]
    return [*found, *_look(f"pool{suffix}", f"pool {pool}", show_pool, None)]


def _look(name: str, what: str, ask: Callable[[], Any], clock_suffix: str | None) -> list[Check]:
    """Ask for one thing; with the time of the answer beside ours, where a suffix is given."""
    from botocore.exceptions import BotoCoreError, ClientError

    what = clean(what, 80)
    try:
        answer = ask()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in ("ResourceNotFoundException", "ValidationException"):
            return [broken(name, f"The {what} is not there.", _MADE_BY)]
        if code in ("AccessDeniedException", "AccessDenied"):
            detail = f"These credentials may not look at the {what}."
            return [warning(name, detail, "Playing needs fewer rights: try it.")]
        todo = "Check the credentials, and this computer's clock."
        return [broken(name, f"AWS refuses to show the {what} ({clean(code, 60)}).", todo)]
    except BotoCoreError as error:
        kind = type(error).__name__
        return [broken(name, f"AWS cannot be reached ({kind}).", "Check the network and region.")]
    except ValueError:  # botocore has no error of its own for an endpoint
        todo = "Correct or unset AWS_ENDPOINT_URL, or the variable that it has for a service."
        return [broken(name, "The endpoint of AWS is not an address.", todo)]
    found = [ok(name, f"The {what} is there.")]
    if clock_suffix is not None:
        date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
        found.append(clock(f"clock{clock_suffix}", date, time.time()))
    return found
