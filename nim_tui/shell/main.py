"""Runs a subcommand: its output, its one line about an error, its exit status."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from typing import TYPE_CHECKING

from backend.domain.errors import NimError
from nim_tui.options import start_log
from nim_tui.shell.arguments import family_help, find_command, parse, wants_json
from nim_tui.shell.command import Command
from nim_tui.shell.errors import DONE, REFUSED, code_of, error_line, status_of
from nim_tui.shell.table import FAMILIES

if TYPE_CHECKING:
    from nim_tui.ssh.visit import RunCommand

INTERRUPTED = 130


def run(arguments: Sequence[str]) -> int | None:
    """Run the subcommand on the command line; the exit status, or None where there is none."""
    as_json = wants_json(arguments)
    try:
        if (family := _asks_for_help(arguments)) is not None:
            print(family_help(family))
            return DONE
        found = find_command(arguments)
        return None if found is None else _run(*found)
    except NimError as error:
        return report(code_of(error), error.message, status_of(error), as_json=as_json)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return reader_gone()
    except Exception as error:  # last resort: people get one line, not a traceback
        import logging

        if logging.getLogger().handlers:  # else Python itself would print it
            logging.getLogger(__name__).exception("internal error")
        kind = type(error).__name__
        message = f"stopped by an internal error ({kind}). Start it again."
        return report("error", message, REFUSED, as_json=as_json)


def _run(command: Command, rest: Sequence[str]) -> int:
    from nim_tui.shell.call import Invocation
    from nim_tui.shell.output import Output

    given = parse(command, rest)
    start_log(given)
    out = Output(as_json=given.json, environ=os.environ)
    # A keyring's backend, say, may print: the document stays alone on standard output.
    aside = redirect_stdout(sys.stderr) if given.json else nullcontext()
    with light(), aside:
        call = Invocation(given, os.environ, out, for_others=_for_others)
        command.run(call)
    sys.stdout.flush()
    return call.status


def _for_others() -> RunCommand:
    from nim_tui.shell.remote import run_remote

    return run_remote


def _asks_for_help(arguments: Sequence[str]) -> str | None:
    """The first word of names of two words, where only help for it is asked."""
    words = [word for word in arguments if not word.startswith("-")]
    asked = "--help" in arguments or "-h" in arguments
    return words[0] if asked and len(words) == 1 and words[0] in FAMILIES else None


@contextmanager
def light() -> Iterator[None]:
    """Spend less on a process that ends within a second, most of which goes to imports.

    What is imported stays, so that the many collections meanwhile find nothing to free.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(100_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def report(code: str, message: str, status: int, *, as_json: bool) -> int:
    """Say on standard error, in one line or one document, what is wrong. Returns `status`."""
    print(error_line(code, message, as_json=as_json), file=sys.stderr)
    return status


def reader_gone() -> int:
    """Whoever read the output has seen enough, as `head` does: what was asked for is done."""
    # Python flushes standard output once more at its end, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE
