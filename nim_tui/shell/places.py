"""`places list`, `add`, `rename` and `remove`: places by name."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from backend.user_files import Unreadable
from nim_tui.config.places import (
    Place,
    Places,
    add_place,
    load_places,
    parse_address,
    remove_place,
    rename_place,
    valid_name,
)
from nim_tui.options import UnreadablePlaces, UsageError, printable
from nim_tui.shell.command import Command
from nim_tui.text.sanitize import harmless

if TYPE_CHECKING:
    from nim_tui.shell.call import Invocation


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="letters, digits, dot, dash, underscore")
    parser.add_argument(
        "address", metavar="ADDRESS", help="a server's URL, a database file, aws or aws:REGION"
    )


def _rename_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")


def _remove_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def _list(call: Invocation) -> None:
    places = _readable(call.places)
    rows = [
        {
            "name": name,
            "kind": place.kind,
            "address": place.address,
            "last": places.last is not None and places.last == place,
        }
        for name, place in places.named.items()
    ]
    if call.out.as_json:
        call.out.document({"places": rows})
    elif rows or not call.out.is_terminal:
        call.out.table(
            [
                (
                    harmless(str(row["name"])),
                    str(row["kind"]),
                    harmless(str(row["address"])),
                    "last" if row["last"] else "",
                )
                for row in rows
            ],
            ("name", "kind", "address", ""),
        )
    else:
        call.out.line("No place has a name yet. Give one: nim-tui places add NAME ADDRESS.")


def _readable(places: Places) -> Places:
    if places.problem:
        raise UnreadablePlaces(places.problem)
    return places


def _add(call: Invocation) -> None:
    given, places = call.given, _readable(call.places)
    _require_name(given.name)
    place = _checked(parse_address(given.address, insecure=given.insecure), given)
    if places.named.get(given.name) not in (None, place):
        raise UsageError(f"'{given.name}' is already a place. Remove it first.")
    _change(lambda: add_place(given.name, place), call)


def _checked(place: Place | None, given: argparse.Namespace) -> Place:
    """The place with its URL in canonical form. Raises: UsageError, BadAddress."""
    if place is None:
        raise UsageError("an address is a server's URL, a database file, aws or aws:REGION.")
    if place.server is None:
        if given.insecure:
            raise UsageError("--insecure needs a server.")
        return place
    from nim_tui.client.address import server_url

    return replace(place, server=server_url(place.server, insecure=place.insecure))


def _rename(call: Invocation) -> None:
    old, new, places = call.given.old, call.given.new, _readable(call.places)
    _require_known(places, old)
    _require_name(new)
    if new != old and new in places.named:
        raise UsageError(f"'{new}' is already a place. Remove it first.")
    _change(lambda: rename_place(old, new), call)


def _remove(call: Invocation) -> None:
    _require_known(_readable(call.places), call.given.name)
    _change(lambda: remove_place(call.given.name), call)


def _require_name(name: str) -> None:
    if not valid_name(name):
        raise UsageError(
            f"'{printable(name)}' is not a name for a place. "
            "Use up to 60 letters, digits, dots, dashes and underscores."
        )


def _require_known(places: Places, name: str) -> None:
    if name not in places.named:
        raise UsageError(f"unknown place '{printable(name)}'. See nim-tui places list.")
    if name in places.fixed:
        raise UsageError(f"'{name}' is the stack that you have deployed, and keeps its name.")


def _change(change: Callable[[], None], call: Invocation) -> None:
    """Change the file, and print what it holds now. Raises: UnreadablePlaces."""
    try:
        change()
    except Unreadable as broken:
        raise UnreadablePlaces(f"{broken}.") from broken
    call.places = load_places()
    _list(call)


COMMANDS = (
    Command(
        "places list",
        "places by name",
        _list,
        ("nim-tui places list", "nim-tui places list --json | jq -r '.places[].name'"),
    ),
    Command(
        "places add",
        "give a place a name",
        _add,
        (
            "nim-tui places add club https://nim.example.com",
            "nim-tui places add home ~/nim/games.db",
        ),
        _add_arguments,
    ),
    Command(
        "places rename",
        "change a place's name",
        _rename,
        ("nim-tui places rename work office", "nim-tui places rename work club.2 --json"),
        _rename_arguments,
    ),
    Command(
        "places remove",
        "forget a place's name",
        _remove,
        ("nim-tui places remove work", "nim-tui places remove work --json"),
        _remove_arguments,
    ),
)
