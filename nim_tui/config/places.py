"""The place used last, and places by name: `places.toml`, which people may edit.

A server by name is a line of `[servers]`, any other place a table `[places.NAME]`. The stack that
`nim-backend aws deploy` has saved (`aws.json`, beside it) is the server `aws`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from backend.user_files import (
    NoHome,
    Unreadable,
    config_folder,
    parse_toml,
    read_text,
    write_whole,
)

_HEADER = "# Where nim-tui plays: the place used last, and places by name (nim-tui --place NAME).\n"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_AWS = re.compile(r"aws(?::([a-z0-9-]{0,40})(?:/([^\s/]{1,60}))?)?")
_FILE = re.compile(r"[~./\\]|[A-Za-z]:[/\\]|.*\.(?:db|sqlite3?)$")

Kind: TypeAlias = Literal["server", "embedded", "aws"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to play: exactly one of `server`, `data` and `aws`."""

    server: str | None = None
    insecure: bool = False
    data: str | None = None
    aws: bool = False
    region: str | None = None
    profile: str | None = None

    @property
    def kind(self) -> Kind:
        """How it is reached."""
        return "server" if self.server is not None else "aws" if self.aws else "embedded"

    @property
    def address(self) -> str:
        """What `parse_address` reads: a URL, a file, or `aws`, `aws:REGION`, `aws:REGION/PROFILE`.

        An AWS profile without a region follows an empty region.
        """
        if self.kind != "aws":
            return self.server or self.data or ""
        details = (self.region or "") + (f"/{self.profile}" if self.profile else "")
        return f"aws:{details}" if details else "aws"


@dataclass(frozen=True, slots=True)
class Places:
    """The remembered places.

    Attributes:
        servers: the URLs of servers, by name.
        others: places of any kind, by name; they come before a server of the same name.
        fixed: names that are not in the file and cannot be changed there.
        problem: what is wrong with the file; None when it is fine.

    """

    last: Place | None = None
    servers: dict[str, str] = field(default_factory=dict)
    others: dict[str, Place] = field(default_factory=dict)
    fixed: frozenset[str] = frozenset()
    problem: str | None = None

    @property
    def named(self) -> dict[str, Place]:
        """Every place that has a name."""
        return {name: Place(server=url) for name, url in self.servers.items()} | self.others

    def name_of(self, place: Place) -> str | None:
        """The name of a place, if it has one."""
        return next((name for name, known in self.named.items() if known == place), None)

    def url_of(self, text: str) -> str:
        """The URL of the server with this name; if there is none, the text itself."""
        named = self.named.get(text)
        return named.server if named is not None and named.server is not None else text


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
    urls = {name: url for name, url in named.items() if isinstance(url, str)}
    tables = found.get("places")
    parsed = {
        name: _place(table)
        for name, table in (tables.items() if isinstance(tables, dict) else ())
        if _NAME.fullmatch(name)
    }
    others = {name: place for name, place in parsed.items() if place is not None}
    fixed = deployed.keys() - urls.keys() - others.keys()
    last = _place(found["last"]) if "last" in found else None
    problem = None
    if "last" in found and last is None:
        problem = f"{path}: [last] does not lead to one place. Correct it, or remove it."
    return Places(last, deployed | urls, others, frozenset(fixed), problem)


def parse_address(text: str, *, insecure: bool = False) -> Place | None:
    """The place at an address, as `Place.address` writes it; None where it is not one.

    A server's URL is not checked further than that.
    """
    if not text.strip() or not text.isprintable():
        return None
    if found := _AWS.fullmatch(text):
        return Place(aws=True, region=found[1] or None, profile=found[2])
    if "://" not in text and _FILE.match(text):
        return Place(data=str(Path(text).expanduser().absolute()))
    return Place(server=text, insecure=insecure)


def valid_name(name: str) -> bool:
    """Whether a place may have this name."""
    return _NAME.fullmatch(name) is not None


def add_place(name: str, place: Place, path: Path | None = None) -> None:
    """Give a place a name, instead of what the name meant before. Raises: Unreadable."""

    def change(document: Any) -> None:
        _drop(document, name)
        document.setdefault("places", _super_table())[name] = _table(place)

    _edit(change, path)


def rename_place(old: str, new: str, path: Path | None = None) -> None:
    """Change the name of a place that is in the file. Raises: Unreadable."""

    def change(document: Any) -> None:
        for section in ("servers", "places"):
            if old in document.get(section, {}):
                document[section][new] = document[section].pop(old)

    _edit(change, path)


def remove_place(name: str, path: Path | None = None) -> None:
    """Forget a name that is in the file. Raises: Unreadable."""
    _edit(lambda document: _drop(document, name), path)


def _drop(document: Any, name: str) -> None:
    for section in ("servers", "places"):
        if isinstance(document.get(section), dict):
            document[section].pop(name, None)


def _super_table() -> Any:
    import tomlkit

    return tomlkit.table(is_super_table=True)


def _table(place: Place) -> Any:
    import tomlkit

    table = tomlkit.table()
    for name in Place.__slots__:
        if value := getattr(place, name):
            table[name] = value
    return table


def _edit(change: Callable[[Any], None], path: Path | None) -> None:
    """Change the file, whose comments stay. Raises: Unreadable."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        path = path or places_path()
        text = read_text(path)
        document = tomlkit.parse(_HEADER if text is None else text)
        change(document)
        write_whole(path, tomlkit.dumps(document))
    except NoHome as error:
        raise Unreadable("there is no home folder to keep places in. Set HOME") from error
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise Unreadable(f"{path} is not valid TOML. Correct it") from error
    except OSError as error:
        raise Unreadable(f"{path} cannot be written. Check the file") from error


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
        last = _table(place)
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
        text = read_text(path)
        if text is None:
            return {}
        import json

        saved = json.loads(text or "null")
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
