"""The description of the API, OpenAPI 3.1, made from the routes and the wire's types."""

from __future__ import annotations

from functools import cache

import msgspec


@cache
def description() -> bytes:
    """The whole description as JSON."""
    return msgspec.json.encode({"openapi": "3.1.0"})
