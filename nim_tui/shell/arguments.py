"""From the command line to a subcommand and what it was given."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from backend.domain.nim import LEVELS
from nim_tui.options import JSON, PROGRAM, OptionParser, UsageError, add_place_options, printable
from nim_tui.shell.command import Command
from nim_tui.shell.table import COMMANDS, FAMILIES, GROUPS

VALUED = frozenset(
    {
        "--data", "--days", "--email", "--heaps", "--host", "--host-key", "--limit", "--log",
        "--log-level", "--notices", "--ntfy-topic", "--phone", "--place", "--port", "--profile",
        "--region", "--rule", "--server", "--sessions", "--timeout", "--user", "--withdraw",
    }
)  # fmt: skip
"""Every option that is followed by its value, in the client and in all subcommands."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether JSON is asked for, even where the rest of the line is wrong."""
    ends = arguments.index("--") if "--" in arguments else len(arguments)
    return JSON in arguments[:ends]


def find_command(arguments: Sequence[str]) -> tuple[Command, list[str]] | None:
    """The subcommand, and the line without its name; None where there is none.

    Options may stand before it, so the first word that is neither an option nor an option's value
    names it.

    Raises:
        UsageError: half of a name of two words.

    """
    words = _words(arguments)
    if (first := next(words, None)) is None:
        return None
    name, places = arguments[first], [first]
    if name in FAMILIES:
        second = next(words, None)
        if second is None or f"{name} {arguments[second]}" not in COMMANDS:
            known = ", ".join(
                one.partition(" ")[2] for one in COMMANDS if one.startswith(f"{name} ")
            )
            raise UsageError(f"{name} needs one of: {known}. See {PROGRAM} --help.")
        name, places = f"{name} {arguments[second]}", [first, second]
    if name not in COMMANDS:
        return None
    return COMMANDS[name], [word for at, word in enumerate(arguments) if at not in places]


def _words(arguments: Sequence[str]) -> Iterator[int]:
    """Where words stand that are neither options nor their values."""
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        following = arguments[at] if at < len(arguments) else ""
        if word == "--":
            return
        if not word.startswith("-") or word == "-":
            yield at - 1
        elif word in VALUED or _optional(word, following):
            at += 1


def _optional(option: str, following: str) -> bool:
    """Whether what follows is the value of an option that may do without one."""
    if option == "--practice":
        return following in LEVELS
    # Alone it prints the program's version; `move` takes a game's.
    return option == "--version" and following.isdigit()


def parser_of(command: Command, *, places: bool = True) -> OptionParser:
    """The parser of a subcommand's own arguments and of the options that all of them take.

    Without `places` it takes none that choose a place or a player.
    """
    examples = "\n".join(f"  {example}" for example in command.examples)
    parser = OptionParser(
        prog=f"{PROGRAM} {command.name}",
        description=f"{command.summary[:1].upper()}{command.summary[1:]}.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.arguments(parser)
    parser.add_argument(JSON, action="store_true", help="print one JSON document")
    if places:
        add_place_options(parser)
    return parser


def parse(command: Command, rest: Sequence[str]) -> argparse.Namespace:
    """What a subcommand was given. Raises: UsageError; SystemExit after `--help`."""
    return parser_of(command).parse_intermixed_args(rest)


def family_help(name: str) -> str:
    """The subcommands whose names begin with this word."""
    lines = [
        f"  {PROGRAM} {command.name:<16} {command.summary}"
        for command in COMMANDS.values()
        if command.name.startswith(f"{name} ")
    ]
    return "\n".join([f"usage: {PROGRAM} {printable(name)} COMMAND …", "", *lines])


def commands_help() -> str:
    """The subcommands, a group a line."""
    lines = []
    for group, commands in GROUPS:
        names = " ".join(dict.fromkeys(command.name.split()[0] for command in commands))
        lines.append(f"  {group:<14} {names}")
    return "\n".join(lines)
