"""The rules for registrations, and the words for what breaks them, all at once."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.credentials import (
    check_registration,
    email_problem,
    password_problem,
    phone_problem,
    username_problem,
)
from backend.domain.errors import BadRequest
from backend.domain.people import Registration

# What a terminal acts on or does not show.
UNSHOWABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize("name", ["anna", "A-_9", "x" * 20, "0000", "----"])
def test_names(name: str) -> None:
    assert username_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "abc", "x" * 21, "anna b", "anna\n", "änna", "[/red]", "ann\x1b", "an.na", "١٢٣٤"]
)
def test_invalid_usernames(name: str) -> None:
    assert username_problem(name)


@given(st.text(max_size=25))
def test_names_are_what_the_rule_says(name: str) -> None:
    right = 4 <= len(name) <= 20 and all(c.isascii() and (c.isalnum() or c in "_-") for c in name)
    assert (username_problem(name) is None) == right


@pytest.mark.parametrize("password", ["Passw0rd", "aA3" + "x" * 96, "Ünïcodé Aa1", "A a 1    "])
def test_passwords(password: str) -> None:
    assert password_problem(password) is None


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("aA3aA3a", "8 to 99"),
        ("aA3" + "x" * 97, "8 to 99"),
        ("", "8 to 99"),
        ("passw0rd", "needs an upper case letter."),
        ("PASSW0RD", "needs a lower case letter."),
        ("Password", "needs a digit."),
        ("ÄÖÜß-äöü", "needs an upper case letter and a lower case letter and a digit."),
        ("Passwor٣", "needs a digit."),
    ],
)
def test_a_message_says_what_a_password_lacks(password: str, words: str) -> None:
    problem = password_problem(password)
    assert problem is not None
    assert words in problem


@pytest.mark.parametrize(
    "email", ["a@b.co", "ana.b+nim@mail.example.com", "ünï@example.com", "o'neil@example.com"]
)
def test_mail_addresses(email: str) -> None:
    assert email_problem(email) is None


@pytest.mark.parametrize(
    "email",
    [
        "", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@ex ample.com",
        "a@b@c.com", "ana@example.com\n", "\x1b[2Ja@b.co", "a\u202eb@b.co", "[/]@b.co",
        "x" * 65 + "@b.co", "a@" + "b" * 250 + ".co", "a@b..co", "a@.co", "\ud800@b.co",
    ],
)  # fmt: skip
def test_invalid_email_addresses(email: str) -> None:
    assert email_problem(email)


@given(st.text(max_size=12), st.text(max_size=12))
def test_a_mail_address_has_nothing_that_steers_a_terminal(local: str, domain: str) -> None:
    email = f"{local}@{domain}.com"
    if email_problem(email) is None:
        assert not {unicodedata.category(c) for c in email} & UNSHOWABLE
        assert not re.search(r"[\[\]\s]", email)


@given(st.from_regex(r"\+[1-9]\d{7,14}", fullmatch=True, alphabet="+0123456789"))
def test_phone_numbers(phone: str) -> None:
    assert phone_problem(phone) is None


@pytest.mark.parametrize(
    "phone",
    [
        "", "+", "15555555555", "+05555555555", "+1555555", "+1" + "5" * 15, "+1 555 555 5555",
        "+15555555555\n", "+1٥٥٥٥٥٥٥٥٥٥",
    ],
)  # fmt: skip
def test_invalid_phone_numbers(phone: str) -> None:
    assert phone_problem(phone)


def test_a_right_registration_comes_back_whole() -> None:
    checked = check_registration(
        "anna", "Passw0rd", "a@b.co", "+15555555555", contacts_required=True
    )
    assert checked == Registration("anna", "Passw0rd", "a@b.co", "+15555555555")
    checked = check_registration("anna", "Passw0rd", "a@b.co", None, contacts_required=False)
    assert checked.phone is None


def test_every_invalid_field_is_reported_at_once_by_its_name_on_the_wire() -> None:
    with pytest.raises(BadRequest) as refused:
        check_registration("x", "short", "nothing", "555", contacts_required=False)
    assert list(refused.value.fields) == ["username", "password", "email", "phoneNumber"]
    for field, words in refused.value.fields.items():
        assert f"{field}: {words}" in refused.value.message


def test_where_texts_are_sent_the_phone_number_is_needed() -> None:
    with pytest.raises(BadRequest) as refused:
        check_registration("anna", "Passw0rd", "a@b.co", None, contacts_required=True)
    assert set(refused.value.fields) == {"phoneNumber"}
