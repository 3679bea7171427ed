"""Delivers one notice, the same way for every courier.

The couriers differ in what they do around it: when they try again, and how they make sure that a
notice is sent only once.
"""

from __future__ import annotations

import logging
from typing import Literal, Protocol, TypeAlias

from backend.domain.errors import NimError, Unavailable
from backend.domain.notices import Notice, Outcome, words
from backend.domain.people import Player
from backend.service.ports import Sender

log = logging.getLogger(__name__)

Delivery: TypeAlias = Outcome | Literal["skipped"]
"""What became of a notice; `skipped` is for a recipient who has no number or wants no notices."""


class Phonebook(Protocol):
    """Looks up phone numbers and notice settings; an `Identity` does."""

    async def find(self, username: str) -> Player | None:
        """The account with this name; None if there is none."""


async def deliver(notice: Notice, people: Phonebook, sender: Sender) -> Delivery:
    """Text a notice to its recipient, once.

    It never raises a NimError: trouble that may pass is `later`, any other refusal is `refused`.
    """
    try:
        player = await people.find(notice.to)
        if player is None or player.phone is None or player.notices == "none":
            return "skipped"
        by = notice.actor or notice.by
        return await sender.send(player.phone, words(notice), key=notice.key, by=by)
    except Unavailable as error:
        log.warning("a %s notice has to wait: %s", notice.kind, error.message)
        return "later"
    except NimError as error:
        log.warning("a %s notice cannot be sent: %s", notice.kind, error.message)
        return "refused"
