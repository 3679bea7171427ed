"""The place used last, and servers by name: `places.toml`, which people may edit.

The stack that `nim-backend aws deploy` has saved (`aws.json`, beside it) is the server `aws`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.user_files import (
    NoHome,
    Unreadable,
    config_folder,
    parse_toml,
    read_text,
    write_whole,
)

_HEADER = (
    "# Where nim-tui plays: the place used last, and servers by name (nim-tui --server NAME).\n"
)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to play: exactly one of `server`, `data` and `aws`."""

    server: str | None = None
    insecure: bool = False
    data: str | None = None
    aws: bool = False
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The remembered places. `problem` says what is wrong with the file; None when it is fine."""

    last: Place | None = None
    servers: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    def url_of(self, text: str) -> str:
        """The URL of the server with this name; if there is none, the text itself."""
        return self.servers.get(text, text)


def places_path() -> Path:
    """The file in the platform's folder for the user's configuration."""
    return config_folder() / "places.toml"


def load_places(path: Path | None = None) -> Places:
    """What is remembered, and in `problem` why it is not."""
    try:
        path = path or places_path()
    except NoHome:
        return Places()
    deployed = _deployed(path.with_name("aws.json"))
    try:
        found = parse_toml(read_text(path) or "", path)
    except Unreadable as error:
        return Places(problem=f"{error}. Correct it, or move it away.")
    servers = found.get("servers")
    named = servers if isinstance(servers, dict) else {}
    last = _place(found["last"]) if "last" in found else None
    problem = None
    if "last" in found and last is None:
        problem = f"{path}: [last] does not lead to one place. Correct it, or remove it."
    return Places(
        last,
        deployed | {name: url for name, url in named.items() if isinstance(url, str)},
        problem,
    )


def remember(place: Place, path: Path | None = None) -> None:
    """Store the place as the one used last, and a server under its host's name.

    A file that cannot be read or written is left alone: nothing depends on it.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        path = path or places_path()
        text = read_text(path)
        text = _HEADER if text is None else text
        document = tomlkit.parse(text)
        last = tomlkit.table()
        for name in Place.__slots__:
            value = getattr(place, name)
            if value:
                last[name] = value
        if document.get("last") != last:
            document["last"] = last
        if place.server is not None:
            _remember_server(document, place.server)
        if (new := tomlkit.dumps(document)) != text:
            write_whole(path, new)
    except (NoHome, Unreadable, TOMLKitError, ValueError, RecursionError, OSError):
        return


def _deployed(path: Path) -> dict[str, str]:
    """The API of the user's own stack under its name; empty without a stack."""
    try:
        saved = json.loads(read_text(path) or "null")
    except (Unreadable, ValueError, RecursionError):
        return {}
    url = saved.get("BASE_URL") if isinstance(saved, dict) else None
    return {"aws": url} if isinstance(url, str) and url else {}


def _remember_server(document: Any, url: str) -> None:
    """Add the server under its host's name, unless it already has a name.

    A second server on the same host gets its port as a suffix.
    """
    known = document.setdefault("servers", {})
    parts = urlsplit(url)
    if not isinstance(known, dict) or url in known.values():
        return
    port = parts.port or (443 if parts.scheme == "https" else 80)
    for name in (parts.hostname or "", f"{parts.hostname}-{port}"):
        if name not in known and _NAME.fullmatch(name):
            known[name] = url
            return


def _place(found: object) -> Place | None:
    """The place in the file's table; None unless it is exactly one."""
    if not isinstance(found, dict):
        return None

    def text(name: str) -> str | None:
        value = found.get(name)
        return value if isinstance(value, str) and value and value.isprintable() else None

    place = Place(
        server=text("server"),
        insecure=found.get("insecure") is True,
        data=text("data"),
        aws=found.get("aws") is True,
        region=text("region"),
        profile=text("profile"),
    )
    kinds = (place.server is not None, place.data is not None, place.aws)
    return place if sum(kinds) == 1 else None
