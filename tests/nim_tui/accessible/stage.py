"""A conversation in this process: prepared answers in, a transcript out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nim_tui.accessible.console import Console, InputEnded, QuitWanted
from nim_tui.accessible.menu import Menu
from nim_tui.accessible.play import Leave, Play
from nim_tui.client import NimClient
from nim_tui.config.places import Place
from nim_tui.config.settings import Settings
from nim_tui.launch import LaunchOptions
from nim_tui.matches import Match
from nim_tui.tokens import MemoryVault, Vault

PASSWORD = "Passw0rd"


def console(answers: Sequence[str] = (), *, interactive: bool = False) -> Console:
    """A console whose answers are prepared, as in a pipe."""
    made = Console(io.StringIO(), interactive=interactive)
    for answer in answers:
        made.typed(answer)
    if not interactive:
        made.end_input()
    return made


def transcript(of: Console) -> list[str]:
    """Every line that was printed."""
    out = of._out
    assert isinstance(out, io.StringIO)
    return out.getvalue().splitlines()


async def play(match: Match, *answers: str, confirm: bool = False) -> tuple[list[str], Play]:
    """Give these answers at a board. Returns the transcript and where it has led."""
    at = console(answers)
    playing = Play(at, match, confirm=confirm)
    try:
        outcome: Leave | None = await playing.run()
    except InputEnded:
        outcome = None
    lines = transcript(at)
    return ([*lines, f"Left: {outcome.name}"] if outcome else lines), playing


async def talk(
    folder: Path,
    *answers: str,
    options: LaunchOptions | None = None,
    vault: Vault | None = None,
    settings: Settings | None = None,
) -> list[str]:
    """Give these answers at the menu. Returns the transcript."""
    data = folder / "games.db"
    at = console(answers)
    menu = Menu(
        at,
        NimClient.embedded(data),
        replace(options or LaunchOptions(place=Place()), place=Place(data=str(data))),
        settings or Settings(),
        vault=vault or MemoryVault(),
    )
    try:
        await menu.run()
    except InputEnded:
        at.say("The input has ended.")
    except QuitWanted:
        pass
    finally:
        await menu.close()
    return transcript(at)
