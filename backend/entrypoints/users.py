"""`nim-backend users`: accounts, for the operator of a backend.

It works on the store itself, even while a server uses it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from backend.domain.credentials import username_problem
from backend.domain.errors import BadRequest, NoSuchPlayer

if TYPE_CHECKING:
    from backend.adapters.sqlite.ssh_keys import SqliteKeys
    from backend.config.settings import BackendSettings, StoreChoice
    from backend.service.ports import Identity
    from backend.service.use_cases import Service

DESCRIPTION = """\
List, add and delete accounts, and give a one-time password to a player who cannot sign in.

A one-time password is shown once and valid for 7 days; at the first sign-in the player replaces it
with a new one. You can run this while a server uses the same store."""

EPILOG = """\
examples:
  nim-backend users list
  nim-backend users add anna
  nim-backend users reset anna --store sqlite:/srv/nim/games.db
  nim-backend users delete anna --yes
  nim-backend users keys anna
  nim-backend users keys anna --remove SHA256:…"""

Ask = Callable[[str], str]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `users` and its subcommands to the command line."""
    users = commands.add_parser(
        "users",
        help="list, add, reset and delete accounts, and their ssh keys",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    store = argparse.ArgumentParser(add_help=False)
    store.add_argument(
        "--store", metavar="sqlite:FILE|dynamodb", help="where games and accounts are stored"
    )
    actions: argparse._SubParsersAction[argparse.ArgumentParser] = users.add_subparsers(
        metavar="ACTION", dest="action", required=True, parser_class=type(users)
    )
    actions.add_parser("list", parents=[store], help="list all accounts, one per line")
    for action, text in (
        ("add", "create an account with a one-time password"),
        ("reset", "set a new one-time password; ends the player's sessions"),
        ("delete", "delete an account; its open games end as resigned"),
    ):
        made = actions.add_parser(action, parents=[store], help=text, description=text + ".")
        made.add_argument("name", metavar="NAME")
        if action == "delete":
            made.add_argument("--yes", action="store_true", help="do not ask first")
    _add_keys(actions, store)
    users.set_defaults(run=_run)


def _add_keys(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], store: argparse.ArgumentParser
) -> None:
    text = "list, name and remove the ssh keys that open a player's games"
    keys = actions.add_parser("keys", parents=[store], help=text, description=text + ".")
    keys.add_argument("name", metavar="NAME")
    change = keys.add_mutually_exclusive_group()
    change.add_argument("--remove", metavar="FINGERPRINT", help="take this key away")
    change.add_argument(
        "--rename", nargs=2, metavar=("FINGERPRINT", "TEXT"), help="give this key another name"
    )


def _run(arguments: argparse.Namespace) -> int:
    from backend.config.settings import chosen_store

    choice, settings = chosen_store(arguments.store, os.environ)
    # Ask before the event loop starts, which would swallow ctrl+c.
    if arguments.action == "delete" and not arguments.yes and not confirmed(arguments.name):
        return 1
    return asyncio.run(_on_store(arguments, choice, settings))


def confirmed(name: str, ask: Ask = input) -> bool:
    """Whether the person at the terminal wants the account deleted; False without a terminal."""
    shown = printable(name)
    question = f"Delete {shown}? Open games end as resigned. This cannot be undone. [y/N] "
    try:
        sure = ask(question).strip().lower() in {"y", "yes"}
    except EOFError:
        sure = False
    if not sure:
        print(f"nim-backend: {shown} was not deleted. Answer y, or add --yes.", file=sys.stderr)
    return sure


async def _on_store(
    arguments: argparse.Namespace, choice: StoreChoice, settings: BackendSettings
) -> int:
    from backend import bootstrap

    backend = bootstrap.served(choice, settings)
    try:
        if arguments.action == "keys":
            return await run_keys(arguments, backend.service.people, backend.keys)
        return await run_users(arguments, backend.service)
    finally:
        await backend.close()


async def run_users(arguments: argparse.Namespace, service: Service) -> int:
    """Do what the parsed arguments say, without asking. Returns the exit status.

    Raises:
        UserExists, NoSuchPlayer, BadRequest (an invalid name), Unavailable.

    """
    if arguments.action == "list":
        return await _list(service)
    name: str = arguments.name
    if arguments.action == "add":
        # Only here: a Cognito pool may hold other names, and those can be reset and deleted.
        if problem := username_problem(name):
            raise BadRequest(f"A name {problem}")
        return _show(name, await service.people.add(name), "created")
    if arguments.action == "reset":
        return _show(name, await service.people.reset(name), "reset")
    await service.delete_player(name)
    print(f"Account {printable(name)} deleted.")
    return 0


async def run_keys(arguments: argparse.Namespace, people: Identity, keys: SqliteKeys | None) -> int:
    """List a player's ssh keys, or change one. Returns the exit status.

    Raises:
        NoSuchPlayer, BadRequest (no such key, or the store keeps none), Unavailable.

    """
    if keys is None:
        raise BadRequest("Only a SQLite store keeps ssh keys. Name it with --store sqlite:FILE.")
    player = await people.find(arguments.name)
    if player is None:
        raise NoSuchPlayer
    name, done = player.username, True
    if arguments.remove is not None:
        done = await keys.forget(name, arguments.remove)
    elif arguments.rename is not None:
        done = await keys.rename(name, *arguments.rename)
    if not done:
        raise BadRequest(f"{name} has no such key. See nim-backend users keys {name}.")
    for key in await keys.of(name):
        used = "never used" if key.used_at is None else f"used {key.used_at:%Y-%m-%d}"
        print(
            key.fingerprint, printable(key.name), f"added {key.added_at:%Y-%m-%d}", used, sep="\t"
        )
    return 0


async def _list(service: Service) -> int:
    players = await service.people.players()
    if not players:
        print("No accounts yet. Create one with: nim-backend users add NAME", file=sys.stderr)
    for player in players:
        contact = [player.email or "-", player.phone or "-"]
        print(*(printable(text) for text in (player.username, *contact)), sep="\t")
    return 0


def _show(name: str, password: str, done: str) -> int:
    print(f"Account {printable(name)} {done}.")
    print(f"One-time password: {password}")
    print("It is shown only once and valid for 7 days; the first sign-in asks for a new one.")
    return 0


def printable(text: str) -> str:
    """The text without anything that could control a terminal: names may come from anyone."""
    return "".join(character for character in text if character.isprintable())
