"""The API's description in OpenAPI 3.1, generated from the routes and the types of the wire."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import metadata
from inspect import cleandoc
from typing import Any

import msgspec

from backend.api.operation import Operation
from backend.api.requests import GAME_ID, MOST_LISTED
from backend.api.responses import STATUS
from backend.domain import credentials, errors
from backend.domain.nim import MOST_OBJECTS
from backend.wire import ErrorAnswer

Json = dict[str, Any]

_REF = "#/components/schemas/{name}"
_ABOUT = (
    "Misère Nim for two over HTTP, in JSON. Field names are those of the tutorial's turn-based "
    "game. An error's `message` is for people, its `code` is for programs."
)

_PASSWORD: Json = {
    "minLength": credentials.PASSWORD_LENGTH[0],
    "maxLength": credentials.PASSWORD_LENGTH[-1],
    "description": "With an upper case letter, a lower case letter and a digit.",
}

_HEAPS: Json = {
    "items": {"type": "integer", "minimum": 0, "maximum": MOST_OBJECTS},
    "minItems": 3,
    "maxItems": 3,
    "description": "Three heaps, at least two objects in total. Default: 5, 4, 5.",
}
_DAYS: Json = {"description": "Days for each move. Default: no limit."}

# What is checked beyond a field's type, in the terms of JSON Schema.
_NARROWER: dict[tuple[str, str], Json] = {
    ("Register", "username"): {"pattern": f"^{credentials.USERNAME.pattern}$"},
    ("Register", "password"): _PASSWORD,
    ("Login", "newPassword"): _PASSWORD,
    ("Register", "email"): {"format": "email"},
    ("Register", "phoneNumber"): {"pattern": f"^{credentials.PHONE.pattern}$"},
    ("ProfileChange", "phoneNumber"): {"pattern": f"^{credentials.PHONE.pattern}$"},
    ("ProfileChange", "email"): {"format": "email"},
    ("ProfileChange", "ntfyTopic"): {"pattern": f"^{credentials.TOPIC.pattern}$"},
    ("PasswordChange", "newPassword"): _PASSWORD,
    ("PasswordReset", "newPassword"): _PASSWORD,
    ("NewGame", "heaps"): _HEAPS,
    ("NewInvitation", "heaps"): _HEAPS,
    ("NewGame", "daysPerMove"): _DAYS,
    ("NewInvitation", "daysPerMove"): _DAYS,
    ("MoveRequest", "changedHeapValue"): {"description": "How many objects are left in the heap."},
    ("MoveRequest", "version"): {"description": "The version of the board that was seen."},
    ("MoveRequest", "seenHeaps"): {
        "minItems": 3,
        "maxItems": 3,
        "description": "The three heaps of the board that was seen.",
    },
}

_PARAMETERS: dict[str, Json] = {
    "gameId": {
        "name": "gameId",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{GAME_ID.pattern}$"},
    },
    "code": {
        "name": "code",
        "in": "path",
        "required": True,
        "description": "Of the invitation, like k3v9x-2ma4q, in any case, with or without a dash.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9]{5}-?[A-Za-z0-9]{5}$"},
    },
    "state": {
        "name": "state",
        "in": "query",
        "schema": {"enum": ["open", "done"], "default": "open"},
    },
    "limit": {
        "name": "limit",
        "in": "query",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_LISTED,
            "default": MOST_LISTED,
        },
    },
    "cursor": {
        "name": "cursor",
        "in": "query",
        "description": "From the previous page.",
        "schema": {"type": "string"},
    },
    "If-None-Match": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of the content that the caller has: 304 if nothing has changed.",
        "schema": {"type": "string"},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=N`: with If-None-Match, hold the answer for up to N seconds (at most "
        "25) until something changes. `Preference-Applied` confirms it. A backend that does not "
        "hold answers says in `Retry-After` when to ask again.",
        "schema": {"type": "string"},
        "example": "wait=25",
    },
}

# Beyond an operation's own: any request may be too large or come at a bad time.
_ALWAYS: tuple[type[errors.NimError], ...] = (
    errors.BadRequest,
    errors.ForeignOrigin,
    errors.TooLarge,
    errors.Unavailable,
)


@cache
def description(operations: tuple[Operation, ...]) -> bytes:
    """The description of these operations as JSON."""
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "nim-tui", "version": _version(), "description": _ABOUT},
            "paths": _paths(operations),
            "components": {
                "schemas": _schemas(operations),
                "securitySchemes": {
                    "idToken": {
                        "type": "http",
                        "scheme": "bearer",
                        "bearerFormat": "JWT",
                        "description": "The ID token; `Bearer` may be left out.",
                    }
                },
            },
        }
    )


def _version() -> str:
    try:
        return metadata.version("nim-tui")
    except metadata.PackageNotFoundError:  # run from a bare checkout
        return "0"


def _paths(operations: Iterable[Operation]) -> Json:
    paths: Json = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> Json:
    summary, _, more = cleandoc(operation.run.__doc__ or "").partition("\n\n")
    described: Json = {
        "operationId": operation.run.__name__,
        "summary": " ".join(summary.split()),
        "responses": _responses(operation),
    }
    if more:
        described["description"] = " ".join(more.split())
    parameters = [name for name in ("gameId", "code") if f"{{{name}}}" in operation.path]
    parameters += operation.query
    parameters += ["If-None-Match", "Prefer"] if operation.tagged else []
    if parameters:
        described["parameters"] = [_PARAMETERS[name] for name in parameters]
    if operation.body is not None:
        described["requestBody"] = {
            "required": operation.required,
            "content": _json(operation.body),
        }
    if operation.signed_in:
        described["security"] = [{"idToken": []}]
    return described


def _responses(operation: Operation) -> Json:
    responses: Json = {}
    if operation.answer is not None:
        responses["200"] = {"description": "Done.", "content": _json(operation.answer)}
    elif operation.empty:
        responses["204"] = {"description": "Done."}
    else:
        responses["200"] = {
            "description": "Done.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    if operation.tagged:
        headers = {"ETag": {"schema": {"type": "string"}}}
        responses["200"]["headers"] = headers
        responses["304"] = {"description": "Not modified.", "headers": headers}
    for status, codes in sorted(_codes(operation).items()):
        answer: Json = {
            "description": " or ".join(f"`{code}`" for code in codes),
            "content": _json(ErrorAnswer),
        }
        if status in (429, 503):
            answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
        responses[str(status)] = answer
    return responses


def _codes(operation: Operation) -> dict[int, list[str]]:
    refusals = [*_ALWAYS, *operation.refusals]
    if operation.signed_in:
        refusals += [errors.NotSignedIn, errors.TooManyRequests]
    codes: dict[int, list[str]] = {}
    for refusal in refusals:
        codes.setdefault(STATUS[refusal], []).append(refusal.code)
    return codes


def _json(kind: type[msgspec.Struct]) -> Json:
    return {"application/json": {"schema": {"$ref": _REF.format(name=kind.__name__)}}}


def _schemas(operations: Iterable[Operation]) -> Json:
    kinds = {kind for op in operations for kind in (op.body, op.answer) if kind is not None}
    ordered = sorted(kinds | {ErrorAnswer}, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    for schema in schemas.values():
        # Python removes a docstring's indentation only from 3.13 on.
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    for (name, field), narrower in _NARROWER.items():
        _narrow(schemas[name]["properties"][field], narrower)
    return schemas


def _narrow(schema: Json, narrower: Json) -> None:
    """Add `narrower` to the type of a field that is not null; its description goes to the field."""
    typed = next(
        (one for one in schema.get("anyOf", []) if one.get("type") != "null"),
        schema,
    )
    for key, value in narrower.items():
        (schema if key == "description" else typed)[key] = value
