"""The app of one session: as everywhere, but for what belongs to the server's own user."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from rich.console import Console
from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding
from textual.driver import Driver
from textual.message import Message
from textual.screen import Screen

from backend.domain.errors import NimError
from nim_tui import messages
from nim_tui.app import NimApp
from nim_tui.config.settings import Settings, from_choices, to_choices
from nim_tui.screens.confirm import ConfirmScreen
from nim_tui.screens.workers import begin
from nim_tui.ssh.driver import SshDriver
from nim_tui.terminal.attention import Attention
from nim_tui.terminal.capabilities import Terminal
from nim_tui.text.sanitize import clean

if TYPE_CHECKING:
    from nim_tui.ssh.environment import RemoteTerminal
    from nim_tui.ssh.outlet import Outlet
    from nim_tui.ssh.visitor import Visitor

CRASHED = "This session stopped by an internal error ({kind}). Your games are safe. Connect again."
REMEMBERED = "Remembered. From now on ssh opens your games at once."
NOT_REMEMBERED = "This server remembers no keys, so sign in again next time."
NO_EXPORT = "Over ssh there is no folder to save it in. Ask the operator of this server for it."
NO_SCREENSHOT = "Over ssh there is no folder to save a screenshot in."


@dataclass
class Recognized(Message):
    """What is known of the player who has signed in: whose the key is, and their settings."""

    username: str
    owner: str | None
    choices: Mapping[str, Any]


class SshApp(NimApp):
    """Nim at the other end of a line.

    Args:
        visitor: who has come.
        terminal: what their client says of their terminal.
        outlet: takes what is drawn.

    """

    BINDINGS = [Binding("s", "keys", "your ssh keys", show=False)]

    def __init__(self, visitor: Visitor, terminal: RemoteTerminal, outlet: Outlet) -> None:
        self.outlet = outlet
        self.first_frame: Callable[[], None] = lambda: None
        self._visitor = visitor
        # Who has been asked about the key already.
        self._asked: set[str] = set()
        console = console_of(terminal)
        super().__init__(
            visitor.client,
            vault=visitor.vault(),
            settings=visitor.settings,
            terminal=Terminal.remote(
                console.color_system, terminal.environ, terminal.encoding, wide=terminal.wide
            ),
        )
        self.console = console
        self._attention = Attention(terminal.environ)
        # Textual replaces the process's own while an app runs; with many apps in one process the
        # last to end would leave behind that of another, which has ended.
        self._capture_stdout = sys.stdout  # type: ignore[assignment]
        self._capture_stderr = sys.stderr  # type: ignore[assignment]

    @contextmanager
    def _context(self) -> Generator[None]:
        # From Python 3.12 on Textual makes every task of the loop begin at once, those of asyncssh
        # as well, which then has not yet noted what it waits for. An app enters this right after.
        with suppress(RuntimeError):  # no loop runs yet
            asyncio.get_running_loop().set_task_factory(None)
        with super()._context():
            yield

    @property
    def remote(self) -> SshDriver | None:
        """The driver, once the app has one."""
        return self._driver if isinstance(self._driver, SshDriver) else None

    @property
    def failure(self) -> BaseException | None:
        """The fault that ended the app; None if it was left."""
        return self._exception

    def get_driver_class(self) -> type[Driver]:
        return SshDriver

    def redraw(self) -> None:
        """Draw the whole screen: some frames have not arrived."""
        if self.is_running and self.screen_stack:
            self.screen.refresh()

    def resize(self, size: tuple[int, int]) -> None:
        """The terminal has another size."""
        self.console.size = size
        if self.remote is not None:
            self.remote.resize(size)

    def post_display_hook(self) -> None:
        self.first_frame()

    # -- who it is, and what is kept of them -------------------------------------------------------

    async def _open_games(self) -> None:
        await super()._open_games()
        if (username := self._client.username) is not None:
            begin(self, partial(self._recognize, username), group="key")

    async def _recognize(self, username: str) -> None:
        """Look up what is kept of the player who has signed in."""
        keys, key = self._visitor.keys, self._visitor.key
        if keys is None:
            if key is not None:
                self.post_message(messages.Announcement(NOT_REMEMBERED, event="not-remembered"))
            return
        try:
            owner = await keys.owner(key.fingerprint) if key is not None else None
            choices = await keys.choices(username)
        except NimError as error:
            self.post_message(messages.Announcement(error.message))
        else:
            self.post_message(Recognized(username, owner, choices))

    def on_recognized(self, event: Recognized) -> None:
        if event.choices:
            self._apply(from_choices(event.choices))
        asks = self._visitor.key is not None and event.owner != event.username
        if not asks or event.username in self._asked:
            return
        self._asked.add(event.username)
        who = clean(event.username)
        question = f"Remember this key for {who}? It then opens your games at once."
        if event.owner is not None:
            other = clean(event.owner)
            question = f"This key opens the games of {other}. Remember it for {who} instead?"
        screen = ConfirmScreen(question, yes_first=event.owner is None)
        self.push_screen(screen, partial(self._answered, event.username))

    def _answered(self, username: str, yes: bool | None) -> None:  # noqa: FBT001 (a screen's result)
        if yes:
            begin(self, partial(self._remember, username), group="key")

    async def _remember(self, username: str) -> None:
        keys, key = self._visitor.keys, self._visitor.key
        assert keys is not None
        assert key is not None
        try:
            await keys.remember(username, key.fingerprint, key.kind)
        except NimError as error:
            self.post_message(messages.Announcement(error.message))
        else:
            self.post_message(messages.Announcement(REMEMBERED))

    def action_keys(self) -> None:
        """Show the keys of the player who is signed in."""
        from nim_tui.ssh.keys_screen import KeysScreen

        keys, key = self._visitor.keys, self._visitor.key
        if self.screen.is_modal or self._client.username is None:
            return
        if keys is None:
            self.post_message(messages.Announcement(NOT_REMEMBERED))
        else:
            here = key.fingerprint if key is not None else None
            self.push_screen(KeysScreen(keys, self._client.username, here))

    def _apply(self, settings: Settings) -> None:
        """Show everything as the player has chosen it."""
        self.settings = settings
        self.animation_level = "full" if settings.animation else "none"
        if settings.theme in self.available_themes:
            self.theme = settings.theme
        self.repaint_all()

    def keep_settings(self) -> None:
        """Keep them with the account; a guest's last as long as the session."""
        if self._visitor.keys is not None and self._client.username is not None:
            begin(self, partial(self._keep, self._client.username), group="settings")

    async def _keep(self, username: str) -> None:
        assert self._visitor.keys is not None
        try:
            await self._visitor.keys.keep_choices(username, to_choices(self.settings))
        except NimError as error:
            self.post_message(messages.Announcement(error.message, event=error.message))

    # -- what would be the server's ----------------------------------------------------------------

    def save_export(self, export: Mapping[str, Any]) -> str:
        return NO_EXPORT

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        commands = super().get_system_commands(screen)
        yield from (command for command in commands if command.title != "Screenshot")

    def deliver_screenshot(
        self,
        filename: str | None = None,
        path: str | None = None,
        time_format: str | None = None,
    ) -> str | None:
        self.post_message(messages.Announcement(NO_SCREENSHOT))
        return None

    async def on_unmount(self) -> None:
        # The session is nobody's once the line is closed. `NimApp`'s own handler comes after this.
        await self._client.sign_out()

    def _print_error_renderables(self) -> None:
        """Say the last words on the person's terminal, which shows its own screen again."""
        for message in self._exit_renderables[:1]:
            line = message.plain if isinstance(message, Text) else self._crashed().plain
            self.outlet.finish(f"{line.removeprefix('nim-tui: ')}\r\n")
        self._exit_renderables.clear()

    def _crashed(self) -> Text:
        return Text(CRASHED.format(kind=type(self._exception).__name__))


def console_of(terminal: RemoteTerminal) -> Console:
    """Rich's view of the terminal; nothing is printed on it."""
    columns, rows = terminal.size
    return Console(
        force_terminal=True,
        color_system="auto",
        highlight=False,
        emoji=False,
        legacy_windows=False,
        soft_wrap=False,
        width=columns,
        height=rows,
        file=cast("IO[str]", _Nowhere()),
        _environ=dict(terminal.environ),
    )


class _Nowhere:
    """A file for a console that only turns styles into escape sequences."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Nothing is kept."""

    def isatty(self) -> bool:
        return True
