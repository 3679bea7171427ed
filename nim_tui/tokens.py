"""Where sessions are stored between two starts: refresh tokens, in the system keyring.

Only the refresh token is stored, one entry for each (place, username). It never goes to a file or
a log, and no `repr` shows it.

An entry is written in shards of at most 1000 characters, because Windows allows 1280. The shards
are written first, then the manifest with their number and hash: a kill in between leaves the
former entry valid. Two sets of shards alternate, so that a new one never overwrites the one that
the manifest still names.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import Protocol, cast

SERVICE = "nim-tui"
SHARD_LENGTH = 1000
# Cognito's refresh tokens have about 1800 characters.
MOST_SHARDS = 20
_MOST_NAMES = 100
_SETS = ("a", "b")

# What people choose where there is none; it need not be imported for that, which takes 0.1 s.
_NO_KEYRING = ("keyring.backends.fail.Keyring", "keyring.backends.null.Keyring")
_NOT_FOUND = "No system keyring found."
DOES_NOT_WORK = "The system keyring does not work."


class VaultProblem(Exception):
    """The vault cannot be used; the message is one sentence for people."""


class Vault(Protocol):
    """Refresh tokens by place and username. The calls may block, so run them in a thread.

    Each of them may raise VaultProblem.
    """

    def load(self, place: str, username: str) -> str | None:
        """The stored token, or None."""

    def save(self, place: str, username: str, token: str) -> None:
        """Store a token, replacing the former one."""

    def delete(self, place: str, username: str) -> None:
        """Remove the token; a missing one is not an error."""

    def names(self, place: str) -> list[str]:
        """Who has a session in this place, the latest sign-in first."""


@dataclass(slots=True)
class MemoryVault:
    """Sessions that last until the process ends."""

    _kept: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)

    def load(self, place: str, username: str) -> str | None:
        return self._kept.get((place, username))

    def save(self, place: str, username: str, token: str) -> None:
        self._kept.pop((place, username), None)
        self._kept[place, username] = token

    def delete(self, place: str, username: str) -> None:
        self._kept.pop((place, username), None)

    def names(self, place: str) -> list[str]:
        return [name for kept, name in reversed(self._kept) if kept == place]


class Keyring(Protocol):
    """The part of a backend of the keyring library that we use."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Manifest:
    which: str
    shards: int
    hash: str


class KeyringVault:
    """Sessions in the keyring of the operating system; `keyring` overrides which one."""

    def __init__(self, keyring: Keyring | None = None) -> None:
        self._keyring = keyring

    def __repr__(self) -> str:
        return "<KeyringVault>"

    def load(self, place: str, username: str) -> str | None:
        return self._read(place, f"session of {username}")

    def save(self, place: str, username: str, token: str) -> None:
        self._write(place, f"session of {username}", token)
        names = self.names(place)
        if not names or names[0] != username:
            self._write_names(place, [username, *(name for name in names if name != username)])

    def delete(self, place: str, username: str) -> None:
        self._erase(place, f"session of {username}")
        names = self.names(place)
        if username in names:
            self._write_names(place, [name for name in names if name != username])

    def names(self, place: str) -> list[str]:
        text = self._read(place, "players")
        try:
            names = json.loads(text or "[]")
        except (ValueError, RecursionError):
            return []
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def backend_name(self) -> str:
        """What people call the keyring that is used. Raises: VaultProblem."""
        try:
            return str(getattr(self._backend(), "name", "") or type(self._backend()).__name__)
        except Exception as error:
            raise _problem(error) from error

    def _write_names(self, place: str, names: list[str]) -> None:
        if names:
            self._write(place, "players", json.dumps(names[:_MOST_NAMES]))
        else:
            self._erase(place, "players")

    def _read(self, place: str, entry: str) -> str | None:
        manifest = self._manifest(place, entry)
        if manifest is None:
            return None
        shards = [
            self._get(place, _part(entry, manifest.which, number))
            for number in range(manifest.shards)
        ]
        text = "".join(shard or "" for shard in shards)
        # A partial entry is useless: another process's write, or a keyring that lost a shard.
        return text if _hash(text) == manifest.hash else None

    def _write(self, place: str, entry: str, text: str) -> None:
        old = self._manifest(place, entry)
        which = _SETS[1] if old is not None and old.which == _SETS[0] else _SETS[0]
        shards = [text[at : at + SHARD_LENGTH] for at in range(0, len(text), SHARD_LENGTH)]
        if len(shards) > MOST_SHARDS:
            raise VaultProblem("This session is too long for the system keyring.")
        for number, shard in enumerate(shards):
            self._set(place, _part(entry, which, number), shard)
        self._set(place, entry, json.dumps([which, len(shards), _hash(text)]))
        if old is not None:
            self._drop_parts(place, entry, old.which, old.shards)

    def _erase(self, place: str, entry: str) -> None:
        # All parts, including those of an interrupted write; the manifest last, so that a kill in
        # between leaves no secret that is never found again.
        for which in _SETS:
            parts = 0
            while parts < MOST_SHARDS and self._get(place, _part(entry, which, parts)) is not None:
                parts += 1
            self._drop_parts(place, entry, which, parts)
        self._drop(place, entry)

    def _drop_parts(self, place: str, entry: str, which: str, parts: int) -> None:
        # Last to first: what a kill leaves behind is found again by counting from 0.
        for number in reversed(range(parts)):
            self._drop(place, _part(entry, which, number))

    def _manifest(self, place: str, entry: str) -> _Manifest | None:
        text = self._get(place, entry)
        try:
            match json.loads(text or "null"):
                case [str(which), int(shards), str(digest)] if (
                    which in _SETS and 0 < shards <= MOST_SHARDS
                ):
                    return _Manifest(which, shards, digest)
        except (ValueError, RecursionError):
            pass  # not ours, or damaged: treated as missing
        return None

    def _get(self, place: str, key: str) -> str | None:
        try:
            found: object = self._backend().get_password(_service(place, key), SERVICE)
        except Exception as error:
            raise _problem(error) from error
        if found is None or (isinstance(found, str) and _is_text(found)):
            return found
        raise VaultProblem(DOES_NOT_WORK)

    def _set(self, place: str, key: str, value: str) -> None:
        try:
            self._backend().set_password(_service(place, key), SERVICE, value)
        except Exception as error:
            raise _problem(error) from error

    def _drop(self, place: str, key: str) -> None:
        from keyring.errors import PasswordDeleteError

        try:
            self._backend().delete_password(_service(place, key), SERVICE)
        except PasswordDeleteError:
            return  # it did not exist
        except Exception as error:
            raise _problem(error) from error

    def _backend(self) -> Keyring:
        if self._keyring is None:
            if os.environ.get("PYTHON_KEYRING_BACKEND") in _NO_KEYRING:
                raise VaultProblem(_NOT_FOUND)
            _spare_other_systems()
            import keyring

            self._keyring = trusted(keyring.get_keyring())
        return self._keyring


def _spare_other_systems() -> None:
    """Keep the library from preparing the keychain of macOS elsewhere.

    It imports every backend that it knows, and this part of one looks for the system's libraries
    with a process of its own, for a third of the time that the search for a keyring takes.
    """
    if sys.platform != "darwin":
        modules = cast("dict[str, ModuleType | None]", sys.modules)
        modules.setdefault("keyring.backends.macOS.api", None)  # None: it cannot be imported


def trusted(backend: object) -> Keyring:
    """The backend to use, out of what the keyring library offers.

    Raises:
        VaultProblem: it stores nothing, or in clear text (`keyrings.alt`).

    """
    from keyring.backend import KeyringBackend
    from keyring.backends import chainer, fail, null

    candidates = backend.backends if isinstance(backend, chainer.ChainerBackend) else [backend]
    for candidate in candidates:
        if not isinstance(candidate, KeyringBackend):
            continue
        # `keyrings.*` are the library's extras: files in clear text, or prompts on the terminal.
        extra = type(candidate).__module__.startswith("keyrings.")
        if not extra and not isinstance(candidate, fail.Keyring | null.Keyring):
            return candidate
    raise VaultProblem(_NOT_FOUND)


def _problem(error: Exception) -> VaultProblem:
    """A keyring's failure as a sentence. On Windows it may be any kind of exception."""
    if isinstance(error, VaultProblem):
        return error
    from keyring import errors

    match error:
        case errors.NoKeyringError():
            return VaultProblem(_NOT_FOUND)
        case errors.KeyringLocked() | errors.InitError():
            return VaultProblem("The system keyring is locked.")
        case errors.PasswordSetError():
            return VaultProblem("The system keyring refuses to store the session.")
    return VaultProblem(DOES_NOT_WORK)


def _is_text(found: str) -> bool:
    """Whether it can be sent: a keyring may answer with halves of surrogate pairs."""
    return not any("\ud800" <= char <= "\udfff" for char in found)


def _part(entry: str, which: str, number: int) -> str:
    return f"{entry}, part {which}{number}"


def _service(place: str, key: str) -> str:
    """One name for each part: Windows stores one credential per name, whatever the user."""
    return f"{SERVICE}: {key}, at {place}"


def _hash(text: str) -> str:
    import hashlib  # here: with OpenSSL, which most starts do without

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
