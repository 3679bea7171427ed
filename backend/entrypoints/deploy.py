"""`nim-backend aws deploy` and `aws destroy`: the whole serverless stack."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.adapters.aws_sdk import Aws
    from backend.config.settings import BackendSettings
    from backend.provision.deploy import Deployment

_DEPLOY = """\
Create the whole serverless stack in your AWS account, or update it: table, accounts, HTTP API and
text messages. It costs next to nothing while nobody plays. It is safe to run again."""

_DESTROY = """\
Delete the stack: the HTTP API and the text messages. The table with its games and the user pool
with its accounts stay, unless you add --delete-games."""


def add_parsers(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], account: argparse.ArgumentParser
) -> None:
    """Add `deploy` and `destroy` to the actions of `aws`."""
    deploy = actions.add_parser(
        "deploy",
        parents=[account],
        help="create or update the whole serverless stack",
        description=_DEPLOY,
    )
    deploy.add_argument(
        "--open-registration",
        action="store_true",
        help="let anyone on the internet register (default: only nim-backend users add NAME)",
    )
    deploy.add_argument(
        "--invitations-register",
        action="store_true",
        help="let a player's invitation create one account",
    )
    deploy.add_argument(
        "--alarm-email",
        metavar="ADDRESS",
        type=_address,
        help="who gets an e-mail when something fails (give it each time)",
    )
    deploy.set_defaults(run=_deploy)
    destroy = actions.add_parser(
        "destroy", parents=[account], help="delete the stack; games stay", description=_DESTROY
    )
    destroy.add_argument(
        "--delete-games", action="store_true", help="also delete all games and accounts"
    )
    destroy.add_argument(
        "--yes", metavar="TABLE", help="the table's name; skips the question for it"
    )
    destroy.set_defaults(run=_destroy)


def _deploy(arguments: argparse.Namespace) -> int:
    from backend.entrypoints.aws_console import show
    from backend.provision.deploy import deploy_steps

    deployment, aws, _ = _deployment(arguments)
    try:
        reports = deployment.deploy(
            open_registration=arguments.open_registration,
            invitations_register=arguments.invitations_register,
            alarm_email=arguments.alarm_email or "",
        )
        show(reports, steps=deploy_steps())
    finally:
        aws.close()
    print(deployment.url)
    here = "  (or here: nim-tui --server aws)" if deployment.is_bare else ""
    print(f"Play with: nim-tui --server {deployment.url}{here}")
    if arguments.alarm_email:
        print(f"Confirm the subscription that AWS has sent to {arguments.alarm_email}.")
    if not arguments.open_registration:
        print("Invite people with: nim-backend users add NAME --store dynamodb")
    return 0


def _destroy(arguments: argparse.Namespace) -> int:
    from backend.entrypoints.aws_console import make_sure, show

    deployment, aws, settings = _deployment(arguments)
    warning = "This deletes the HTTP API. Games and accounts stay."
    if arguments.delete_games:
        warning = "This deletes the HTTP API and, permanently, all games and all accounts."
    try:
        make_sure(arguments.yes, settings.table, warning)
        show(deployment.destroy(delete_games=arguments.delete_games))
    finally:
        aws.close()
    return 0


def _deployment(arguments: argparse.Namespace) -> tuple[Deployment, Aws, BackendSettings]:
    from backend.adapters.aws_sdk import Aws
    from backend.entrypoints.aws_console import settings_of, wait
    from backend.provision.deploy import Deployment

    settings = settings_of(arguments)
    aws = Aws(settings.region, arguments.profile)
    return Deployment(aws, settings, wait=wait), aws, settings


def _address(text: str) -> str:
    from backend.domain.credentials import email_problem

    if email_problem(text) is not None:
        raise argparse.ArgumentTypeError(f"{text!r} is not an e-mail address")
    return text
