"""Proxies and certificates that the environment names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from nim_tui.client import environment
from nim_tui.shell.checks.base import Check, broken, ok, warning
from nim_tui.text.sanitize import clean

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def checks(environ: Mapping[str, str]) -> Iterator[Check]:
    """Look at the variables that httpx reads."""
    problems = list(environment.other_problems(environ))
    for problem in problems:
        yield _broken("proxies", problem)
    if not problems:
        named = [
            f"{name} is {_host(value)}"
            for name, value in environ.items()
            if name.lower() in _PROXIES and value
        ]
        yield ok("proxies", f"{', '.join(named)}." if named else "None.")
    if wrong := environment.certificate_problem(environ):
        yield _broken("certificates", wrong)
    elif environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR"):
        yield ok("certificates", "Those that the environment names.")
    else:
        yield ok("certificates", "The usual ones.")
    if environ.get("SSLKEYLOGFILE"):
        yield warning(
            "key log",
            "SSLKEYLOGFILE is set: whoever reads that file can read what you send.",
            "Unset it, unless you are looking for a fault.",
        )


def _broken(name: str, problem: str) -> Check:
    wrong, _, todo = problem.partition(". ")
    return broken(name, f"{wrong}.", todo)


def _host(proxy: str) -> str:
    """A proxy without the name and the password in it."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        port = f":{parts.port}" if parts.port else ""
        return clean(f"{parts.hostname or '?'}{port}", 60)
    except ValueError:
        return "?"
