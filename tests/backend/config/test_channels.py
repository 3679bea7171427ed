"""The operator's mail server and ntfy server, from the environment."""

from __future__ import annotations

import pytest

from backend.config.settings import read_settings
from backend.domain.errors import BadRequest

FROM = {"NIM_EMAIL_FROM": "nim@example.com"}


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "loopback"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, False, False),
        ("smtps://mail.example.com", "mail.example.com", 465, True, False),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, False, True),
        ("smtp://[::1]:25/", "::1", 25, False, True),
        ("smtp://localhost", "localhost", 587, False, True),
    ],
)
def test_mail_servers(url: str, host: str, port: int, *, tls: bool, loopback: bool) -> None:
    server = read_settings({"NIM_SMTP_URL": url, **FROM}).smtp
    assert server is not None
    assert (server.host, server.port, server.implicit_tls) == (host, port, tls)
    assert server.on_loopback is loopback
    assert server.user is None


def test_a_password_is_read_and_never_shown() -> None:
    url = "smtp://nim%40example.com:p%2Fw%20d@mail.example.com"
    settings = read_settings(
        {"NIM_SMTP_URL": url, **FROM, "NIM_NTFY_URL": "https://a:b%40c@n.io/x/"}
    )
    assert settings.smtp is not None
    assert settings.ntfy is not None
    assert (settings.smtp.user, settings.smtp.password) == ("nim@example.com", "p/w d")
    assert (settings.ntfy.credentials, settings.ntfy.path) == ("a:b@c", "/x")
    assert "p/w d" not in repr(settings)
    assert "b@c" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"NIM_SMTP_URL": "mail.example.com", **FROM}, "NIM_SMTP_URL"),
        ({"NIM_SMTP_URL": "http://mail.example.com", **FROM}, "NIM_SMTP_URL"),
        ({"NIM_SMTP_URL": "smtp://", **FROM}, "NIM_SMTP_URL"),
        ({"NIM_SMTP_URL": "smtp://m.example.com:x", **FROM}, "NIM_SMTP_URL"),
        ({"NIM_SMTP_URL": "smtp://m.example.com/path", **FROM}, "NIM_SMTP_URL"),
        ({"NIM_SMTP_URL": "smtp://m.example.com"}, "NIM_EMAIL_FROM"),
        ({"NIM_SMTP_URL": "smtp://m.example.com", "NIM_EMAIL_FROM": "nim"}, "NIM_EMAIL_FROM"),
        ({"NIM_NTFY_URL": "ntfy.example.com"}, "NIM_NTFY_URL"),
        ({"NIM_NTFY_URL": "https://n.example.com/?x"}, "NIM_NTFY_URL"),
        ({"NIM_NTFY_URL": "ftp://n.example.com"}, "NIM_NTFY_URL"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, str], name: str) -> None:
    with pytest.raises(BadRequest) as wrong:
        read_settings(values)
    assert wrong.value.message.startswith(name)
