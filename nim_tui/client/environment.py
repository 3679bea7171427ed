"""Which environment variable, or the address, keeps httpx from making connections.

httpx reads its variables when a client is made, and raises errors of many kinds that do not say
which one is wrong. Values are never shown: a proxy's may hold a password.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import httpx

from nim_tui.text.sanitize import clean

_URL_WIDTH = 80
_END = "Correct it or unset it."
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def certificate_problem(environ: Mapping[str, str]) -> str | None:
    """What is wrong with the variable that says where certificates are; None when nothing is."""
    file, folders = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if file:
        if _fails(lambda: _context().load_verify_locations(cafile=file)):
            return f"SSL_CERT_FILE does not name a readable file of certificates. {_END}"
        return None
    # OpenSSL passes over folders that are not there, and then trusts nobody.
    if folders and not any(_is_folder(folder) for folder in folders.split(":")):
        return f"SSL_CERT_DIR does not name a folder of certificates. {_END}"
    return None


def problem(url: str, environ: Mapping[str, str]) -> str:
    """What keeps a client for the server at `url` from being made, in a sentence."""
    shown = clean(url, _URL_WIDTH)
    if _fails(lambda: httpx.URL(url).host):
        return f"{shown} is not an address that can be connected to. Check it."
    return (
        certificate_problem(environ)
        or next(other_problems(environ), None)
        or f"No connection to {shown} can be prepared. Check the network settings of this computer."
    )


def other_problems(environ: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the variables that name proxies, and a file for keys."""
    keys = environ.get("SSLKEYLOGFILE")
    if keys and _fails(lambda: setattr(_context(), "keylog_filename", keys)):
        yield f"SSLKEYLOGFILE does not name a file that can be written. {_END}"
    for name, value in environ.items():
        if name.lower() in _PROXIES and value and _fails(partial(_proxied, value)):
            if value.lower().startswith("socks"):
                yield f"{name} names a SOCKS proxy, and only HTTP proxies are supported. {_END}"
            else:
                yield f"{name} is not the address of a proxy. {_END}"
    for name, value in environ.items():
        if name.lower() == "no_proxy" and value:
            yield f"{name} has an entry that is not a host's name. {_END}"


def _proxied(value: str) -> httpx.AsyncHTTPTransport:
    """As httpx does with the value of a variable."""
    proxy = httpx.Proxy(value if "://" in value else f"http://{value}")
    return httpx.AsyncHTTPTransport(verify=_context(), proxy=proxy)


def _context() -> ssl.SSLContext:
    """A context that has read nothing from the environment."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _fails(step: Callable[[], object]) -> bool:
    try:
        step()
    except Exception:  # noqa: BLE001 (what httpx raises here is of many kinds)
        return True
    return False
