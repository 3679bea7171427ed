"""What the commands of `nim-backend aws` share: settings, the question, the progress bar."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from backend.config.settings import BackendSettings, aws_settings
from backend.domain.errors import BadRequest
from backend.provision.base import Report, check_name

_LOOK_AGAIN_SECONDS = 1.0


def wait() -> None:
    """Pause before looking again at something that takes AWS a while."""
    time.sleep(_LOOK_AGAIN_SECONDS)


def settings_of(arguments: argparse.Namespace) -> BackendSettings:
    """The settings, with `--region` if it was given. Raises: BadRequest, Unavailable."""
    settings = aws_settings(os.environ)
    return replace(settings, region=arguments.region) if arguments.region else settings


def make_sure(typed: str | None, table: str, warning: str, would_go: Sequence[Report] = ()) -> None:
    """Say what would go, and ask for the table's name unless it was given.

    Raises:
        BadRequest: the name is wrong, or there is no terminal to ask on.

    """
    if typed is None:
        if not sys.stdin.isatty():
            raise BadRequest(f"Cannot ask without a terminal. Add --yes {table} to confirm.")
        _say(warning, would_go)
        typed = input(f"Type the table's name ({table}) to confirm: ")
        check_name(typed, table)
    else:
        check_name(typed, table)
        _say(warning, would_go)


def _say(warning: str, would_go: Sequence[Report]) -> None:
    console = Console(highlight=False, markup=False)
    for report in would_go:
        console.print(f"- {report.what}: {report.state}", soft_wrap=True)
    console.print(warning)


def show(reports: Iterable[Report], steps: int | None = None) -> None:
    """Print a line for each step; on a terminal, show a progress bar as well."""
    console = Console(highlight=False, markup=False)
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("waiting for AWS", total=steps)
        for report in reports:
            mark = "+" if report.changed else "·"
            console.print(f"{mark} {report.what}: {report.state}", soft_wrap=True)
            progress.advance(task)
