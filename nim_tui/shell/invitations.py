"""`invite` and `join`: from an open invitation to the first move, for newcomers too."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

from backend.domain.errors import (
    BadRequest,
    InvitationTaken,
    NoSuchInvitation,
    NotSignedIn,
    UserExists,
    WrongPassword,
)
from nim_tui.config.places import Place, remember
from nim_tui.options import PROGRAM, UsageError
from nim_tui.shell.accounts import PasswordSource, add_password_option
from nim_tui.shell.command import Command
from nim_tui.shell.moves import add_game_options
from nim_tui.text.sanitize import harmless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from backend.domain.game import Game
    from nim_tui.client.client import NimClient
    from nim_tui.client.models import OpenInvitation
    from nim_tui.shell.call import Invocation
    from nim_tui.tokens import Vault

_FIELDS = {
    "username": "A name to play under",
    "email": "E-mail",
    "phoneNumber": "Phone number, such as +15555550100",
}
"""What a backend may ask of a newcomer besides a password, by its name on the wire."""


def _invite_arguments(parser: argparse.ArgumentParser) -> None:
    add_game_options(parser)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--list", action="store_true", help="list those that nobody has taken, and make none"
    )
    instead.add_argument("--withdraw", metavar="CODE", help="withdraw one, and make none")


def _join_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE|URL", help="the invitation, as it was sent to you")
    add_password_option(parser)
    parser.add_argument("--email", help="for a new account, where it needs one")
    parser.add_argument("--phone", help="for a new account, where it needs one")


async def _invite(call: Invocation, client: NimClient) -> None:
    from nim_tui.client.invitations import Code, join_line

    given = call.given
    if given.withdraw is not None:
        await client.invitations.withdraw(Code.read(given.withdraw).code)
    if given.list or given.withdraw is not None:
        mine = await client.invitations.mine()
        if call.out.as_json:
            call.out.document({"invitations": [_document(one) for one in mine]})
        else:
            call.out.table([(one.code, join_line(one, client.place), _iso(one)) for one in mine])
        return
    made = await client.invitations.make(
        heaps=given.heaps, rule=given.rule, days_per_move=given.days
    )
    line = join_line(made, client.place)
    if call.out.as_json:
        call.out.document(_document(made) | {"join": line})
    elif call.out.is_terminal:
        _show(call, made, line)
    else:
        call.out.table([(made.code, line, _iso(made))])


def _document(made: OpenInvitation) -> dict[str, object]:
    """The invitation as the API answers it."""
    return {
        "code": made.code,
        "createdBy": made.created_by,
        "heaps": list(made.heaps),
        "rule": made.rule,
        "daysPerMove": made.days_per_move,
        "createdAt": made.created_at.isoformat().replace("+00:00", "Z"),
        "expiresAt": _iso(made),
        "url": made.url,
    }


def _iso(made: OpenInvitation) -> str:
    return made.expires_at.isoformat().replace("+00:00", "Z")


def _show(call: Invocation, made: OpenInvitation, line: str) -> None:
    from datetime import UTC, datetime

    from nim_tui.text import invitations as text

    call.out.line(f"{text.SEND_THIS} {text.until(made.expires_at, datetime.now(UTC))}")
    call.out.line("")
    call.out.line(f"  {line}")


class _Joined(NamedTuple):
    """A game that was taken.

    Attributes:
        lasts: whether its player stays signed in, so that the board can open.
        vault: has the session where no keyring keeps it.

    """

    game: Game
    user: str
    lasts: bool
    vault: Vault | None = None


def _join(call: Invocation) -> None:
    from nim_tui.client.invitations import Code

    code = Code.read(call.given.code)
    if code.server is not None:
        call.place = _place_of(call, code.server)
    offer, known = call.run(_look(call, code.code))
    if offer is not None and _for_people(call):
        call.out.line(offer.sentence)
    joined = call.run(_accept(call, code.code)) if known else _join_as_newcomer(call, code.code)
    remember(call.place)
    if joined.lasts and _for_people(call) and sys.stdin.isatty() and _wants_screens(call):
        _open_board(call, joined)
    else:
        from nim_tui.shell.records import show_game

        show_game(call.out, joined.game, joined.user)


def _wants_screens(call: Invocation) -> bool:
    """Whether the board may be drawn; as lines it opens with `nim-tui` alone."""
    from nim_tui.config.settings import load_settings

    off = ("0", "no", "off", "false")
    if variable := call.environ.get("ACCESSIBLE", "").strip().casefold():
        return variable in off
    return not load_settings().accessible


def _for_people(call: Invocation) -> bool:
    return call.out.is_terminal and not call.out.as_json


def _place_of(call: Invocation, server: str) -> Place:
    """The server of an invitation's address. Raises: UsageError, BadAddress."""
    from nim_tui.client.address import server_url

    given = call.given
    if given.server or given.place or given.data is not None or given.aws:
        raise UsageError("the address says where the game is. Leave out the other option for that.")
    url = server_url(server, insecure=given.insecure)
    return Place(server=url, insecure=given.insecure)


async def _look(call: Invocation, code: str) -> tuple[OpenInvitation | None, bool]:
    """What the code invites to, and whether a player is known there.

    To a known player it may be their own game by now, which only accepting it again can tell.
    """
    async with call.client() as client:
        known = await _is_known(call, client)
        try:
            return await client.invitations.look(code), known
        except NoSuchInvitation as error:
            from nim_tui.text import invitations as text

            raise NoSuchInvitation(text.unknown(call.place_name)) from error
        except InvitationTaken:
            if not known:
                raise
            return None, known


async def _is_known(call: Invocation, client: NimClient) -> bool:
    from nim_tui.account import PlayerSession
    from nim_tui.shell.sessions import resumed

    if _from_environment(call):
        return True
    session = PlayerSession(client)
    found = await resumed(session, call.user)
    await session.settle()
    return found


def _from_environment(call: Invocation) -> bool:
    return bool(call.environ.get("NIM_USER") and call.environ.get("NIM_PASSWORD"))


async def _accept(call: Invocation, code: str) -> _Joined:
    async with call.player() as client:
        game = await client.invitations.accept(code)
        return _Joined(game, client.username or "", lasts=not _from_environment(call))


def _join_as_newcomer(call: Invocation, code: str) -> _Joined:
    """Ask for a name and a password, and for what else the backend needs, until it is content."""
    given = call.given
    typed = not given.password_stdin
    if typed and not sys.stdin.isatty():
        raise NotSignedIn(
            f"Nobody is signed in at {call.place_name}. Sign in with nim-tui login NAME, "
            "or register with --user NAME --password-stdin."
        )
    passwords = PasswordSource(stdin=given.password_stdin)
    answers = {"username": call.user, "email": given.email, "phoneNumber": given.phone}
    if not answers["username"]:
        answers["username"] = _asked("username")
    password = passwords.ask("Password")
    while True:
        try:
            return call.run(_register(call, code, answers, password))
        except (BadRequest, UserExists) as error:
            wrong = set(error.fields) if isinstance(error, BadRequest) else {"username"}
            if not typed or not wrong & {"password", *_FIELDS}:
                raise
            print(harmless(error.message), file=sys.stderr)
            for field in [field for field in _FIELDS if field in wrong]:
                answers[field] = _asked(field)
            if wrong & {"username", "password"}:
                password = passwords.ask("Password")


def _asked(field: str) -> str:
    """An answer that is typed; the question goes where JSON does not."""
    print(f"{_FIELDS[field]}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise UsageError("nothing was typed. Start again.")
    return line.strip()


async def _register(
    call: Invocation, code: str, answers: Mapping[str, str | None], password: str
) -> _Joined:
    """Register, or sign in where the name and the password are an account's; then accept."""
    from nim_tui.account import PlayerSession
    from nim_tui.tokens import MemoryVault

    name = answers["username"] or ""
    async with call.client() as client:
        session = PlayerSession(client)
        try:
            contacts = answers["email"], answers["phoneNumber"]
            await session.register(name, password, *contacts, invitation=code)
        except UserExists as taken:
            try:
                await session.sign_in(name, password)
            except WrongPassword:
                raise taken from None
        game = await client.invitations.accept(code)
        await session.settle()
        user, token, vault = client.username or "", client.refresh_token, None
        if (note := session.take_note()) is not None and token is not None:
            stays = note if _for_people(call) else _not_kept(note)
            print(f"{PROGRAM}: {harmless(stays)}", file=sys.stderr)
            vault = MemoryVault()
            vault.save(client.place, user, token)
            if not _for_people(call):
                await client.sign_out()
        return _Joined(game, user, lasts=token is not None, vault=vault)


def _not_kept(note: str) -> str:
    """The note about the keyring for a command that ends here."""
    from nim_tui.shell.errors import keyring_problem

    return f"{keyring_problem(note)}, so this session is not kept."


def _open_board(call: Invocation, joined: _Joined) -> None:
    from nim_tui.app import NimApp
    from nim_tui.terminal.runner import run_app

    app = NimApp(call.open(), vault=joined.vault, user=joined.user, game=joined.game)
    if status := run_app(app):
        raise SystemExit(status)


COMMANDS = (
    Command(
        "invite",
        "make an invitation that anybody may take",
        lambda call: call.as_player(_invite),
        ("nim-tui invite", "nim-tui invite --heaps 3,5,7 --days 3 --json | jq -r .join"),
        _invite_arguments,
    ),
    Command(
        "join",
        "take an invitation; registers newcomers",
        _join,
        ("nim-tui join k3v9x-2ma4q", "nim-tui join k3v9x-2ma4q --json | jq -r .gameId"),
        _join_arguments,
    ),
)
