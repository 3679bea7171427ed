"""`nim-backend users` as it is typed, on a SQLite file beside a server."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest

from backend.bootstrap import embedded
from backend.domain.credentials import password_problem
from backend.domain.errors import SignInIncomplete, WrongPassword
from backend.domain.people import Registration, Session
from backend.entrypoints.cli import main
from backend.entrypoints.users import confirmed, printable
from backend.service.commands import Invite

PASSWORD = "Passw0rdX"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "games.db"


def run(path: Path, *words: str) -> int:
    """The command's exit status."""
    return main(["users", *words, "--store", f"sqlite:{path}"])


def sign_in(path: Path, name: str, password: str, new: str | None = None) -> Session:
    """A session from another process's point of view."""

    async def work() -> Session:
        backend = embedded(path)
        try:
            return await backend.service.sign_in(name, password, new)
        finally:
            await backend.close()

    return asyncio.run(work())


def one_time_password(output: str) -> str:
    """The password that was shown, once."""
    (line,) = [line for line in output.splitlines() if line.startswith("One-time password: ")]
    return line.removeprefix("One-time password: ")


def test_an_added_account_signs_in_with_its_one_time_password(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(path, "add", "anna") == 0
    output = capsys.readouterr().out
    once = one_time_password(output)
    assert output.count(once) == 1
    assert password_problem(once) is None
    with pytest.raises(SignInIncomplete):
        sign_in(path, "anna", once)
    sign_in(path, "anna", once, PASSWORD)
    sign_in(path, "anna", PASSWORD)


def test_a_reset_replaces_the_password(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(path, "add", "anna")
    sign_in(path, "anna", one_time_password(capsys.readouterr().out), PASSWORD)
    assert run(path, "reset", "ANNA") == 0
    once = one_time_password(capsys.readouterr().out)
    with pytest.raises(WrongPassword):
        sign_in(path, "anna", PASSWORD)
    sign_in(path, "anna", once, "Another1Pass")


def test_the_list_is_one_account_a_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(path, "list") == 0
    empty = capsys.readouterr()
    assert empty.out == ""
    assert "users add NAME" in empty.err
    run(path, "add", "bert")
    run(path, "add", "Anna")
    capsys.readouterr()
    assert run(path, "list") == 0
    assert capsys.readouterr().out == "Anna\t-\t-\nbert\t-\t-\n"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("add", "ANNA"), 1, "taken"),
        (("add", "a"), 2, "4 to 20"),
        (("add", "[/]\x1b[2J"), 2, "4 to 20"),
        (("reset", "nobody"), 1, "Nobody here"),
        (("reset", "\x1b[2J"), 1, "Nobody here"),
        (("delete", "nobody", "--yes"), 1, "Nobody here"),
    ],
)
def test_what_cannot_be_done_is_one_plain_line(
    path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, says: str
) -> None:
    run(path, "add", "anna")
    capsys.readouterr()
    assert run(path, *words) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    "words", [("users",), ("users", "ad"), ("users", "add"), ("users", "list", "x")]
)
def test_wrong_usage_is_reported_as_such(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(words)
    assert refused.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_is_not_a_database_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Anna, " * 1000)
    assert run(path, "list") == 4
    assert capsys.readouterr().err.count("\n") == 1
    assert path.read_text().startswith("Dear Anna")


def test_a_deleted_accounts_open_games_end_as_resigned(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def play() -> str:
        backend = embedded(path)
        try:
            for name in ("anna", "bert"):
                form = Registration(name, PASSWORD, f"{name}@example.com", None)
                await backend.service.people.register(form)
            return (await backend.service.create("anna", Invite(opponent="bert"))).game_id
        finally:
            await backend.close()

    async def ending(game_id: str) -> tuple[str | None, str | None]:
        backend = embedded(path)
        try:
            game = await backend.service.game("anna", game_id)
            return game.ended_by, game.winner
        finally:
            await backend.close()

    game_id = asyncio.run(play())
    assert run(path, "delete", "BERT", "--yes") == 0
    assert "deleted" in capsys.readouterr().out
    assert asyncio.run(ending(game_id)) == ("resign", "anna")
    with pytest.raises(WrongPassword):
        sign_in(path, "bert", PASSWORD)


def test_deleting_asks_first_and_without_an_answer_does_nothing(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(path, "add", "anna")
    for answer in ("", "\n", "no\n", "yep\n"):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert run(path, "delete", "anna") == 1
        assert "not deleted" in capsys.readouterr().err
    run(path, "list")
    assert capsys.readouterr().out.startswith("anna")
    monkeypatch.setattr("sys.stdin", io.StringIO("Y\n"))
    assert run(path, "delete", "anna") == 0


def test_the_question_names_whom_and_cannot_steer_the_terminal() -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "yes"

    assert confirmed("anna\x1b[2J\u202e", answer)
    assert "anna[2J?" in asked[0]
    assert asked[0].isprintable()
    assert printable("\x1b]0;x\x07ok\n") == "]0;xok"


def test_keys_are_listed_named_and_removed(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def remember() -> None:
        backend = embedded(path)
        assert backend.keys is not None
        await backend.keys.remember("anna", "SHA256:one", "laptop")
        await backend.close()

    assert run(path, "add", "Anna") == 0
    asyncio.run(remember())
    capsys.readouterr()
    assert run(path, "keys", "anna") == 0
    line = capsys.readouterr().out
    assert line.startswith("SHA256:one\tlaptop\tadded 20")
    assert line.endswith("\tnever used\n")
    assert run(path, "keys", "anna", "--rename", "SHA256:one", "work") == 0
    assert "\twork\t" in capsys.readouterr().out
    assert run(path, "keys", "anna", "--remove", "SHA256:two") == 2
    assert "no such key" in capsys.readouterr().err
    assert run(path, "keys", "anna", "--remove", "SHA256:one") == 0
    assert run(path, "keys", "anna") == 0
    assert capsys.readouterr().out == ""
    assert run(path, "keys", "carl") == 1
