"""What a subcommand is. Light on purpose: the table of all of them is read at every start."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nim_tui.shell.call import Invocation


def no_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the subcommand takes only the options that all of them take."""


class Command(NamedTuple):
    """One subcommand.

    Attributes:
        name: one word, or two (`places add`).
        summary: one line for the help.
        run: does it and prints the result; raises NimError.
        examples: command lines for the help, which the tests run.
        arguments: adds the options and arguments of its own.

    """

    name: str
    summary: str
    run: Callable[[Invocation], None]
    examples: tuple[str, ...] = ()
    arguments: Callable[[argparse.ArgumentParser], None] = no_arguments
