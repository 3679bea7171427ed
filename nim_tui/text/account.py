"""The words about an account: how notices come, and why they do not."""

from __future__ import annotations

from collections.abc import Mapping

from backend.domain.people import NoticeProblem, NoticesBy

CHANNELS: Mapping[NoticesBy, str] = {
    "none": "not at all",
    "sms": "by text message",
    "email": "by e-mail",
    "ntfy": "by ntfy",
}

PROBLEMS: Mapping[NoticeProblem, str] = {
    "refused": "The last notice was refused. Check the address, or choose another way.",
    "unreachable": "Notices cannot be sent this way right now.",
    "unconfirmed": "Notices come once you have confirmed the address with the code sent to it.",
}
"""Why notices do not arrive, and what to do."""

DELETE = (
    "Delete this account for good? Your open games end as resigned, your sessions end, and the "
    "name is free for others."
)
