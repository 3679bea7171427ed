"""`doctor`: what works here, and what to do about the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backend.domain.errors import NimError
from backend.user_files import database_path
from nim_tui.options import UnreadablePlaces
from nim_tui.shell.command import Command
from nim_tui.shell.errors import REFUSED

if TYPE_CHECKING:
    from nim_tui.config.places import Place
    from nim_tui.shell.call import Invocation
    from nim_tui.shell.checks.base import Check


def _doctor(call: Invocation) -> None:
    found = call.run(_examined(call))
    if any(check.state == "broken" for check in found):
        call.status = REFUSED
    if call.out.as_json:
        call.out.document({"checks": [check._asdict() for check in found]})
    else:
        rows = [(check.name, check.state, check.detail, check.todo or "") for check in found]
        if call.out.is_terminal:
            _for_people(call, rows)
        else:
            call.out.table(rows)


def _for_people(call: Invocation, rows: Sequence[tuple[str, str, str, str]]) -> None:
    """The findings aligned, and what to do on a line of its own below each."""
    width = max(len(name) for name, *_ in rows)
    for name, state, detail, todo in rows:
        call.out.line(f"{name:<{width}}  {state:<7}  {detail}")
        if todo:
            call.out.line(f"{'':<{width}}           {todo}")


async def _examined(call: Invocation) -> list[Check]:
    """Every finding, without anything private."""
    from nim_tui.text.private import SECRETS
    from nim_tui.text.sanitize import harmless

    SECRETS.on = True
    SECRETS.learn_environment(call.environ)
    return [
        check._replace(
            name=harmless(check.name),
            detail=harmless(SECRETS.without(check.detail)),
            todo=None if check.todo is None else harmless(SECRETS.without(check.todo)),
        )
        async for check in _all(call)
    ]


async def _all(call: Invocation) -> AsyncIterator[Check]:
    from nim_tui.shell.checks import network, sessions, terminal

    for check in terminal.checks(call.environ, call.out.terminal):
        yield check
    yield await sessions.check()
    for check in _settings(call):
        yield check
    for check in network.checks(call.environ):
        yield check
    for place, suffix in _places(call):
        async for check in _at(place, suffix):
            yield check


def _settings(call: Invocation) -> Iterator[Check]:
    """The person's own files."""
    from nim_tui.config.settings import load_settings
    from nim_tui.shell.checks.base import broken, ok, warning

    if problem := load_settings().problem:
        yield warning("settings", problem, "Correct the file; until then, the defaults apply.")
    else:
        yield ok("settings", "The file is fine, or not there yet.")
    if problem := call.places.problem:
        yield broken("places", problem, "Correct the file, or move it away.")
    else:
        yield ok("places", f"{len(call.places.named)} with a name.")


def _places(call: Invocation) -> Iterator[tuple[Place, str]]:
    """The place in use, whose checks have no suffix, and the others that are known."""
    in_use = None
    try:
        in_use = call.place
    except UnreadablePlaces:
        pass  # the check of the places has told of it
    else:
        yield in_use, ""
    seen = [in_use]
    for name, place in call.places.named.items():
        if place not in seen:
            seen.append(place)
            yield place, f" {name}"


async def _at(place: Place, suffix: str) -> AsyncIterator[Check]:
    from nim_tui.client.address import server_url
    from nim_tui.client.transports import DirectAwsTransport, ServerTransport
    from nim_tui.shell.checks import cloud, files, servers
    from nim_tui.shell.checks.base import from_message

    if place.aws:
        found = cloud.checks(DirectAwsTransport(place.region, place.profile), suffix)
    elif place.server is None:
        found = files.checks(Path(place.data or database_path()), suffix)
    else:
        try:
            url = server_url(place.server, insecure=place.insecure)
        except NimError as error:
            yield from_message(f"place{suffix}", error.message)
            return
        found = servers.checks(ServerTransport(url), suffix)
    async for check in found:
        yield check


COMMANDS = (
    Command(
        "doctor",
        "what works here, and what to do about the rest",
        _doctor,
        ("nim-tui doctor", "nim-tui doctor --json | jq -r '.checks[] | .name + \" \" + .state'"),
    ),
)
