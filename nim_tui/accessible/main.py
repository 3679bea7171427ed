"""`nim-tui --accessible`: why it is on, the conversation, and how it ends."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nim_tui.accessible.console import Console, InputEnded, QuitWanted
from nim_tui.accessible.keyboard import answers
from nim_tui.accessible.menu import Menu
from nim_tui.shell.call import ended_by_sigterm

if TYPE_CHECKING:
    from nim_tui.client.client import NimClient
    from nim_tui.config.settings import Settings
    from nim_tui.launch import LaunchOptions

_OFF = ("0", "no", "off", "false")


def reason(options: LaunchOptions, environ: Mapping[str, str], settings: Settings) -> str | None:
    """Why the games are lines, and how to have the screens; None where they are screens.

    The option comes before `ACCESSIBLE`, and that before the setting.
    """
    if options.accessible is not None:
        why = "Accessible mode: on, by --accessible. For the screens start without it."
        return why if options.accessible else None
    if variable := environ.get("ACCESSIBLE", "").strip().casefold():
        why = "Accessible mode: on, by ACCESSIBLE. For the screens unset it, or --no-accessible."
        return None if variable in _OFF else why
    why = "Accessible mode: on, by your settings. For the screens start with --no-accessible."
    return why if settings.accessible else None


def run(client: NimClient, options: LaunchOptions, settings: Settings, *, why: str) -> int:
    """Hold the conversation. Returns the exit status. Raises: CannotOpen."""
    interactive = sys.stdin is not None and sys.stdin.isatty()
    console = Console(sys.stdout, interactive=interactive)
    console.say(why)
    if settings.problem:
        console.say(settings.problem)
    asyncio.run(ended_by_sigterm(_talk(console, client, options, settings)))
    return 0


async def _talk(
    console: Console,
    client: NimClient,
    options: LaunchOptions,
    settings: Settings,
) -> None:
    menu = Menu(console, client, options, settings)
    try:
        with answers(console, sys.stdin):
            await menu.run()
    except QuitWanted:
        pass
    except InputEnded:
        console.say("The input has ended.")
    finally:
        await menu.close()
    console.say("Goodbye.")
