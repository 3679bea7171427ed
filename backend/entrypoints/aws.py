"""`nim-backend aws`: the table, the user pool and its client in the user's own AWS account."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from backend.entrypoints import deploy

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws
    from backend.config.settings import BackendSettings
    from backend.provision.base import Administration

DESCRIPTION = """\
Create, show and delete what the game needs in your own AWS account: the DynamoDB table with its
indexes, the Cognito user pool and its client. Each command is safe to run again."""

EPILOG = """\
examples:
  nim-backend aws create --region eu-central-1
  nim-backend aws status
  nim-backend aws sms +15555555555 "Hello from Nim"
  nim-backend aws delete
  nim-backend aws deploy
  nim-backend aws destroy

docs/aws.md and docs/serverless.md explain how to get from an empty account to the first game."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `aws` and its subcommands to the command line."""
    aws = commands.add_parser(
        "aws",
        help="the table, the user pool and the stack in your AWS account",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    account = argparse.ArgumentParser(add_help=False)
    account.add_argument("--region", help="AWS region (default: from the environment, or as saved)")
    account.add_argument("--profile", help="profile in your AWS configuration")
    actions: argparse._SubParsersAction[argparse.ArgumentParser] = aws.add_subparsers(
        metavar="ACTION", dest="action", required=True, parser_class=type(aws)
    )
    create = actions.add_parser(
        "create", parents=[account], help="create what is missing; print and save the ids"
    )
    create.add_argument(
        "--provisioned",
        type=_units,
        metavar="UNITS",
        help="read and write units of a new table (5 fits the free tier; default: pay per request)",
    )
    create.set_defaults(run=_create)
    status = actions.add_parser(
        "status", parents=[account], help="show what exists and what is missing"
    )
    status.set_defaults(run=_status)
    delete = actions.add_parser("delete", parents=[account], help="delete what create made")
    delete.add_argument(
        "--yes", metavar="TABLE", help="the table's name; skips the question for it"
    )
    delete.set_defaults(run=_delete)
    deploy.add_parsers(actions, account)
    sms = actions.add_parser("sms", parents=[account], help="send one text message")
    sms.add_argument("phone", metavar="+15555555555")
    sms.add_argument("text", metavar="TEXT")
    sms.set_defaults(run=_sms)


def _create(arguments: argparse.Namespace) -> int:
    from backend.entrypoints.aws_console import show
    from backend.provision.base import STEPS

    administration, aws, _ = _administration(arguments, provisioned=arguments.provisioned)
    try:
        show(administration.create(), steps=STEPS)
    finally:
        aws.close()
    print(f"USER_POOL_ID={administration.pool_id}")
    print(f"COGNITO_CLIENT_ID={administration.client_id}")
    print("Play with: nim-tui --aws")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    administration, aws, _ = _administration(arguments)
    try:
        reports = list(administration.status())
    finally:
        aws.close()
    for report in reports:
        print(f"{'✗' if report.missing else '✓'} {report.what}: {report.state}")
    if any(report.missing for report in reports):
        print("Create what is missing with: nim-backend aws create")
        return 1
    return 0


def _delete(arguments: argparse.Namespace) -> int:
    from backend.entrypoints.aws_console import make_sure, show

    administration, aws, settings = _administration(arguments)
    try:
        administration.check_no_stack()
        would_go = administration.would_go()
        warning = "What goes is deleted permanently."
        make_sure(arguments.yes, settings.table, warning, would_go)
        show(administration.delete())
    finally:
        aws.close()
    return 0


def _sms(arguments: argparse.Namespace) -> int:
    from backend.adapters.aws_sdk import Aws
    from backend.adapters.sns import publish
    from backend.domain.credentials import phone_problem
    from backend.domain.errors import BadRequest, NimError
    from backend.entrypoints.aws_console import settings_of

    if problem := phone_problem(arguments.phone):
        raise BadRequest(f"The number {problem}")
    settings = settings_of(arguments)
    # One call: boto3 is imported in any case.
    aws = Aws(settings.region, arguments.profile, transport="boto3")
    try:
        outcome = asyncio.run(publish(aws.transport_to("sns"), arguments.phone, arguments.text))
    finally:
        aws.close()
    if outcome != "sent":
        raise NimError(
            "SNS rejects that number: it has opted out or isn't a valid number. Check it."
        )
    print("Sent.")
    return 0


def _administration(
    arguments: argparse.Namespace, *, provisioned: int | None = None
) -> tuple[Administration, Aws, BackendSettings]:
    from backend.adapters.aws_sdk import Aws
    from backend.entrypoints.aws_console import settings_of, wait
    from backend.provision.base import Administration

    settings = settings_of(arguments)
    aws = Aws(settings.region, arguments.profile)
    administration = Administration(
        aws,
        settings,
        wait=wait,
        provisioned=provisioned,
    )
    return administration, aws, settings


def _units(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 1000:
        return int(text)
    raise argparse.ArgumentTypeError("UNITS must be a whole number from 1 to 1000")
