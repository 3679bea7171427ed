"""How many may come, and that those who arrive do not hold up those who play."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

FULL = "Too many people are here at the moment. Try again in a few minutes."
TOO_MANY_FROM_HERE = "Too many connections from your network. Close one, or try again later."

MOST_SESSIONS = 200
MOST_OF_A_NETWORK = 20
# A household has a whole /64 of IPv6.
_IPV6_PREFIX = 64
_DISCONNECT, _TOO_MANY = 1, 12  # RFC 4253, section 11.1
_LINGER_SECONDS = 2.0
# At most so many refused connections are kept until their client has read why.
_MOST_LINGERING = 100


class Admission:
    """Counts connections, in all and by network.

    Connections from this machine itself count in all alone: a proxy or a tunnel here stands for
    many people.
    """

    def __init__(self, most: int, most_of_a_network: int = MOST_OF_A_NETWORK) -> None:
        self._most, self._most_of_a_network = most, most_of_a_network
        self._networks: Counter[str] = Counter()

    def enter(self, address: str) -> str | None:
        """Count a connection. Returns why it cannot be taken; None if it can."""
        network = _network(address)
        if self._networks.total() >= self._most:
            return FULL
        if network and self._networks[network] >= self._most_of_a_network:
            return TOO_MANY_FROM_HERE
        self._networks[network] += 1
        return None

    def leave(self, address: str) -> None:
        """A connection that has entered is gone."""
        network = _network(address)
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]


def _network(address: str) -> str:
    """What an address counts as; "" for this machine."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return ""
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ipaddress.ip_network((int(ip), _IPV6_PREFIX), strict=False))


class Starts:
    """Apps start one after the other, with a pause after each of a third of what it took.

    Starting one is hundreds of steps that keep the loop busy; in the pauses, keys are answered.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it until the app is on the screen."""
        async with self._lock:
            began = time.thread_time()
            yield
            # CPU, not time: while others are busy, a start takes long without costing more.
            await asyncio.sleep(min(0.1, (time.thread_time() - began) / 3))


def refusal(version: bytes, why: str) -> bytes:
    """What a server says that goes no further: its version, and one message in clear."""
    text = why.encode()
    payload = struct.pack(">BII", _DISCONNECT, _TOO_MANY, len(text)) + text
    payload += struct.pack(">I", 2) + b"en"
    # A packet's length is a multiple of 8, and 4 bytes of it at least are padding.
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    packet = struct.pack(">IB", len(payload) + 1 + padding, padding) + payload + bytes(padding)
    return b"SSH-2.0-" + version + b"\r\n" + packet


class Refusals:
    """Tells those who cannot be taken why, in one line, and closes."""

    def __init__(self, version: bytes) -> None:
        self._version = version
        self._lingering: set[socket.socket] = set()

    def refuse(self, connection: socket.socket, why: str) -> None:
        """Say it, and close the connection once its client has read it."""
        with suppress(OSError):
            connection.send(refusal(self._version, why))
            connection.shutdown(socket.SHUT_WR)
        if len(self._lingering) >= _MOST_LINGERING:
            connection.close()
            return
        # Closed with unread input, the system would reset it, and the line would not be shown.
        self._lingering.add(connection)
        asyncio.get_running_loop().call_later(_LINGER_SECONDS, self._close, connection)

    def close(self) -> None:
        """Close those that are still read."""
        for connection in tuple(self._lingering):
            self._close(connection)

    def _close(self, connection: socket.socket) -> None:
        self._lingering.discard(connection)
        with suppress(OSError):
            connection.recv(65_536)
        connection.close()
