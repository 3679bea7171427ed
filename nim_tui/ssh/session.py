"""One channel of a line: the app on the person's terminal, or one command."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import asyncssh
from rich.text import Text

from nim_tui.client.client import NimClient
from nim_tui.ssh.app import SshApp
from nim_tui.ssh.environment import RemoteTerminal, allowed_environment, usable_size
from nim_tui.ssh.inbox import Inbox
from nim_tui.ssh.line import WAITING_BYTES
from nim_tui.ssh.outlet import Outlet
from nim_tui.ssh.visit import CommandCall, Hosting
from nim_tui.ssh.visitor import Visitor, arrived
from nim_tui.terminal.capabilities import (
    ERASE_QUERY,
    REPLY_SECONDS,
    WIDTH_QUERY,
    WIDTH_REPORT,
    is_likely_wide,
)
from nim_tui.terminal.runner import RESET

if TYPE_CHECKING:
    from nim_tui.ssh.line import SshLine

log = logging.getLogger(__name__)

RESTARTING = "The server is restarting. Your games are safe."
NEEDS_TERMINAL = "This needs a terminal: ssh -t. Or give a command, such as games."
ASLEEP = "Closed after a day without a key. Your games are safe."
CRASHED = "The command stopped by an internal error ({kind}). Try again."

# A channel that has asked for nothing after so long is closed.
REQUEST_SECONDS = 10.0
IDLE_SECONDS = 86_400.0
# The first frame of one app lets the next one start; a stuck one must not keep everybody out.
FRAME_SECONDS = 10.0
MOST_COMMAND = 4_096
# asyncssh keeps every variable that a client sends, at any time.
MOST_VARIABLES = 1_000
# A window that is dragged sends dozens of sizes a second, each of which is a whole new layout.
RESIZE_SECONDS = 0.25
_INTERRUPT = b"\x03"
USAGE, UNUSABLE, INTERRUPTED = 2, 4, 130
MOST_TERM = 64


class SshSession(asyncssh.SSHServerSession[bytes]):
    """A session, from its channel's opening to its end.

    Args:
        line: the connection that it belongs to.
        hosting: what it shares with the others.
        begun, ended: called with this session when it starts and when its channel is gone.

    """

    def __init__(
        self,
        line: SshLine,
        hosting: Hosting,
        begun: Callable[[SshSession], None],
        ended: Callable[[SshSession], None],
    ) -> None:
        self._line, self._hosting = line, hosting
        self._begun, self._ended = begun, ended
        self._loop = asyncio.get_running_loop()
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._term: str | None = None
        self._size = usable_size(0, 0)
        self._command: str | None = None
        self._app: SshApp | None = None
        self._outlet: Outlet | None = None
        self._inbox: Inbox | None = None
        self._task: asyncio.Task[None] | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._resized_at = 0.0
        self._closed: Callable[[], None] = lambda: None
        self._restarting = False
        # While the terminal is asked something: who waits for it, and what has come meanwhile.
        self._reply: asyncio.Future[int] | None = None
        self._heard = b""

    def when_closed(self, call: Callable[[], None]) -> None:
        """Call this once the channel is gone."""
        self._closed = call

    # -- what the client asks for ------------------------------------------------------------------

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan
        chan.set_write_buffer_limits(high=WAITING_BYTES)
        self._after("request", REQUEST_SECONDS, self._line.abort)

    def pty_requested(
        self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any
    ) -> bool:
        self._term = term_type[:MOST_TERM]
        self._size = usable_size(*term_size[:2])
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._command = command
        return True

    def session_started(self) -> None:
        assert self._channel is not None
        self._stop("request")
        terminal = self._terminal()
        self._outlet = Outlet(
            self._channel,
            terminal.encoding,
            redraw=self._redraw,
            give_up=self._line.abort,
        )
        self._line.attach(self._outlet)
        self._line.checks.add(self._check_variables)
        # From now on: what is typed ahead reaches the app once it has started.
        self._inbox = Inbox(self._pause_reading, self._resume_reading)
        self._begun(self)
        self._stay_awake()
        self._task = self._loop.create_task(self._run(terminal, self._outlet))

    def _terminal(self) -> RemoteTerminal:
        assert self._channel is not None
        sent = self._channel.get_environment_bytes()
        return RemoteTerminal(allowed_environment(self._term or "", sent), self._size)

    # -- what comes over the line ------------------------------------------------------------------

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._stay_awake()
        if self._reply is not None:
            self._hear(data, self._reply)
        elif self._command is None:
            self._type(data)
        elif self._term is not None and _INTERRUPT in data:
            self._leave()

    def eof_received(self) -> bool:
        # A command needs no input; a screen without a keyboard can only be left.
        if self._command is None and self._term is not None:
            self._leave()
        return True

    def signal_received(self, signal: str) -> None:
        if signal in ("HUP", "INT", "TERM", "QUIT", "KILL"):
            self._leave()

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        self._size = usable_size(width, height)
        if "resize" not in self._timers:
            wait = max(0.0, self._resized_at + RESIZE_SECONDS - self._loop.time())
            self._after("resize", wait, self._resize)

    def pause_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.block("channel")

    def resume_writing(self) -> None:
        if self._outlet is not None:
            self._outlet.unblock("channel")

    def connection_lost(self, exc: Exception | None) -> None:
        self._channel = None
        for name in tuple(self._timers):
            self._stop(name)
        if self._inbox is not None:
            self._inbox.close()
        if self._outlet is not None:
            self._outlet.close()
            self._line.detach(self._outlet)
        self._line.checks.discard(self._check_variables)
        self._leave()
        self._closed()
        if self._task is None:
            self._ended(self)

    # -- the server's own wishes -------------------------------------------------------------------

    def restart(self) -> None:
        """Tell the person at once that the server goes; then end, which may take longer."""
        self._restarting = True
        if self._app is not None and self._outlet is not None:
            self._outlet.finish(f"{RESET}{RESTARTING}\r\n")
            self._hang_up(self._outlet, UNUSABLE)
        self._leave()

    def _leave(self) -> None:
        if self._app is not None:
            self._app.exit(return_code=0)
        elif self._task is not None:
            self._task.cancel()

    def _stay_awake(self) -> None:
        self._after("idle", IDLE_SECONDS, self._fall_asleep)

    def _fall_asleep(self) -> None:
        if self._app is not None:
            self._app.exit(return_code=0, message=Text(ASLEEP))
        else:
            self._leave()

    # -- the session itself ------------------------------------------------------------------------

    async def _run(self, terminal: RemoteTerminal, outlet: Outlet) -> None:
        began, status = self._loop.time(), 1
        try:
            if self._command is not None:
                status = await self._run_command(self._command, terminal)
            elif self._term is None:
                self._complain(NEEDS_TERMINAL)
                status = USAGE
            else:
                status = await self._run_app(terminal, outlet)
        except asyncio.CancelledError:
            if self._restarting:
                self._complain(RESTARTING)
            status = UNUSABLE if self._restarting else INTERRUPTED
        except Exception as error:
            log.exception("a session has failed")
            self._complain(CRASHED.format(kind=type(error).__name__))
        finally:
            kind = "screen" if self._command is None else "command"
            seconds = round(self._loop.time() - began, 1)
            facts = {"kind": kind, "status": status, "seconds": seconds}
            log.info("session", extra={"facts": facts})
            self._hang_up(outlet, status)
            self._app = self._inbox = None
            self._ended(self)

    async def _run_app(self, terminal: RemoteTerminal, outlet: Outlet) -> int:
        terminal = await self._measured(terminal, outlet)
        async with self._hosting.starts.turn():
            if self._channel is None:
                return 1
            self._app = app = SshApp(await self._visitor(), terminal, outlet)
            shown = asyncio.Event()
            app.first_frame = shown.set
            running = asyncio.create_task(app.run_async())
            frame = asyncio.create_task(shown.wait())
            await asyncio.wait(
                [running, frame], timeout=FRAME_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            frame.cancel()
        self._resize()
        if app.remote is not None and self._inbox is not None:
            self._inbox.open(app.remote.receive)
        await running
        if app.failure is not None:
            log.error("a screen has failed", exc_info=app.failure)
        return 1 if app.return_code is None else app.return_code

    async def _measured(self, terminal: RemoteTerminal, outlet: Outlet) -> RemoteTerminal:
        """Ask the terminal how wide it draws ●, where the locale makes two columns likely."""
        if not is_likely_wide(terminal.environ):
            return terminal
        self._reply = reply = self._loop.create_future()
        outlet.finish(WIDTH_QUERY)
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                wide = await reply == 3
        except TimeoutError:
            wide = False
        finally:
            self._reply = None
            self._type(self._heard)
            outlet.finish(ERASE_QUERY)
        return replace(terminal, wide=wide)

    def _hear(self, data: bytes, reply: asyncio.Future[int]) -> None:
        """Look for the answer among what is typed."""
        self._heard += data
        if not reply.done() and (found := WIDTH_REPORT.search(self._heard)):
            self._heard = self._heard[: found.start()] + self._heard[found.end() :]
            reply.set_result(int(found[1]))

    def _type(self, data: bytes) -> None:
        if self._inbox is not None:
            self._inbox.put(data)

    async def _run_command(self, command: str, terminal: RemoteTerminal) -> int:
        if len(command) > MOST_COMMAND:
            self._complain("This command is too long.")
            return USAGE
        visitor = await self._visitor()
        try:
            call = CommandCall(
                command,
                visitor,
                terminal if self._term is not None else None,
                self._print,
                self._complain_exactly,
            )
            return await self._hosting.run_command(call)
        finally:
            await visitor.client.sign_out()
            await visitor.client.close()

    async def _visitor(self) -> Visitor:
        address = str((self._line.get_extra_info("peername") or ("",))[0])
        client = NimClient(self._hosting.place.transport(address))
        return await arrived(client, self._hosting.place.keys, self._line.key)

    def _check_variables(self) -> None:
        sent = self._channel.get_environment_bytes() if self._channel is not None else {}
        if len(sent) > MOST_VARIABLES:
            self._line.abort()

    # -- writing -----------------------------------------------------------------------------------

    def _print(self, text: str) -> None:
        if self._outlet is not None and self._channel is not None:
            # Bytes that a pipe reads must all arrive: frames alone may be dropped.
            self._outlet.finish(text.replace("\n", "\r\n") if self._term is not None else text)

    def _complain(self, text: str) -> None:
        self._complain_exactly(f"nim-tui: {text}\n")

    def _complain_exactly(self, text: str) -> None:
        if self._term is not None:
            self._print(text)
        elif self._channel is not None and not self._channel.is_closing():
            data = text.encode("utf-8", "replace")
            self._channel.write(data, asyncssh.EXTENDED_DATA_STDERR)

    def _hang_up(self, outlet: Outlet, status: int) -> None:
        if self._channel is not None:
            outlet.flush()
            with suppress(OSError):  # it is closing already
                self._channel.exit(status & 0xFF)

    def _redraw(self) -> None:
        if self._app is not None:
            self._app.redraw()

    def _resize(self) -> None:
        self._stop("resize")
        self._resized_at = self._loop.time()
        if self._app is not None:
            self._app.resize(self._size)

    # -- timers and the flow of what comes in ------------------------------------------------------

    def _pause_reading(self) -> None:
        if self._channel is not None:
            self._channel.pause_reading()

    def _resume_reading(self) -> None:
        if self._channel is not None:
            self._channel.resume_reading()

    def _after(self, name: str, seconds: float, call: Callable[[], object]) -> None:
        self._stop(name)
        self._timers[name] = self._loop.call_later(seconds, call)

    def _stop(self, name: str) -> None:
        if (timer := self._timers.pop(name, None)) is not None:
            timer.cancel()
