"""What is private is taken out of every text, however it is written."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nim_tui.text.private import GONE, Secrets

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
REFRESH = "kR3xQ9-vT7_mN2pL8wZ5yB1cD4fG6hJ0aS"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"authorization: {TOKEN}", TOKEN),
        (f"Bearer {REFRESH}", REFRESH),
        (f"refresh with {REFRESH} failed", REFRESH),
        ("[(b'Authorization', b'Basic dXNlcjpwdw==')]", "dXNlcjpwdw=="),
        ('{"password": "Sh0rt!pw"}', "Sh0rt!pw"),
        ("'newPassword': 'Sh0rt!pw'", "Sh0rt!pw"),
        ("https://alice:Sh0rt!pw@nim.example.com/x", "Sh0rt!pw"),
        ("a text to +15555550100 failed", "+15555550100"),
        ("number=%2B15555550100&x", "15555550100"),
        ("mail to alice.b+nim@mail.example.org bounced", "alice.b+nim@mail.example.org"),
        ("X-Amz-Signature=0a1b2c3d&X", "0a1b2c3d"),
        ("AKIDEXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG"),
    ],
)
def test_forms(text: str, secret: str) -> None:
    told = Secrets().without(text)
    assert secret not in told
    assert GONE in told


def test_what_is_not_private_stays() -> None:
    for text in (
        "GET /games/k3f456789abcdefg: 200 in 3 ms",
        'HTTP Request: POST http://127.0.0.1:8000/login "HTTP/1.1 200 OK"',
        "nim-tui 1.0.0, Python 3.11.7, Linux-6.1.0-13-amd64-x86_64-with-glibc2.36",
        "2026-11-30T00:41:00.123Z INFO nim_tui.client.http: bobby took 3",
    ):
        assert Secrets().without(text) == text


@given(st.text(min_size=4, max_size=20).filter(lambda text: not text.isspace()))
def test_a_known_secret_is_found_however_it_is_written(secret: str) -> None:
    known = Secrets()
    known.on = True
    known.learn(secret)
    for written in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")):
        assert written not in known.without(f"<{written}>") or written in GONE


def test_the_environment() -> None:
    known = Secrets()
    known.on = True
    known.learn_environment(
        {
            "NIM_PASSWORD": "plain words", "AWS_SECRET_ACCESS_KEY": "abcd/efgh",
            "HTTPS_PROXY": "http://alice:pr%40xy@proxy.example:3128", "HOME": "/home/alice",
        }
    )  # fmt: skip
    told = known.without("plain words abcd/efgh pr%40xy pr@xy /home/alice")
    assert told == " ".join([*([GONE] * 4), f"/home/{GONE}"])


@pytest.mark.parametrize("text", ["!", "a.b+", "a@", "://a", "password='", "Aa1/", "+1555"])
def test_a_long_text_takes_no_long_time(text: str) -> None:
    began = time.process_time()
    Secrets().without(text * (20_000 // len(text)))
    assert time.process_time() - began < 1


def test_nothing_is_kept_without_a_log() -> None:
    off = Secrets()
    off.learn("plain words")
    assert off.without("plain words") == "plain words"
