"""What was asked and answered in a run, one exchange for each request that went over a wire."""

from __future__ import annotations

import base64
import functools
import itertools
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

Json = dict[str, Any]


@functools.lru_cache(maxsize=1000)
def claims_of(token: str) -> Json:
    """What a token says of itself; empty for what is none."""
    if token.count(".") != 2:
        return {}
    part = token.split(".")[1]
    found: Json = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


@dataclass
class Exchange:
    """One request, and its answer where one came.

    Attributes:
        asked: the place of the request in the order of all events; `answered` that of the answer,
            infinite where none came.
        at: the time of day when it was asked.
        sub: whose token it carries: an account, of which several may have had the same name.

    """

    who: str
    user: str
    method: str
    url: httpx.URL
    headers: list[tuple[bytes, bytes]]
    body: bytes
    asked: int
    at: float
    answered: float = math.inf
    status: int = 0
    answer: Json | None = None
    sub: str = ""

    @property
    def path(self) -> str:
        return self.url.path

    def sent(self) -> Any:
        """The body as JSON; empty where there was none."""
        return json.loads(self.body) if self.body else {}


@dataclass
class Handled:
    """A request as a process handled it, whatever became of its answer.

    Attributes:
        came, went: when it began and when it ended; infinite where the process did not live to it.

    """

    exchange: Exchange
    process: object
    came: float
    went: float = math.inf
    status: int = 0
    body: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        """The request's headers, by their names in small letters."""
        return {name.decode().lower(): value.decode() for name, value in self.exchange.headers}


@dataclass
class TutorialMove:
    """A move that the tutorial's own client made on the table; `outcome` None is not known."""

    game_id: str
    user: str
    heap: int
    left: int
    asked: int
    answered: float = math.inf
    outcome: bool | None = None


@dataclass
class History:
    """Everything that the checker looks at."""

    exchanges: list[Exchange] = field(default_factory=list)
    handled: list[Handled] = field(default_factory=list)
    tutorial: list[TutorialMove] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    contents: dict[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._order = itertools.count()
        self.clock: Callable[[], float] = float

    def next(self) -> int:
        """The place of an event in the order of all events."""
        return next(self._order)

    def asked(self, who: str, request: httpx.Request, body: bytes) -> Exchange:
        claims = claims_of(request.headers.get("authorization", ""))
        exchange = Exchange(
            who=who,
            user=claims.get("cognito:username", self.users.get(who, "")),
            method=request.method,
            url=request.url,
            headers=list(request.headers.raw),
            body=body,
            asked=self.next(),
            at=self.clock(),
            sub=claims.get("sub", ""),
        )
        self.exchanges.append(exchange)
        return exchange

    def repeated(self, exchange: Exchange) -> None:
        """The network delivered a request twice: the second may have an effect of its own."""
        copy = Exchange(**{**vars(exchange), "answered": math.inf, "status": 0, "answer": None})
        self.exchanges.append(copy)

    def answered(
        self, exchange: Exchange, status: int, headers: Mapping[bytes, bytes], body: bytes
    ) -> None:
        exchange.answered = self.next()
        exchange.status = status
        tag = headers.get(b"etag", b"").decode()
        if status == 304:
            exchange.answer = self.contents.get(tag)
            return
        exchange.answer = json.loads(body) if body else {}
        if tag and exchange.answer is not None:
            self.contents[tag] = exchange.answer
