"""`--log`: what is in the file, what is not, and who can read it."""

from __future__ import annotations

import logging
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from nim_tui.cli import run
from nim_tui.client import NimClient
from nim_tui.client.errors import Unreachable
from nim_tui.log import PrivateLines, open_log
from nim_tui.text import private
from nim_tui.text.private import GONE, Secrets
from tests.nim_tui.shell.stage import Shell
from tests.support import free_port

PASSWORD, NEW_PASSWORD = "Pa55 word, short!", "N3w p@ss/word?"
EMAIL, PHONE = "alice.b@mail.example.org", "+15555550123"
SECRETS_OF_ALICE = (PASSWORD, NEW_PASSWORD, EMAIL, PHONE, "5555550123")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of everything, at the root of logging."""
    monkeypatch.setattr(private, "SECRETS", secrets := Secrets())
    for module in ("log", "client.connection", "client.http"):
        monkeypatch.setattr(f"nim_tui.{module}.SECRETS", secrets)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    path = tmp_path / "client.log"
    open_log(path, "debug")
    monkeypatch.setattr(logging, "raiseExceptions", True)
    yield path
    logging.captureWarnings(capture=False)
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        assert isinstance(handler, logging.StreamHandler)
        handler.stream.close()
    root.setLevel(level)


def assert_nothing_private(path: Path, *more: str) -> str:
    text = path.read_text("utf-8")
    for secret in (*SECRETS_OF_ALICE, *more):
        assert secret not in text
    assert "eyJ" not in text
    return text


async def test_every_request_and_nothing_private(log: Path, tmp_path: Path) -> None:
    client = NimClient.embedded(tmp_path / "games.db")
    await client.register("alice", "Passw0rd", EMAIL, PHONE)
    with pytest.raises(Exception, match="password"):
        await client.sign_in("alice", PASSWORD)
    await client.sign_in("alice", "Passw0rd")
    token = client.refresh_token
    assert token is not None
    await client.account.show()
    await client.games()
    await client.connection.renew()
    renewed = client.refresh_token
    assert renewed is not None
    await client.close()
    text = assert_nothing_private(log, "Passw0rd", token, renewed)
    assert "POST /users: 200 in " in text
    assert "POST /login: 401 in " in text
    assert "GET /games: 200 in " in text
    assert "HTTP Request: " in text, "httpx's own logger is in it"
    assert "'route': '/games'" in text, "what the backend in this process says, too"


async def test_errors_and_their_causes(log: Path) -> None:
    """A server that is away, with secrets in the request that failed."""
    client = NimClient.http(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Unreachable):
        await client.sign_in("alice", PASSWORD, NEW_PASSWORD)
    await client.close()
    text = assert_nothing_private(log)
    assert "POST /login: no response (ConnectError)" in text
    assert "Traceback" in text
    assert all(line[:2] == "20" for line in text.splitlines()), "one line for each record"


def test_what_any_logger_says(log: Path) -> None:
    private_logger = logging.getLogger("httpcore.http11")
    private_logger.debug("send headers [(b'Authorization', b'eyJhbGciOiJ.eyJz.c2ln')]")
    private_logger.info("%s", {"email": EMAIL, "phoneNumber": PHONE})
    private_logger.info("to %s", PHONE)
    logging.getLogger("nim_tui").warning("bytes %r", f'{{"password": "{NEW_PASSWORD}"}}'.encode())
    try:
        raise ValueError(f"cannot send to {EMAIL}")
    except ValueError:
        logging.getLogger("anybody").exception("failed for %s", PHONE, stack_info=True)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"about {EMAIL}", UserWarning, stacklevel=1)
    logging.getLogger("anybody").info("\x1b[2J one\ntwo\u2028three")
    text = assert_nothing_private(log)
    assert text.count(GONE) >= 7
    assert "\x1b" not in text


def test_arguments_that_do_not_fit_are_no_fault_of_the_game() -> None:
    record = logging.makeLogRecord({"name": "x", "msg": "wrong %d", "args": (EMAIL,)})
    assert PrivateLines().format(record).endswith("x: wrong %d")


@pytest.mark.usefixtures("log")
def test_no_half_of_a_secret_is_left_where_a_record_is_cut() -> None:
    private.SECRETS.learn(PASSWORD)
    for before in range(19_980, 20_000):
        record = logging.makeLogRecord({"msg": f"{'x ' * (before // 2)}{PASSWORD}{' y' * 99}"})
        assert PASSWORD[:3] not in PrivateLines().format(record)


def test_only_its_owner_can_read_it(log: Path, tmp_path: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    open_before = tmp_path / "open.log"
    open_before.write_text("kept\n")
    open_before.chmod(0o644)
    open_log(open_before, "info")
    assert stat.S_IMODE(open_before.stat().st_mode) == 0o600
    assert open_before.read_text().startswith("kept\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--log", "no/such/folder/x.log"],
        ["games", "--log", "no/such/folder/x.log"],
        ["--log-level", "debug"],
        ["--log", "\0"],
    ],
)
def test_a_log_that_cannot_be_kept(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_subcommands_and_lines_keep_it(tmp_path: Path) -> None:
    environ = {"NIM_DATA": str(tmp_path / "games.db"), "NIM_PASSWORD": PASSWORD}
    home = Shell(tmp_path, environ, processes=True)
    log = ("--log", "client.log", "--log-level", "debug")
    options = ("--email", EMAIL, "--phone", PHONE, "--password-stdin")
    home.run("register", "alice", *options, *log, stdin="Passw0rd\n")
    home.run("games", *log, NIM_USER="alice", NIM_PASSWORD="Passw0rd")
    home.run(
        "--accessible", *log, stdin=f"games\nalice\nPassw0rd\nback\ngames\nalice\n{PASSWORD}\n"
    )
    home.run("games", *log, "--server", "http://alice:hunter22@127.0.0.1:1")
    text = assert_nothing_private(tmp_path / "client.log", "Passw0rd", "hunter22")
    assert text.count("nim-tui ") >= 4
    assert "GET /games: 200 in " in text


def test_httpx_is_told_of_by_its_address_alone(log: Path) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(transport=transport) as http:
        http.get(f"https://alice:hunter22@nim.example.com/x?token=abc123&email={EMAIL}")
    assert "hunter22" not in assert_nothing_private(log, "abc123")
