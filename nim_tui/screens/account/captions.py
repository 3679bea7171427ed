"""The rows of the account's card."""

from __future__ import annotations

from nim_tui.client.models import AccountProfile
from nim_tui.text.sanitize import clean

_LABEL = 12
_MOST_ADDRESS = 34


def rows_of(profile: AccountProfile) -> list[tuple[str, str]]:
    """What can be done with the account, by action, with the state in words."""
    found = [
        ("email", _row("E-mail", _address(profile.email, confirmed=profile.email_confirmed))),
        ("phone", _row("Phone", _address(profile.phone, confirmed=profile.phone_confirmed))),
        ("topic", _row("ntfy topic", clean(profile.ntfy_topic or "none", _MOST_ADDRESS))),
    ]
    if profile.email is not None and not profile.email_confirmed:
        found.append(("code-email", "Enter the code from your e-mail"))
    if profile.phone is not None and not profile.phone_confirmed:
        found.append(("code-sms", "Enter the code from your text message"))
    return [
        *found,
        ("password", "Change your password"),
        ("export", "Export everything that is kept about you"),
        ("delete", "Delete your account"),
    ]


def _row(label: str, value: str) -> str:
    return f"{label:<{_LABEL}}{value}"


def _address(address: str | None, *, confirmed: bool) -> str:
    if address is None:
        return "none"
    shown = clean(address, _MOST_ADDRESS)
    return shown if confirmed else f"{shown} (not confirmed)"
