"""`account …` as processes: what each prints, and what is refused."""

from __future__ import annotations

import pytest

from tests.nim_tui.shell.stage import PASSWORD, Shell

NEW = "Passw0rd2"


def test_a_password_is_changed_and_the_stored_session_goes_on(embedded: Shell) -> None:
    home = embedded.with_keyring()
    home.register("alice")
    home.run("login", "alice", "--password-stdin", stdin=f"{PASSWORD}\n")
    wrong = home.run(
        "account", "password", "--password-stdin", "--json", stdin=f"Wrong0rd1\n{NEW}\n"
    )
    assert wrong.error == (1, "wrong_password")
    one_line = home.run("account", "password", "--password-stdin", "--json", stdin=f"{PASSWORD}\n")
    assert one_line.error == (2, "usage")
    both = f"{PASSWORD}\n{NEW}\n"
    changed = home.run("account", "password", "--password-stdin", "--json", stdin=both)
    assert changed.json["username"] == "alice"
    assert home.run("whoami", "--json").json["username"] == "alice"
    assert home.run("whoami", "--json", NIM_USER="alice", NIM_PASSWORD=NEW).status == 0


def test_an_account_is_shown_changed_and_exported(players: tuple[Shell, Shell]) -> None:
    alice, _ = players
    shown = alice.run("account", "show", "--json").json
    assert shown == {
        "username": "alice",
        "email": "alice@example.com",
        "emailConfirmed": False,
        "phoneNumber": "+15555550100",
        "phoneConfirmed": False,
        "notices": "sms",
        "ntfyTopic": None,
        "noticeProblem": None,
    }
    assert "alice@example.com (not confirmed)" in alice.run("account", "show").out
    slashes = alice.run("account", "change", "--ntfy-topic", "a/b")
    assert (slashes.status, slashes.out) == (1, "")
    assert "without an address or slashes" in slashes.err
    options = ("--notices", "ntfy", "--ntfy-topic", "turns")
    changed = alice.run("account", "change", *options, "--json").json
    assert (changed["notices"], changed["ntfyTopic"]) == ("ntfy", "turns")
    dropped = alice.run(
        "account", "change", "--email", "none", "--password-stdin", "--json", stdin=f"{PASSWORD}\n"
    )
    assert dropped.json["email"] is None
    told = alice.run("account", "change", "--notices", "email")
    assert "your account has no e-mail address" in told.out
    assert alice.run("account", "change", "--json").error == (2, "usage")
    confirmed = alice.run("account", "confirm", "sms", "12345678", "--json")
    assert confirmed.error == (1, "wrong_code")
    exported = alice.run("account", "export", "--json").json
    assert exported["account"]["username"] == "alice"


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "for one call"])
def test_an_account_is_deleted_only_with_yes_and_its_password(
    embedded: Shell, *, stored: bool
) -> None:
    home = embedded.with_keyring()
    home.register("alice")
    player = home.as_player("alice")
    if stored:
        home.run("login", "alice", "--password-stdin", stdin=f"{PASSWORD}\n")
        player = home
    delete = ("account", "delete", "--password-stdin", "--json")
    assert player.run(*delete, stdin=f"{PASSWORD}\n").error == (2, "usage")
    assert player.run(*delete, "--yes", stdin="Wrong0rd1\n").error == (1, "wrong_password")
    assert player.run("whoami").status == 0
    assert player.run(*delete, "--yes", stdin=f"{PASSWORD}\n").json["username"] == "alice"
    assert player.run("whoami", "--json").error == (3, "not_signed_in")


def test_without_mail_nobody_can_be_let_back_in(embedded: Shell) -> None:
    assert embedded.run("account", "forgot", "alice", "--json").error == (1, "recovery_off")
    reset = ("account", "reset", "alice", "12345678", "--password-stdin", "--json")
    assert embedded.run(*reset, stdin=f"{NEW}\n").error == (1, "recovery_off")
