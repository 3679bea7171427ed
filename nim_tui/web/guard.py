"""Access control: only this computer's browser, under the secret path, not other pages' requests.

A page of any site can send requests to 127.0.0.1, open WebSockets there, and reach it under a name
of its own (DNS rebinding). But it can neither change the headers `Host`, `Origin` and
`Sec-Fetch-Site` nor guess the path.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

_NAMES = ("127.0.0.1", "localhost")

PAGE_HEADERS = {
    # No foreign content, no frames, no caching; a referrer would reveal the secret path.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' {sockets}; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Guard:
    """Decides on the requests to one port.

    Attributes:
        token: the first part of every path; 192 random bits, new at each start.

    """

    def __init__(self, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._hosts = frozenset(f"{name}:{port}" for name in _NAMES)
        self.url = f"http://{_NAMES[0]}:{port}/{self.token}/"

    def refuses(self, headers: Mapping[str, str], path: str, *, socket: bool) -> int | None:
        """The status to refuse a request with; None if it is allowed.

        Args:
            headers: of the request; the lookup ignores case.
            path: of the request, decoded.
            socket: whether it opens a WebSocket, for which browsers always send an Origin.

        """
        host = headers.get("Host", "").lower()
        if host not in self._hosts:
            return 403
        origin = headers.get("Origin")
        if origin is None and socket:
            return 403
        if origin is not None and origin != f"http://{host}":
            return 403
        if headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return 403
        given = path.removeprefix("/").partition("/")[0]
        # In constant time, so that response times reveal nothing about the path.
        return None if hmac.compare_digest(given.encode(), self.token.encode()) else 404

    def headers(self) -> dict[str, str]:
        """The headers of every response."""
        sockets = " ".join(f"ws://{host}" for host in sorted(self._hosts))
        return {name: value.format(sockets=sockets) for name, value in PAGE_HEADERS.items()}
