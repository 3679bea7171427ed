"""`register`, `login`, `logout` and `whoami`: who plays here."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from backend.domain.errors import NotSignedIn, SignInIncomplete
from nim_tui.config.places import remember
from nim_tui.options import UsageError
from nim_tui.shell.command import Command
from nim_tui.shell.errors import NoKeyring, keyring_problem
from nim_tui.text.place import at
from nim_tui.text.sanitize import harmless

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.shell.call import Invocation

INSTALL = (
    "Install one (Debian: gnome-keyring, in dbus-run-session; or a keyring backend for pass), "
    "or set NIM_USER and NIM_PASSWORD for each command."
)


def add_password_option(parser: argparse.ArgumentParser) -> None:
    """Add `--password-stdin`."""
    parser.add_argument(
        "--password-stdin",
        action="store_true",
        help="read it from standard input, not the terminal",
    )


def _login_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="USER", help="the player")
    add_password_option(parser)


def _register_arguments(parser: argparse.ArgumentParser) -> None:
    _login_arguments(parser)
    parser.add_argument("--email", help="an address of yours; AWS needs one")
    parser.add_argument("--phone", help="a number of yours, such as +15555550100; AWS needs one")


class PasswordSource:
    """Passwords for one call: typed without echo, or the lines of standard input in turn."""

    def __init__(self, *, stdin: bool) -> None:
        self._stdin = stdin
        if not stdin and not sys.stdin.isatty():
            raise UsageError("a password is typed at a terminal. In a script use --password-stdin.")

    def ask(self, prompt: str, *, new: bool = False) -> str:
        """The next password; a new one is typed twice. Raises: UsageError."""
        if self._stdin:
            line = sys.stdin.readline()
            if not line:
                raise UsageError(f"standard input has no line for this: {prompt.lower()}.")
            return line.rstrip("\r\n")
        password = _typed(prompt)
        if new and _typed(f"{prompt} again") != password:
            raise UsageError("the two passwords differ. Start again.")
        return password


def _typed(prompt: str) -> str:
    import getpass

    try:
        return getpass.getpass(f"{prompt}: ")
    except EOFError:
        raise UsageError("no password was typed. Start again.") from None


def print_player(call: Invocation, username: str | None) -> None:
    """Print who it is about, and where."""
    if call.out.as_json:
        call.out.document({"username": username, "place": call.place_name})
    else:
        call.out.table([(harmless(username or ""), harmless(call.place_name))])


def _register(call: Invocation) -> None:
    given = call.given
    passwords = PasswordSource(stdin=given.password_stdin)
    password = passwords.ask("Password", new=True)

    async def register() -> None:
        async with call.client() as client:
            await client.register(given.name, password, given.email, given.phone)

    call.run(register())
    print_player(call, given.name)


def _login(call: Invocation) -> None:
    passwords = PasswordSource(stdin=call.given.password_stdin)
    call.run(_check_keyring(call))
    # Asked outside an event loop, which would keep a ctrl+c to itself.
    password = passwords.ask("Password")
    try:
        username = call.run(_sign_in(call, password))
    except SignInIncomplete:
        # A one-time password is replaced at the first sign-in.
        new_password = passwords.ask("New password", new=True)
        username = call.run(_sign_in(call, password, new_password))
    remember(call.place)
    print_player(call, username)


async def _check_keyring(call: Invocation) -> None:
    """Look for a keyring before anybody types a password. Raises: NoKeyring."""
    from nim_tui.account import PlayerSession

    session = PlayerSession(call.open())
    await session.load_names()
    _require_kept(session.take_note())


async def _sign_in(call: Invocation, password: str, new_password: str | None = None) -> str | None:
    from nim_tui.account import PlayerSession

    async with call.client() as client:
        session = PlayerSession(client)
        await session.sign_in(call.given.name, password, new_password)
        note, username = session.take_note(), client.username
        if note is not None or client.refresh_token is None:
            await client.sign_out()
        _require_kept(note)
    return username


def _require_kept(note: str | None) -> None:
    if note is not None:
        raise NoKeyring(f"No session can be kept: {_lower(keyring_problem(note))}. {INSTALL}")


def _lower(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _logout(call: Invocation) -> None:
    async def sign_out() -> str:
        from nim_tui.account import PlayerSession

        async with call.client() as client:
            session = PlayerSession(client)
            username = await session.forget(call.user)
            if username is not None and (note := session.take_note()) is not None:
                raise NoKeyring(f"The session cannot be removed: {_lower(keyring_problem(note))}.")
            if username is None:
                who = "Nobody is" if call.user is None else "That player is not"
                raise NotSignedIn(f"{who} signed in {at(client.place_name)}.")
            return username

    print_player(call, call.run(sign_out()))


async def _whoami(call: Invocation, client: NimClient) -> None:
    await client.account.show()
    print_player(call, client.username)


def _run_whoami(call: Invocation) -> Any:
    call.as_player(_whoami)


COMMANDS = (
    Command(
        "register",
        "make an account",
        _register,
        (
            "nim-tui register anna --email anna@example.com",
            "pass nim/carl | nim-tui register carl --email carl@example.com --password-stdin",
        ),
        _register_arguments,
    ),
    Command(
        "login",
        "sign in; the session stays in the keyring",
        _login,
        ("nim-tui login alice", "pass nim/alice | nim-tui login alice --password-stdin"),
        _login_arguments,
    ),
    Command(
        "logout",
        "end the stored session",
        _logout,
        ("nim-tui logout", "nim-tui logout --user alice"),
    ),
    Command(
        "whoami",
        "who plays, and where",
        _run_whoami,
        ("nim-tui whoami", "nim-tui whoami --json | jq -r .username"),
    ),
)
