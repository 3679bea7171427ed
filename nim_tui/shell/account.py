"""`account …`: the caller's own account."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from backend.domain.people import NOTICES_BY
from nim_tui.options import UsageError
from nim_tui.shell.accounts import PasswordSource, add_password_option, print_player
from nim_tui.shell.command import Command
from nim_tui.text.account import MISSING, PROBLEMS
from nim_tui.text.sanitize import harmless

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.client.models import AccountProfile
    from nim_tui.shell.call import Invocation

_QUESTION = (
    "Delete {name} at {place} for good? Open games end as resigned, and the name is free for "
    "others. [y/N] "
)


def _change_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", help="an address of yours, or none; needs the password")
    parser.add_argument("--phone", help="a number of yours, or none; needs the password")
    parser.add_argument("--notices", choices=NOTICES_BY, help="how you hear of your turn")
    parser.add_argument("--ntfy-topic", help="a topic on the operator's ntfy server, or none")
    add_password_option(parser)


def _confirm_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("channel", choices=("email", "sms"), help="where the code was sent")
    parser.add_argument("code", metavar="CODE", help="the eight digits")


def _forgot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="USER", help="the player")


def _reset_arguments(parser: argparse.ArgumentParser) -> None:
    _forgot_arguments(parser)
    parser.add_argument("code", metavar="CODE", help="the code that was sent")
    add_password_option(parser)


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask first")
    add_password_option(parser)


def _print_profile(call: Invocation, profile: AccountProfile) -> None:
    if call.out.as_json:
        call.out.document(_document(profile))
        return
    problem = profile.notice_problem
    rows = [
        ("name", profile.username),
        ("e-mail", _with_state(profile.email, confirmed=profile.email_confirmed)),
        ("phone", _with_state(profile.phone, confirmed=profile.phone_confirmed)),
        ("notices", profile.notices),
        ("ntfy topic", profile.ntfy_topic or "-"),
    ]
    if profile.notices_to is None and profile.notices in MISSING:
        rows.append(("problem", MISSING[profile.notices]))
    rows += [("problem", PROBLEMS[problem])] if problem else []
    call.out.table([(name, harmless(value)) for name, value in rows])


def _with_state(address: str | None, *, confirmed: bool) -> str:
    if address is None:
        return "-"
    return address if confirmed else f"{address} (not confirmed)"


def _document(profile: AccountProfile) -> Mapping[str, Any]:
    """The account as the API has it."""
    return {
        "username": profile.username,
        "email": profile.email,
        "emailConfirmed": profile.email_confirmed,
        "phoneNumber": profile.phone,
        "phoneConfirmed": profile.phone_confirmed,
        "notices": profile.notices,
        "ntfyTopic": profile.ntfy_topic,
        "noticeProblem": profile.notice_problem,
    }


async def _show(call: Invocation, client: NimClient) -> None:
    _print_profile(call, await client.account.show())


def _change(call: Invocation) -> None:
    given = call.given
    if (given.email, given.phone, given.notices, given.ntfy_topic) == (None,) * 4:
        raise UsageError("nothing to change. Give --email, --phone, --notices or --ntfy-topic.")
    password = None
    if given.email is not None or given.phone is not None:
        password = PasswordSource(stdin=given.password_stdin).ask("Password")

    async def change(call: Invocation, client: NimClient) -> None:
        changed = await client.account.change(
            email=_or_none(given.email),
            phone=_or_none(given.phone),
            notices=given.notices,
            ntfy_topic=_or_none(given.ntfy_topic),
            password=password,
        )
        _print_profile(call, changed)

    call.as_player(change)


def _or_none(text: str | None) -> str | None:
    """What the client takes: an empty text removes an address."""
    return "" if text == "none" else text


async def _confirm(call: Invocation, client: NimClient) -> None:
    channel: Literal["email", "sms"] = call.given.channel
    _print_profile(call, await client.account.confirm(channel, call.given.code))


def _password(call: Invocation) -> None:
    passwords = PasswordSource(stdin=call.given.password_stdin)
    password = passwords.ask("Password")
    new_password = passwords.ask("New password", new=True)

    async def change(call: Invocation, client: NimClient) -> None:
        await client.account.change_password(password, new_password)
        print_player(call, client.username)

    call.as_player(change)


async def _export(call: Invocation, client: NimClient) -> None:
    found = await client.account.export()
    if call.out.as_json:
        call.out.document(found)
    else:
        call.out.line(json.dumps(found, indent=2))


def _delete(call: Invocation) -> None:
    given = call.given
    if not given.yes and not sys.stdin.isatty():
        raise UsageError("deleting an account needs --yes where nobody can be asked.")
    if not given.yes and not _is_sure(call):
        raise UsageError("the account was not deleted.")
    password = PasswordSource(stdin=given.password_stdin).ask("Password")

    async def delete(call: Invocation, client: NimClient) -> None:
        from nim_tui.account import PlayerSession

        name = client.username
        await client.account.delete(password)
        await PlayerSession(client).forget(name)
        print_player(call, name)

    call.as_player(delete)


def _is_sure(call: Invocation) -> bool:
    async def signed_in() -> str | None:
        async with call.player() as client:
            return client.username

    question = _QUESTION.format(name=call.run(signed_in()), place=call.place_name)
    try:
        return input(harmless(question)).strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _forgot(call: Invocation) -> None:
    async def ask() -> None:
        async with call.client() as client:
            await client.account.forgot_password(call.given.name)

    call.run(ask())
    print_player(call, call.given.name)


def _reset(call: Invocation) -> None:
    given = call.given
    new_password = PasswordSource(stdin=given.password_stdin).ask("New password", new=True)

    async def reset() -> None:
        async with call.client() as client:
            await client.account.reset_password(given.name, given.code, new_password)

    call.run(reset())
    print_player(call, given.name)


COMMANDS = (
    Command(
        "account show",
        "your account",
        lambda call: call.as_player(_show),
        ("nim-tui account show", "nim-tui account show --json | jq -r .notices"),
    ),
    Command(
        "account change",
        "change e-mail, phone or notices",
        _change,
        (
            "nim-tui account change --notices ntfy --ntfy-topic my-turns",
            "pass nim/alice | nim-tui account change --email alice@example.org --password-stdin",
        ),
        _change_arguments,
    ),
    Command(
        "account confirm",
        "confirm an address with the code sent to it",
        lambda call: call.as_player(_confirm),
        (
            "nim-tui account confirm email 12345678",
            "nim-tui account confirm sms 12345678 --json | jq .phoneConfirmed",
        ),
        _confirm_arguments,
    ),
    Command(
        "account password",
        "change your password; all other sessions end",
        _password,
        (
            "nim-tui account password",
            "(pass nim/old; pass nim/new) | nim-tui account password --password-stdin",
        ),
        add_password_option,
    ),
    Command(
        "account export",
        "everything that is kept about you",
        lambda call: call.as_player(_export),
        (
            "nim-tui account export > me.json",
            "nim-tui account export --json | jq '.games | length'",
        ),
    ),
    Command(
        "account delete",
        "delete your account; open games end as resigned",
        _delete,
        (
            "nim-tui account delete",
            "pass nim/alice | nim-tui account delete --yes --password-stdin",
        ),
        _delete_arguments,
    ),
    Command(
        "account forgot",
        "have a code sent for a forgotten password",
        _forgot,
        ("nim-tui account forgot alice", "nim-tui account forgot alice --json"),
        _forgot_arguments,
    ),
    Command(
        "account reset",
        "choose a new password with that code",
        _reset,
        (
            "nim-tui account reset alice 12345678",
            "pass nim/alice | nim-tui account reset alice 12345678 --password-stdin",
        ),
        _reset_arguments,
    ),
)
