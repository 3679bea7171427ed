"""Request bodies decoded strictly; every fault named in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
from msgspec import Struct

from backend.domain.errors import BadRequest

Request = TypeVar("Request", bound=Struct)


# Of what a body should not hold, so many names, so long, are told back.
_MOST_UNKNOWN, _MOST_NAME = 5, 40
_NO_OBJECT = "The body is not a JSON object of the right form. See /openapi.json."


_SHORT_TEXTS = ("username", "password", "newPassword", "email", "opponent")


_TAKES: Mapping[str, str] = {
    **dict.fromkeys(_SHORT_TEXTS, "takes a text of at most 200 characters."),
    "phoneNumber": "takes a text like +15555555555, or null.",
    "notices": "takes sms or none.",
    "refreshToken": "takes the refresh token that came with signing in.",
    "heaps": "takes a list of three whole numbers, like [5, 4, 5].",
    "rule": "takes misere or normal.",
    "daysPerMove": "takes a whole number from 1 to 14, or null.",
    "requestId": "takes a text of 1 to 100 characters.",
    "changedHeap": "takes heap1, heap2 or heap3.",
    "changedHeapValue": "takes a whole number: how many objects are left in the heap.",
    "version": "takes a whole number: the version of the board that you saw.",
}
"""What each field of a request takes, in words."""


def decode(body: bytes, kind: type[Request]) -> Request:
    """A request from JSON.

    Raises:
        BadRequest: it is no JSON, or not of this kind; every faulty field is named.

    """
    try:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise _faults(body, kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("The body is not valid JSON. Send a JSON object.") from error


def _faults(body: bytes, kind: type[Request]) -> BadRequest:
    """All faulty fields in our words; msgspec's own name one, and quote what was sent."""
    faulty: dict[str, str] = {}
    try:
        sent = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return BadRequest(_NO_OBJECT)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name not in sent:
            if field.required:
                faulty[name] = "is missing. Send it too."
            continue
        try:
            msgspec.json.decode(sent[name], type=field.type)
        except msgspec.ValidationError:
            faulty[name] = _TAKES[name]
    for name in [name for name in sent if name not in fields][:_MOST_UNKNOWN]:
        shown = "".join(char for char in name if char.isprintable())[:_MOST_NAME]
        faulty[shown] = "is not a field here. Leave it out."
    # None, where a name stands there twice and only its first value is faulty.
    return BadRequest.of_fields(faulty) if faulty else BadRequest(_NO_OBJECT)
