"""One connection: who its client has proved to be, and how much it may send and leave unread."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import asyncssh

if TYPE_CHECKING:
    from nim_tui.ssh.outlet import Outlet
    from nim_tui.ssh.session import SshSession

# A client that has not even exchanged keys after so long never will. From then on a person may have
# to compare a fingerprint, or to type the passphrase of their key.
HANDSHAKE_SECONDS = 10.0
LOGIN_SECONDS = 120.0
# A multiplexing client (ControlMaster) asks for a channel for each command.
MOST_CHANNELS = 4
# What a client may send at once, and then in a second: several times what a hand at a mouse does.
BURST_BYTES = 131_072
BYTES_A_SECOND = 16_384
NO_FORWARDING = "Nothing is forwarded here."
CHECK_BYTES = 65_536
# What may wait to be sent, here and in the system: on a slow line it all is old once it arrives.
WAITING_BYTES = 16_384
# A connection without a channel does nothing; a multiplexing client keeps one for a while.
EMPTY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A key that a client has proved to hold: `fingerprint` as OpenSSH prints it, and its kind."""

    fingerprint: str
    kind: str


def read_key(key_data: bytes) -> ClientKey:
    """The key in SSH's binary form (RFC 4253, section 6.6)."""
    digest = base64.b64encode(hashlib.sha256(key_data).digest()).rstrip(b"=").decode()
    length = int.from_bytes(key_data[:4], "big")
    kind = key_data[4 : 4 + length].decode("ascii", "replace")
    return ClientKey(f"SHA256:{digest}", kind.partition("@")[0].removeprefix("ssh-"))


class Allowance:
    """How much may come in: a bucket that refills (the generic cell rate algorithm).

    Args:
        now: a clock in seconds.
        burst: how many bytes at once.
        rate: how many bytes a second from then on.

    """

    def __init__(self, now: Callable[[], float], burst: int, rate: int) -> None:
        self._now, self._burst, self._rate = now, burst, rate
        self._empty_at = now()

    def take(self, size: int) -> float:
        """Count `size` bytes. Returns how many seconds to read nothing more; 0 for none."""
        now = self._now()
        self._empty_at = max(now, self._empty_at) + size / self._rate
        return max(0.0, self._empty_at - now - self._burst / self._rate)


class SshLine(asyncssh.SSHServerConnection):
    """A connection of asyncssh's, with limits on what comes in and on what waits to go out.

    Attributes:
        key: what the client has proved to hold; None for a guest.

    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, options: asyncssh.SSHServerConnectionOptions
    ) -> None:
        super().__init__(loop, options)
        self.key: ClientKey | None = None
        self._clock = loop
        self._carrier: asyncio.Transport | None = None
        self._allowance = Allowance(loop.time, BURST_BYTES, BYTES_A_SECOND)
        self._outlets: set[Outlet] = set()
        self._received = 0
        # Called after each so many bytes: asyncssh keeps what it is sent beside what is typed.
        self.checks: set[Callable[[], None]] = set()
        self._full = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._carrier = cast("asyncio.Transport", transport)
        self._carrier.set_write_buffer_limits(high=WAITING_BYTES)
        super().connection_made(transport)
        self._clock.call_later(HANDSHAKE_SECONDS, self._end_silence)

    def data_received(self, data: bytes, datatype: int | None = None) -> None:
        super().data_received(data, datatype)
        self._received += len(data)
        if self._received >= CHECK_BYTES:
            self._received = 0
            for check in tuple(self.checks):
                check()
        if (wait := self._allowance.take(len(data))) and self._carrier is not None:
            # Then the client's own sending blocks, whatever kind of message it floods us with.
            self._carrier.pause_reading()
            self._clock.call_later(wait, self._carrier.resume_reading)

    def connection_lost(self, exc: Exception | None = None) -> None:
        self._carrier = None
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        # A client may open an endless window and read nothing: it all would wait below asyncssh.
        self._full = True
        for outlet in tuple(self._outlets):
            outlet.block("line")

    def resume_writing(self) -> None:
        self._full = False
        for outlet in tuple(self._outlets):
            outlet.unblock("line")

    def attach(self, outlet: Outlet) -> None:
        """Tell an outlet whenever the line takes no more."""
        self._outlets.add(outlet)
        if self._full:
            outlet.block("line")

    def detach(self, outlet: Outlet) -> None:
        """Tell it no longer."""
        self._outlets.discard(outlet)

    async def validate_public_key(
        self, username: str, key_data: bytes, msg: bytes, signature: bytes
    ) -> bool:
        """Accept any key; remember the one whose signature is right."""
        accepted = await super().validate_public_key(username, key_data, msg, signature)
        # Without `msg` the client only asks, and anybody can ask for anybody's key.
        if accepted and msg:
            self.key = read_key(key_data)
        return accepted

    def _end_silence(self) -> None:
        if self.get_extra_info("send_cipher") is None:
            self.abort()


class Doorkeeper(asyncssh.SSHServer):
    """Lets everybody in, and allows nothing but a few sessions.

    `none` is refused, because OpenSSH offers no key where that succeeds. Whoever has no key answers
    a keyboard-interactive request that asks no question. What is not overridden here (listening
    for ports and sockets, tunnels) asyncssh refuses.

    Args:
        session: makes the session of a channel.
        ended: called once the connection is gone.

    """

    def __init__(
        self, session: Callable[[SshLine], SshSession], ended: Callable[[SshLine], None]
    ) -> None:
        self._make_session, self._ended = session, ended
        self._line: SshLine | None = None
        self._channels = 0
        self._empty: asyncio.TimerHandle | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._line = cast("SshLine", conn)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._line is not None:
            self._ended(self._line)

    def auth_completed(self) -> None:
        self._wait_for_a_channel()

    def connection_requested(
        self, dest_host: str, dest_port: int, orig_host: str, orig_port: int
    ) -> bool:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, NO_FORWARDING)

    def unix_connection_requested(self, dest_path: str) -> bool:
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, NO_FORWARDING)

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return True

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return False

    def host_based_auth_supported(self) -> bool:
        return False

    def session_requested(self) -> SshSession | bool:
        if self._line is None or self._channels >= MOST_CHANNELS:
            return False
        self._channels += 1
        self._stop_waiting()
        session = self._make_session(self._line)
        session.when_closed(self._channel_closed)
        return session

    def _channel_closed(self) -> None:
        self._channels -= 1
        if not self._channels:
            self._wait_for_a_channel()

    def _wait_for_a_channel(self) -> None:
        self._stop_waiting()
        if self._line is not None:
            loop = asyncio.get_running_loop()
            self._empty = loop.call_later(EMPTY_SECONDS, self._line.abort)

    def _stop_waiting(self) -> None:
        if self._empty is not None:
            self._empty.cancel()
            self._empty = None
