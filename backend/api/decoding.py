"""Request bodies, decoded strictly; every fault is named in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from backend.domain.display import quoted
from backend.domain.errors import BadRequest

Request = TypeVar("Request", bound=Struct)

# Only so many names of unknown fields are quoted in the error.
_MOST_UNKNOWN = 5
_WRONG_FORM = "The body is not a JSON object with the right fields. See /openapi.json."

_SHORT_TEXTS = ("username", "password", "newPassword", "opponent")
_MUST_BE: Mapping[str, str] = {
    **dict.fromkeys(_SHORT_TEXTS, "must be text of at most 200 characters."),
    "email": "must be text like ana@example.com, or null.",
    "phoneNumber": "must be text like +15555555555, or null.",
    "invitation": "must be the code of an invitation, like k3v9x-2ma4q.",
    "notices": "must be none, sms, email or ntfy.",
    "ntfyTopic": "must be text, a topic's name, or null.",
    "channel": "must be email or sms.",
    "code": "must be the code that was sent, as text.",
    "refreshToken": "must be the refresh token from signing in.",
    "heaps": "must be a list of three whole numbers, like [5, 4, 5].",
    "rule": "must be misere or normal.",
    "daysPerMove": "must be a whole number from 1 to 14, or null.",
    "requestId": "must be text of 1 to 100 characters.",
    "changedHeap": "must be heap1, heap2 or heap3.",
    "changedHeapValue": "must be a whole number: how many objects are left in the heap.",
    "seenHeaps": "must be a list of three whole numbers: the heaps that you saw.",
    "version": "must be a whole number: the version of the board that you saw.",
}
"""What each field of a request must be, in words."""


def decode(body: bytes, kind: type[Request]) -> Request:
    """A request from JSON.

    Raises:
        BadRequest: it is not JSON, or not of this kind; every invalid field is named.

    """
    try:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            try:
                return msgspec.convert(_whole(msgspec.json.decode(body)), type=kind)
            except msgspec.ValidationError:
                raise _faults(body, kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("The body is not valid JSON. Send a JSON object.") from error


def _whole(sent: Any) -> Any:
    """What was sent, with 3.0 as 3: JSON knows no difference, and the API's schema allows both."""
    match sent:
        case float() if sent.is_integer():
            return int(sent)
        case list():
            return [_whole(one) for one in sent]
        case dict():
            return {name: _whole(value) for name, value in sent.items()}
        case _:
            return sent


def _faults(body: bytes, kind: type[Request]) -> BadRequest:
    """All invalid fields in our words; msgspec names only one, and quotes what was sent."""
    invalid: dict[str, str] = {}
    try:
        sent = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return BadRequest(_WRONG_FORM)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name, field in fields.items():
        if name not in sent:
            if field.required:
                invalid[name] = "is missing. Add it."
            continue
        try:
            msgspec.convert(_whole(msgspec.json.decode(sent[name])), type=field.type)
        except msgspec.ValidationError:
            invalid[name] = _MUST_BE[name]
    for name in [name for name in sent if name not in fields][:_MOST_UNKNOWN]:
        invalid[quoted(name)] = "is an unknown field. Leave it out."
    # Empty if a name appears twice and only its first value is invalid.
    return BadRequest.of_fields(invalid) if invalid else BadRequest(_WRONG_FORM)
