"""The part of the Identity contract about the characters of passwords; see `identity`.

What registers signs in, on every adapter, whatever the characters are and however a keyboard
composes them (RFC 8265, OpaqueString).
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.credentials import check_registration
from backend.domain.errors import BadRequest
from backend.service.ports import Identity

PHONE = "+15555555555"

_HARD_PASSWORDS = (
    "No\u00a0break-1",
    "Tab\tbed-Word-1",
    "Zero\u200dWidth-1",
    "Zero\u200cWidth-1",
    "Soft\u00adhyphen-1",
    "Cafe\u0301-Word-1",
    "Caf\u00e9-Word-1",
    "\u1112\u1161\u11ab-Word-Aa1",
    "\uac00-Hangul-Aa1",
    "\u3000Ideographic-1",
    " Leading-space-1",
    "Trailing-space-1 ",
    "\U0001f600-Smile-Aa1",
    "\u202eRight-to-left-1",
    "\u2126-Ohm-Sign-Aa1",
    "\ufe0fVariation-1",
    "Null\0byte-Aa1",
    "Lone\ud800-Aa1",
    "Private\ue000-Aa1",
)
_PASSWORDS = st.text(
    st.characters(codec="utf-8")
    | st.sampled_from(" \u00a0\u2003\u3000\u0301\u0308\u0327\u1100\u1161\u11a8\u00e9\u0958\ufb1d"),
    max_size=20,
).map(lambda text: f"Aa1{text}-Bb2x")


def _some(passwords: st.SearchStrategy[str]) -> list[str]:
    """Examples that hypothesis finds worth a try; each costs calls of its own on an engine."""
    found: list[str] = []

    @settings(max_examples=25, deadline=None, database=None)
    @given(passwords)
    def note(password: str) -> None:
        found.append(password)

    note()
    return found


class PasswordContract:
    """The suite."""

    async def test_what_registers_signs_in(self, people: Identity) -> None:
        for number, password in enumerate([*_HARD_PASSWORDS, *_some(_PASSWORDS)]):
            name = f"name{number}"
            try:
                checked = check_registration(
                    name, password, "a@example.com", PHONE, contacts_required=True
                )
                await people.register(checked)
            except BadRequest as refused:
                if list(refused.fields) != ["password"]:
                    raise
                continue
            for typed in (
                password,
                unicodedata.normalize("NFC", password),
                unicodedata.normalize("NFD", password),
                password.replace(" ", "\u00a0").replace("\u3000", " "),
            ):
                session = await people.sign_in(name, typed)
                assert await people.verify(session.id_token) == name, typed

    async def test_a_new_password_is_the_same_however_it_is_typed(self, people: Identity) -> None:
        once = await people.add("Bert")
        with pytest.raises(BadRequest):
            await people.sign_in("Bert", once, "Tab\tPassword-1")
        await people.sign_in("Bert", once, "Cafe\u0301-A\u030a\u00a0Word-1")
        await people.sign_in("Bert", "Caf\u00e9-\u00c5 Word-1")
