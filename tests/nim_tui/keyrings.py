"""Keyrings that work, and keyrings that fail in different ways."""

from __future__ import annotations

import threading
from typing import cast

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class DictKeyring(KeyringBackend):
    """A keyring that works. After `stop_after` writes the process counts as killed."""

    # The library does not choose it by itself: tests pass it explicitly.
    priority = 0.5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.stop_after: int | None = None

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._count()
        assert len(password) <= 1280, "Windows allows no more"
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._count()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("No such password!")
        del self.kept[service, username]

    def _count(self) -> None:
        if self.stop_after is not None:
            if self.stop_after == 0:
                raise KeyboardInterrupt("killed")
            self.stop_after -= 1


class FailingKeyring(KeyringBackend):
    """A keyring that always fails in the same way."""

    priority = 0.5

    def __init__(self, failure: BaseException) -> None:
        self.failure = failure

    def get_password(self, service: str, username: str) -> str | None:
        raise self.failure

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.failure

    def delete_password(self, service: str, username: str) -> None:
        raise self.failure


class OddKeyring(KeyringBackend):
    """A keyring that answers what no keyring should."""

    priority = 0.5

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def get_password(self, service: str, username: str) -> str | None:
        return cast("str | None", self.answer)

    def set_password(self, service: str, username: str, password: str) -> None:
        return

    def delete_password(self, service: str, username: str) -> None:
        return


class HangingKeyring(KeyringBackend):
    """A keyring that does not respond until `release` is set."""

    priority = 0.5

    def __init__(self) -> None:
        self.release = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.release.wait()
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.release.wait()

    def delete_password(self, service: str, username: str) -> None:
        self.release.wait()
