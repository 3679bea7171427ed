"""The vault: shards and a manifest that survive a kill, and every failure of a keyring."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from keyring.backends import chainer, fail, null
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordSetError

from nim_tui.tokens import (
    MOST_SHARDS,
    SHARD_LENGTH,
    KeyringVault,
    MemoryVault,
    Vault,
    VaultProblem,
    trusted,
)
from tests.nim_tui.keyrings import DictKeyring, FailingKeyring

HERE, THERE = "https://nim.example", "embedded:/home/anna/games.db"


@pytest.fixture
def keyring() -> DictKeyring:
    return DictKeyring()


@pytest.fixture(params=["keyring", "memory"])
def vault(request: pytest.FixtureRequest, keyring: DictKeyring) -> Vault:
    return KeyringVault(keyring) if request.param == "keyring" else MemoryVault()


def test_one_entry_for_a_place_and_a_name(vault: Vault) -> None:
    vault.save(HERE, "anna", "here")
    vault.save(THERE, "anna", "there")
    vault.save(HERE, "bert", "bert's")
    assert vault.load(HERE, "anna") == "here"
    assert vault.load(THERE, "anna") == "there"
    assert vault.load(HERE, "carl") is None
    assert vault.names(HERE) == ["bert", "anna"]
    vault.save(HERE, "anna", "newer")
    assert vault.names(HERE) == ["anna", "bert"], "the latest first"
    vault.delete(HERE, "anna")
    vault.delete(HERE, "anna")
    assert vault.load(HERE, "anna") is None
    assert vault.load(THERE, "anna") == "there"
    assert vault.names(HERE) == ["bert"]


@pytest.mark.parametrize("length", [1, SHARD_LENGTH, SHARD_LENGTH + 1, 1800, 20_000])
def test_tokens_of_any_length(vault: Vault, length: int) -> None:
    token = "abcdefghij" * (length // 10 + 1)
    vault.save(HERE, "anna", token[:length])
    vault.save(HERE, "anna", token[: length + 1] if length < 20_000 else "short")
    expected = token[: length + 1] if length < 20_000 else "short"
    assert vault.load(HERE, "anna") == expected


@pytest.mark.parametrize("length", [10, 1000, 2500, 7000])
def test_of_a_replaced_token_nothing_stays_in_the_keyring(
    keyring: DictKeyring, length: int
) -> None:
    vault = KeyringVault(keyring)
    for old in (5000, 10, 2500, 4000):
        vault.save(HERE, "anna", "o" * old)
        vault.save(HERE, "anna", "n" * length)
        assert not any("oooooooooo" in kept for kept in keyring.kept.values())
        assert sum(kept.count("n" * 10) for kept in keyring.kept.values()) == length // 10


def test_too_long_a_token_is_reported(keyring: DictKeyring) -> None:
    with pytest.raises(VaultProblem, match="too long"):
        KeyringVault(keyring).save(HERE, "anna", "x" * (MOST_SHARDS * SHARD_LENGTH + 1))
    assert keyring.kept == {}


def test_deleting_leaves_nothing_behind(keyring: DictKeyring) -> None:
    vault = KeyringVault(keyring)
    for length in (5000, 10, 2500):
        vault.save(HERE, "anna", "x" * length)
    vault.delete(HERE, "anna")
    assert keyring.kept == {}


def test_a_kill_at_any_write_leaves_the_old_or_the_new(keyring: DictKeyring) -> None:
    old, new = "o" * 2500, "n" * 3500
    seen = set()
    for writes in range(40):
        keyring.kept.clear()
        keyring.stop_after = None
        vault = KeyringVault(keyring)
        vault.save(HERE, "anna", old)
        keyring.stop_after = writes
        try:
            vault.save(HERE, "anna", new)
        except KeyboardInterrupt:
            killed = True
        else:
            killed = False
        keyring.stop_after = None
        found = KeyringVault(keyring).load(HERE, "anna")
        assert found in (old, new)
        seen.add(found)
        # And the leftovers of the kill go with the entry.
        vault.delete(HERE, "anna")
        assert keyring.kept == {}
        if not killed:
            break
    else:
        pytest.fail("saving never finished")
    assert seen == {old, new}


def test_a_kill_while_deleting_leaves_the_entry_or_none(keyring: DictKeyring) -> None:
    for writes in range(10):
        keyring.kept.clear()
        keyring.stop_after = None
        vault = KeyringVault(keyring)
        vault.save(HERE, "anna", "o" * 2500)
        keyring.stop_after = writes
        try:
            vault.delete(HERE, "anna")
        except KeyboardInterrupt:
            keyring.stop_after = None
            assert KeyringVault(keyring).load(HERE, "anna") in ("o" * 2500, None)
            vault.save(HERE, "anna", "again")
            assert vault.load(HERE, "anna") == "again"
        else:
            return
    pytest.fail("deleting never finished")


@pytest.mark.parametrize(
    "damaged",
    ["", "x", "[]", "null", '["a", 1]', '["a", -1, "x"]', '["z", 1, "x"]', '["a", 9e9, "x"]'],
)
def test_a_damaged_manifest_counts_as_missing(keyring: DictKeyring, damaged: str) -> None:
    vault = KeyringVault(keyring)
    vault.save(HERE, "anna", "token")
    for key in keyring.kept:
        if "part" not in key[0]:
            keyring.kept[key] = damaged
    assert vault.load(HERE, "anna") is None
    assert vault.names(HERE) == []
    vault.save(HERE, "anna", "token")
    assert vault.load(HERE, "anna") == "token"


def test_a_lost_or_changed_shard_counts_as_missing(keyring: DictKeyring) -> None:
    vault = KeyringVault(keyring)
    vault.save(HERE, "anna", "x" * 2500)
    shard = next(key for key in keyring.kept if "session" in key[0] and "part a1" in key[0])
    keyring.kept[shard] = "y" * 1000
    assert vault.load(HERE, "anna") is None
    del keyring.kept[shard]
    assert vault.load(HERE, "anna") is None


class PyWinError(Exception):
    """What pywin32 raises: not a KeyringError, and it contains what it could not write."""


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (NoKeyringError("none"), "No system keyring found"),
        (KeyringLocked("locked"), "locked"),
        (InitError("dismissed"), "locked"),
        (PasswordSetError("full"), "refuses"),
        (PyWinError(1783, "CredWrite", "the-token"), "does not work"),
        (OSError("dbus"), "does not work"),
    ],
)
def test_every_failure_becomes_one_sentence(failure: Exception, words: str) -> None:
    vault = KeyringVault(FailingKeyring(failure))
    calls: list[Callable[[], object]] = [
        lambda: vault.load(HERE, "anna"),
        lambda: vault.save(HERE, "anna", "the-token"),
        lambda: vault.delete(HERE, "anna"),
        lambda: vault.names(HERE),
    ]
    for call in calls:
        with pytest.raises(VaultProblem, match=words) as caught:
            call()
        assert "the-token" not in str(caught.value)
        assert str(caught.value).endswith(".")


def test_backends_that_store_nothing_or_clear_text_are_refused() -> None:
    class Plaintext(DictKeyring):
        pass

    Plaintext.__module__ = "keyrings.alt.file"
    kinds: list[Any] = [fail.Keyring, null.Keyring, Plaintext, object]
    for kind in kinds:
        with pytest.raises(VaultProblem):
            trusted(kind())
    good = DictKeyring()
    assert trusted(good) is good


def test_of_a_chain_only_what_is_trusted_is_used() -> None:
    class Plaintext(DictKeyring):
        pass

    Plaintext.__module__ = "keyrings.alt.file"
    good = DictKeyring()
    for chained, chosen in (([], None), ([Plaintext()], None), ([Plaintext(), good], good)):

        class Chain(chainer.ChainerBackend):
            backends = chained

        chain: Any = Chain
        if chosen is None:
            with pytest.raises(VaultProblem):
                trusted(chain())
        else:
            assert trusted(chain()) is chosen


def test_the_systems_keyring_is_chosen_by_the_library() -> None:
    """In its own process, because the library chooses once: here a backend that fails."""
    program = (
        "from nim_tui.tokens import KeyringVault, VaultProblem\n"
        "try: KeyringVault().save('here', 'anna', 'token')\n"
        "except VaultProblem as problem: print(problem)\n"
    )
    for backend in ("keyring.backends.fail.Keyring", "no.such.Backend"):
        found = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHON_KEYRING_BACKEND": backend},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() in (
            "No system keyring found.",
            "The system keyring does not work.",
        )
        assert "token" not in found.stderr


def test_no_repr_shows_a_token(vault: Vault) -> None:
    vault.save(HERE, "anna", "the-token")
    assert "the-token" not in repr(vault)
