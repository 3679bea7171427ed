"""The table of subcommands: groups of them as the help shows them, from a module each."""

from __future__ import annotations

from nim_tui.shell import (
    account,
    accounts,
    completion,
    doctor,
    games,
    invitations,
    moves,
    places,
    serving,
)
from nim_tui.shell.command import Command

GROUPS: tuple[tuple[str, tuple[Command, ...]], ...] = (
    ("games", games.COMMANDS),
    ("playing", (*moves.COMMANDS, *invitations.COMMANDS)),
    ("players", (*accounts.COMMANDS, *account.COMMANDS)),
    ("serving", serving.COMMANDS),
    ("setup", (*places.COMMANDS, *doctor.COMMANDS, *completion.COMMANDS)),
)

COMMANDS = {command.name: command for _, commands in GROUPS for command in commands}

FAMILIES = frozenset(name.split()[0] for name in COMMANDS if " " in name)
"""The first words of names of two words."""
