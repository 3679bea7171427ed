"""Rate limits: by address, by player, and for wrong passwords.

Each rate is a bucket stored as one number, the time at which it is full again (the generic cell
rate algorithm), so a key costs one float. A bucket of `count` that fills in `seconds` allows
everything that a window of `count` in `seconds` would, and never a larger burst. The number of keys
is limited; the least recently seen one is dropped first.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from backend.domain.errors import TooManyRequests

MOST_KEYS = 20_000
# A household has a whole /64, so counting single IPv6 addresses would be useless.
_IPV6_PREFIX = 64
_LONGEST_KEY = 64
_ROUNDING = 1e-9  # seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` times in `seconds`."""

    count: int
    seconds: float


SIGN_UPS = Rate(60, 60)
SIGN_INS = Rate(60, 60)
REFRESHES = Rate(120, 60)
SIGN_OUTS = Rate(60, 60)
WRONG_PASSWORDS = Rate(10, 60)
WRONG_CODES = Rate(10, 60)
NEW_GAMES = Rate(120, 3600)
REQUESTS = Rate(20, 1)
RECOVERIES = Rate(30, 60)
EXPORTS = Rate(20, 60)


class Buckets:
    """The buckets of one rate, by key."""

    def __init__(
        self, rate: Rate, message: str, *, clock: Callable[[], float], most_keys: int = MOST_KEYS
    ) -> None:
        self._message = message
        self._capacity = rate.seconds
        self._cost = rate.seconds / rate.count
        self._clock = clock
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, key: str) -> None:
        """Count one. Raises: TooManyRequests, with the seconds to wait."""
        now = self._clock()
        full_at = max(now, self._full_at.pop(key, now)) + self._cost
        wait = full_at - now - self._capacity
        allowed = wait < _ROUNDING
        self._full_at[key] = full_at if allowed else full_at - self._cost
        if len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
        if not allowed:
            raise TooManyRequests(self._message, retry_after=wait)

    def check(self, key: str) -> None:
        """Count nothing. Raises: TooManyRequests, if one more would be too many."""
        self.take(key)
        self.give_back(key)

    def give_back(self, key: str) -> None:
        """Count one less, because what was taken turned out not to count."""
        if key in self._full_at:
            self._full_at[key] -= self._cost


class Limits:
    """The rates of one process. Requests without an address (in process) are not counted by it."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        clock: Callable[[], float] = time.monotonic,
        most_keys: int = MOST_KEYS,
    ) -> None:
        def buckets(rate: Rate, message: str) -> Buckets:
            return Buckets(rate, message, clock=clock, most_keys=most_keys)

        self._enabled = enabled
        self._sign_ups = buckets(
            SIGN_UPS, "Too many new accounts from here. Wait a moment, then try again."
        )
        self._sign_ins = buckets(
            SIGN_INS, "Too many sign-ins from here. Wait a moment, then try again."
        )
        self._refreshes = buckets(
            REFRESHES, "Too many renewed sessions from here. Wait a moment, then try again."
        )
        self._sign_outs = buckets(
            SIGN_OUTS, "Too many sign-outs from here. Wait a moment, then try again."
        )
        self._wrong = buckets(
            WRONG_PASSWORDS, "Too many wrong passwords. Wait a minute, then try again."
        )
        self._wrong_codes = buckets(
            WRONG_CODES, "Too many wrong codes. Wait a minute, then try again."
        )
        self._new_games = buckets(
            NEW_GAMES, "You have started too many games this hour. Wait a moment, then try again."
        )
        self._recoveries = buckets(
            RECOVERIES, "Too many codes and new passwords from here. Wait a moment, then try again."
        )
        self._exports = buckets(EXPORTS, "Too many exports. Wait a minute, then try again.")
        self._requests = buckets(
            REQUESTS, "Too many requests at once. Wait a second, then try again."
        )

    def sign_up(self, address: str | None) -> None:
        """Count a registration. Raises: TooManyRequests."""
        if self._enabled and address is not None:
            self._sign_ups.take(_network(address))

    def sign_in(self, address: str | None, name: str) -> None:
        """Count a sign-in as if its password were wrong; see `right_password`.

        It is counted before the password is checked, so that many at once are counted as well.

        Raises:
            TooManyRequests.

        """
        if self._enabled and address is not None:
            self._sign_ins.take(_network(address))
            self._wrong.take(_name_from(address, name))

    def right_password(self, address: str | None, name: str) -> None:
        """The password was right: do not count it as wrong."""
        if self._enabled and address is not None:
            self._wrong.give_back(_name_from(address, name))

    def code(self, address: str | None) -> None:
        """Whether a code may be tried from here. Raises: TooManyRequests."""
        if self._enabled and address is not None:
            self._wrong_codes.check(_network(address))

    def wrong_code(self, address: str | None) -> None:
        """Count a code that nobody has been given."""
        if self._enabled and address is not None:
            self._wrong_codes.take(_network(address))

    def refresh(self, address: str | None) -> None:
        """Count a renewed session. Raises: TooManyRequests."""
        if self._enabled and address is not None:
            self._refreshes.take(_network(address))

    def sign_out(self, address: str | None) -> None:
        """Count a sign-out. Raises: TooManyRequests."""
        if self._enabled and address is not None:
            self._sign_outs.take(_network(address))

    def recovery(self, address: str | None) -> None:
        """Count what somebody without a password asks for. Raises: TooManyRequests."""
        if self._enabled and address is not None:
            self._recoveries.take(_network(address))

    def export(self, user: str) -> None:
        """Count an export, which reads every game. Raises: TooManyRequests."""
        if self._enabled:
            self._exports.take(user)

    def new_game(self, user: str) -> None:
        """Count a new game or a rematch. Raises: TooManyRequests."""
        if self._enabled:
            self._new_games.take(user)

    def no_new_game(self, user: str) -> None:
        """No game was created: do not count it."""
        if self._enabled:
            self._new_games.give_back(user)

    def request(self, user: str) -> None:
        """Count a player's request. Raises: TooManyRequests."""
        if self._enabled:
            self._requests.take(user)


def _name_from(address: str, name: str) -> str:
    return f"{_network(address)} {name.casefold()[:_LONGEST_KEY]}"


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:_LONGEST_KEY]
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), _IPV6_PREFIX), strict=False))
