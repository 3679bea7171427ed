"""Writes docs/api.md from the API's own description: `python -m tests.backend.api.reference`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.api.openapi import description
from backend.api.routes import OPERATIONS

PAGE = Path(__file__).parents[3] / "docs" / "api.md"

Json = dict[str, Any]

_BEGINNING = """\
# The HTTP API

<!-- Generated from the API's own description by `python -m tests.backend.api.reference`. -->

The API is the same wherever the backend runs: inside the client, in `nim-backend serve`, on AWS.
A running backend describes itself, in OpenAPI 3.1, at `GET /openapi.json`.

- Requests and answers are JSON in UTF-8. An unknown field, or a string, boolean or fraction in
  place of a whole number, is refused, and the error names the field. As in JSON Schema, `3.0` is
  the whole number 3. A body has at most 16 KiB.
- `Authorization` carries the ID token, bare or after `Bearer`. `/users`, `/login`,
  `/login/refresh`, `/logout`, `/password/forgot`, `/password/reset`, `GET /invitations/{code}`,
  `/health` and `/openapi.json` need none.
- Times are ISO 8601 in UTC. Heaps are named `heap1`, `heap2`, `heap3`.
- An error is an [ErrorAnswer](#erroranswer): `message` is for people and says what to do next,
  `code` is for programs. A gateway in front may answer without either. Every answer has
  `X-Request-Id`, and an error has the same id as `requestId`; the server logs it.
- If several reasons for a refusal hold, the first of these counts: `no_such_game`, repeated move
  (200), `game_over`, `stale`, `not_your_turn`, `illegal_move`.

## Waiting for a change

`GET /games` and `GET /games/{gameId}` return an `ETag`. If it is sent back in `If-None-Match`, the
answer is 304 as long as nothing has changed. With `Prefer: wait=25` as well, a backend that holds
answers waits until something changes, for at most 25 seconds, and confirms it with
`Preference-Applied: wait=25`. One that does not says in `Retry-After` when to ask again.

## A move that counts once

Send the `version` of the board that you saw. If the board has changed, the move is refused as
`stale`, with the current game. The same move, sent again after it was applied, answers 200 with the
current game, so a lost answer never loses or doubles a move. In the same way, a new game can be
sent again with its `requestId`, and so can an open invitation.

## Open invitations

`POST /invitations` makes a game without an opponent. Whoever has its code may take it with
`POST /invitations/{code}/accept`; of many at once exactly one gets the game, the others get
`invitation_taken`. Sent again by the same player it answers the same game. An invitation expires
after 14 days. A player may have 20 of them, and they count among the 100 open games that a player
may have created. Codes are read without regard to case and dashes.

On a table that the tutorial's own client plays on, too, a board is named by `version` and
`seenHeaps` together: that client leaves `version` as it was. If it has moved for both players since
the last recorded move, a `version` alone is refused as `stale`.

## Rate limits

Allowed are at least 60 sign-ups, 60 sign-ins, 60 refreshes and 60 sign-outs a minute from an
address, 10 wrong passwords a minute for a username from an address, 10 wrong codes of invitations a
minute from an address, 120 new games an hour for a player (a rematch is one, and so is an
invitation that is made or taken), and 20 requests a second for a player. Above that the answer is
429 with `Retry-After`.
"""


def page() -> str:
    """The whole page."""
    described: Json = json.loads(description(OPERATIONS))
    return "\n".join([_BEGINNING, *_routes(described), *_types(described)]) + "\n"


def _routes(described: Json) -> Iterator[str]:
    yield "## Routes"
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            yield f"\n### `{method.upper()} {path}`\n"
            yield operation["summary"]
            if more := operation.get("description"):
                yield f"\n{more}"
            yield ""
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    yield f"- `{parameter['name']}` in the query: {_kind(parameter['schema'])}"
            if "requestBody" in operation:
                yield f"- Body: {_content(operation['requestBody'])}"
            for status, answer in operation["responses"].items():
                yield f"- {status}: {_answer(answer)}"


def _answer(answer: Json) -> str:
    if answer["description"] in ("Done.", "Not modified."):
        return _content(answer) if "content" in answer else "no content"
    return str(answer["description"])


def _content(holder: Json) -> str:
    return _kind(holder["content"]["application/json"]["schema"])


def _types(described: Json) -> Iterator[str]:
    yield "\n## Types"
    for name, schema in described["components"]["schemas"].items():
        yield f"\n### {name}\n"
        yield schema.get("description", "")
        if not schema["properties"]:
            continue
        yield "\n| field | type | |"
        yield "| --- | --- | --- |"
        required = schema.get("required", [])
        for field, kind in schema["properties"].items():
            words = [] if field in required else ["optional"]
            words += [kind["description"]] if "description" in kind else []
            yield f"| `{field}` | {_kind(kind)} | {'; '.join(words)} |"


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        kinds = [_kind(one) for one in schema["anyOf"]]
        return ("; or " if any("," in one for one in kinds) else " or ").join(kinds)
    if "enum" in schema:
        return " or ".join("null" if one is None else f"`{one}`" for one in schema["enum"])
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        inner = [*schema.get("prefixItems", []), schema.get("items")]
        items = next((one for one in inner if isinstance(one, dict)), {})
        kind = f"list of {_bounds(schema, 'Items')}{_kind(items).replace('integer', 'integers')}"
    if "format" in schema:
        kind += f" ({schema['format']})"
    if length := _bounds(schema, "Length"):
        kind += f", {length}characters"
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None or high is not None:
        kind += f", {_range(low, high)}"
    if "pattern" in schema:
        pattern = schema["pattern"].replace("|", "\\|")
        kind += f", `{pattern}`"
    return kind


def _bounds(schema: Json, what: str) -> str:
    """How many `Items` or characters (`Length`) there may be, with a blank after it; or nothing."""
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    return "" if low is None and high is None else f"{_range(low, high)} "


def _range(low: int | None, high: int | None) -> str:
    if low == high:
        return str(low)
    if low is None:
        return f"at most {high}"
    return f"{low} or more" if high is None else f"{low} to {high}"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
