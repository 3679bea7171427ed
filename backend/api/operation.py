"""What a route promises: method, path, body, answer and refusals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from backend.domain import errors

Method: TypeAlias = Literal["GET", "POST", "PATCH"]


Refusals: TypeAlias = tuple[type[errors.NimError], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path.

    Attributes:
        run: the handler; takes the call, and the decoded body where there is one. Its docstring is
            what the reference says.
        body: the type of the body; None where there is none to read.
        required: whether there must be a body.
        answer: the type of a successful answer; None for 204 and for the description itself.
        empty: whether a successful answer is 204.
        refusals: the errors of this operation beyond those that every one can answer with.
        signed_in: whether it takes an ID token.
        tagged: whether it is a conditional GET, with an ETag, that may be held.

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
