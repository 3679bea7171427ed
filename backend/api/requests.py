"""One request as the handlers see it, and how its parts are read. None of it is trusted."""

from __future__ import annotations

import asyncio
import ipaddress
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from starlette.requests import Request

from backend.api.doors import Doors
from backend.api.rate_limits import Limits
from backend.domain.display import quoted
from backend.domain.errors import BadRequest, NoSuchGame, NotSignedIn, TooLarge
from backend.service.use_cases import Service
from backend.service.watch import Watch

MOST_BODY_BYTES = 16 * 1024
# The rest of a body that is too large is read and thrown away up to here: a client that is still
# sending when the connection closes never sees the answer that says why.
MOST_DRAINED_BYTES = 1024 * 1024
BODY_SECONDS = 10.0

# Set in the scope until the whole body has been read.
BODY_UNREAD = "backend.body_unread"

MOST_LISTED = 100

# The headers by which a proxy says for whom it asks.
_FORWARDED = {"forwarded", "x-forwarded-for"}

GAME_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}", re.ASCII)
_LIMIT = re.compile(r"[0-9]{1,3}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request.

    Attributes:
        user: whose token it carries; empty on the routes that need none.
        public_url: the backend's own public address, if it has one.
        watch: who watches the backend.
        closing: whether the backend is about to stop, so that nothing may be held any longer.

    """

    request: Request
    service: Service
    limits: Limits
    doors: Doors
    store_name: str
    public_url: str | None
    closing: Callable[[], bool]
    watch: Watch = field(default_factory=Watch)
    user: str = ""

    @property
    def address(self) -> str | None:
        """What to count the client's requests by: its address; None in process.

        What a reverse proxy on this machine passes on is not counted with what comes from this
        machine itself, even where the proxy is not trusted and names the client in vain: a flood
        from outside must not lock out who sits here.
        """
        client = self.request.client
        if client is None:
            return None
        if _FORWARDED.isdisjoint(self.request.headers) or not _is_loopback(client.host):
            return client.host
        return f"forwarded by {client.host}"

    @property
    def game_id(self) -> str:
        """The id in the path. Raises: NoSuchGame, if it cannot be a game's."""
        game_id = str(self.request.path_params["gameId"])
        if not GAME_ID.fullmatch(game_id):
            raise NoSuchGame
        return game_id

    @property
    def code(self) -> str:
        """The invitation's code in the path, as it was typed."""
        return str(self.request.path_params["code"])

    def query(self, known: Collection[str]) -> dict[str, str]:
        """The query parameters. Raises: BadRequest, for unknown or repeated ones."""
        found: dict[str, str] = {}
        invalid: dict[str, str] = {}
        for name, value in self.request.query_params.multi_items():
            if name not in known:
                invalid[quoted(name)] = "is an unknown parameter. Leave it out."
            elif name in found:
                invalid[name] = "is given twice. Send it once."
            found[name] = value
        if invalid:
            raise BadRequest.of_fields(invalid)
        return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def token_of(request: Request) -> str:
    """The ID token, bare or after `Bearer`. Raises: NotSignedIn, if there is none."""
    text = request.headers.get("authorization", "").strip()
    scheme, space, rest = text.partition(" ")
    if space and scheme.lower() == "bearer":
        text = rest.strip()
    if not _TOKEN.fullmatch(text):
        raise NotSignedIn
    return text


def page_size(text: str | None) -> int:
    """The size of a page of the list, 1 to MOST_LISTED. Raises: BadRequest."""
    if text is None:
        return MOST_LISTED
    size = int(text) if _LIMIT.fullmatch(text) else 0
    if not 1 <= size <= MOST_LISTED:
        raise BadRequest.of_fields({"limit": f"must be a whole number from 1 to {MOST_LISTED}."})
    return size


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it has, or announces, more than MOST_BODY_BYTES.
        BadRequest: it did not arrive within BODY_SECONDS, or it ended early.

    """
    announced = request.headers.get("content-length", "0")
    too_large = _LENGTH.fullmatch(announced) is None or int(announced) > MOST_BODY_BYTES
    body = bytearray()
    drained = 0
    request.scope[BODY_UNREAD] = True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise BadRequest("The request ended early. Send it again.")
                body += message.get("body", b"")
                if too_large or len(body) > MOST_BODY_BYTES:
                    too_large = True
                    drained += len(body)
                    body.clear()
                if not message.get("more_body", False):
                    request.scope[BODY_UNREAD] = False
                    break
                if drained > MOST_DRAINED_BYTES:
                    break
    except TimeoutError as error:
        if not too_large:
            raise BadRequest("The request did not arrive in time. Send it again.") from error
    if too_large:
        raise TooLarge(
            f"The request has more than {MOST_BODY_BYTES // 1024} KiB. Send a smaller one."
        )
    return bytes(body)
