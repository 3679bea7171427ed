"""What a route promises: its method, path, body, answer and refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from backend.domain import errors

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]
Refusals: TypeAlias = tuple[type[errors.NimError], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    Attributes:
        run: the handler; it takes the call, and the decoded body if there is one. Its docstring
            appears in the reference.
        body: the type of the body; None if it has none.
        required: whether the body is required.
        answer: the type of a successful answer; None for 204 and for the description itself.
        empty: whether a successful answer is 204.
        refusals: this operation's errors, beyond those that every operation can answer with.
        signed_in: whether it needs an ID token.
        tagged: whether it is a conditional GET, with an ETag, that may be held.
        query: the names of its query parameters.

    """

    method: Method
    path: str
    run: Callable[..., Awaitable[Any]]
    body: type[Struct] | None = None
    required: bool = True
    answer: type[Struct] | None = None
    empty: bool = False
    refusals: Refusals = ()
    signed_in: bool = True
    tagged: bool = False
    query: tuple[str, ...] = ()
