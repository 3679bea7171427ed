"""`doctor`: what it finds, what it says to do, and what it never says."""

from __future__ import annotations

import json
import os
import time
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from keyring.errors import KeyringLocked

from nim_tui.client import CannotOpen, NimClient
from nim_tui.client.transports import DirectAwsTransport, ServerTransport
from nim_tui.config.places import Place, add_place
from nim_tui.paint import Depth
from nim_tui.shell.checks import cloud as cloud_checks
from nim_tui.shell.checks import files, network, servers, sessions
from nim_tui.shell.checks import terminal as terminals
from nim_tui.shell.checks.base import Check
from nim_tui.terminal.capabilities import Terminal
from nim_tui.tokens import KeyringVault
from tests.aws_engines import Cloud
from tests.nim_tui.client.sockets import Talk, says, server, tls_of
from tests.nim_tui.keyrings import DictKeyring, FailingKeyring
from tests.nim_tui.shell.stage import Result, Shell, served
from tests.support import free_port


def named(result: Result) -> dict[str, dict[str, Any]]:
    """The checks of a document by their names, each of which is there once."""
    checks = json.loads(result.out)["checks"]
    for check in checks:
        assert set(check) == {"name", "state", "detail", "todo"}
        assert check["state"] in ("ok", "warning", "broken")
        assert check["detail"]
        assert bool(check["todo"]) == (check["state"] != "ok"), check
    names = [check["name"] for check in checks]
    assert len(set(names)) == len(names)
    broken = any(check["state"] == "broken" for check in checks)
    assert result.status == (1 if broken else 0)
    assert result.err == ""
    return {check["name"]: check for check in checks}


def test_a_place_on_this_computer(embedded: Shell) -> None:
    found = named(embedded.run("doctor", "--json"))
    assert {"terminal", "keyring", "place", "clock", "disk", "proxies"} <= found.keys()
    assert found["place"]["state"] == "ok"
    assert "will be made" in found["place"]["detail"]
    assert not (embedded.folder / "games.db").exists(), "looking makes nothing"
    embedded.register("alice")
    assert "read and written" in named(embedded.run("doctor", "--json"))["place"]["detail"]


def test_a_server_and_one_that_is_away(tmp_path: Path) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    with served(tmp_path) as url:
        home = Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path), "BASE_URL": url})
        path = tmp_path / "nim-tui" / "places.toml"
        add_place("away", Place(server=away), path)
        add_place("here", Place(server=url), path)
        add_place("odd", Place(server="http://alice:hunter22@nim.example.com"), path)
        found = named(home.run("doctor", "--json"))
        assert found["place"]["state"] == "ok"
        assert "nim-tui " in found["place"]["detail"]
        assert found["clock"]["state"] == "ok"
        assert found["place away"]["state"] == "broken"
        assert found["place odd"]["state"] == "broken"
        assert "place here" not in found, "it is the place in use"


def test_a_broken_file_of_places_is_told_and_the_rest_too(tmp_path: Path) -> None:
    home = Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path)})
    (tmp_path / "nim-tui").mkdir()
    (tmp_path / "nim-tui" / "places.toml").write_text("[last\n")
    found = named(home.run("doctor", "--json"))
    assert found["places"]["state"] == "broken"
    assert "keyring" in found


def test_nothing_secret_is_printed(tmp_path: Path) -> None:
    secrets = {
        "NIM_PASSWORD": "plain words", "AWS_SECRET_ACCESS_KEY": "sEcr3tKey/abc",
        "AWS_SESSION_TOKEN": "t0kenOfASession", "HTTPS_PROXY": "http://alice:pr0xypw@proxy:3128",
        "ALL_PROXY": "socks5://bob:s0ckspw@proxy:1080", "SSL_CERT_FILE": "/no/f1lepw",
        "NIM_SMTP_URL": "smtps://m:m4ilpw@mail", "NIM_USER": "alice",
    }  # fmt: skip
    home = Shell(tmp_path, {"XDG_CONFIG_HOME": str(tmp_path), **secrets})
    path = tmp_path / "nim-tui" / "places.toml"
    add_place("odd", Place(server="https://carol:urlpw77@127.0.0.1:1/x?token=qu3ry"), path)
    add_place("cloud", Place(aws=True, region="us-east-1"), path)
    place = "https://dave:argpw88@127.0.0.1:1"
    for options in (("--json", "--data", "games.db"), ("--server", place)):
        found = home.run("doctor", *options, AWS_ENDPOINT_URL="http://127.0.0.1:1")
        assert found.status == 1
        for word in (
            "plain words", "sEcr3tKey", "t0kenOfASession", "pr0xypw", "s0ckspw", "f1lepw", "m4ilpw",
            "urlpw77", "argpw88", "qu3ry",
        ):  # fmt: skip
            assert word not in found.out + found.err


def test_in_a_pipe_it_is_a_line_for_each_check(embedded: Shell) -> None:
    lines = embedded.run("doctor").out.splitlines()
    assert all(len(line.split("\t")) == 4 for line in lines)


# -- each look ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew", "state"), [(0, "ok"), (59, "ok"), (-300, "warning"), (90_000, "warning")]
)
def test_the_clocks(skew: float, state: str) -> None:
    now = 1_800_000_000.0
    check = servers.clock("clock", formatdate(now + skew, usegmt=True), now)
    assert check.state == state
    if skew == -300:
        assert "300 seconds ahead" in check.detail


@pytest.mark.parametrize("date", ["", "yesterday", "9" * 400])
def test_a_server_without_a_time(date: str) -> None:
    assert servers.clock("clock", date, 0.0).state == "warning"


async def looked(path: Path) -> dict[str, Check]:
    return {check.name: check async for check in files.checks(path, "")}


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    path.write_text("not a database, but long enough to look like something else" * 9)
    assert (await looked(path))["place"].state == "broken"
    assert (await looked(path / "below.db"))["place"].state == "broken"
    assert (await looked(tmp_path))["place"].state == "broken"


async def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told by the system; root, which tests may be, can write everywhere."""
    monkeypatch.setattr("os.access", lambda path, mode: False)
    found = (await looked(tmp_path / "games.db"))["place"]
    assert found.state == "broken"
    assert "folder" in (found.todo or "")


async def test_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"server:/x {tmp_path} nfs4 rw 0 0\n/dev/sda1 / ext4 rw 0 0\n")
    monkeypatch.setattr(files, "_MOUNTS", mounts)
    on_network = (await looked(tmp_path / "games.db"))["disk"]
    assert on_network.state == "warning"
    assert "nfs4" in on_network.detail
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\n")
    assert (await looked(tmp_path / "games.db"))["disk"].state == "ok"
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000))
    assert (await looked(tmp_path / "games.db"))["disk"].state == "broken"


async def test_a_clock_behind_the_last_write(tmp_path: Path) -> None:
    path = tmp_path / "games.db"
    path.touch()
    os.utime(path, (time.time() + 5_000, time.time() + 5_000))
    assert (await looked(path))["clock"].state == "warning"


@pytest.mark.parametrize(
    ("environ", "name", "state"),
    [
        ({}, "proxies", "ok"),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "proxies", "ok"),
        ({"https_proxy": "socks5://proxy"}, "proxies", "broken"),
        ({"SSL_CERT_FILE": "/no/such/file"}, "certificates", "broken"),
        ({"SSLKEYLOGFILE": "/tmp/keys"}, "key log", "warning"),
    ],
)
def test_the_network(environ: dict[str, str], name: str, state: str) -> None:
    found = {check.name: check for check in network.checks(environ)}
    assert found[name].state == state
    assert bool(found[name].todo) == (state != "ok")


async def test_the_keyring() -> None:
    for keyring, state in ((DictKeyring(), "ok"), (FailingKeyring(KeyringLocked()), "broken")):
        assert (await sessions.check(KeyringVault(keyring))).state == state
    assert (await sessions.check()).state == "warning", "the tests' own has none"


def test_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((49, 30)))
    found = {c.name: c for c in terminals.checks({"TERM": "dumb"}, Terminal(Depth.NONE, False))}
    assert {check.state for check in found.values()} == {"warning"}
    assert "50 by 16" in (found["terminal"].todo or "")
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((80, 24)))
    found = {c.name: c for c in terminals.checks({"TERM": "xterm-256color"}, Terminal())}
    assert {check.state for check in found.values()} == {"ok"}
    monkeypatch.setattr(terminals, "_tmux", lambda option: "on" * (option == "focus-events"))
    found = {c.name: c for c in terminals.checks({"TERM": "tmux", "TMUX": "x"}, Terminal())}
    assert "allow-passthrough" in (found["tmux"].todo or "")
    assert "focus-events" not in (found["tmux"].todo or "")


# -- servers and AWS ---------------------------------------------------------------------------


async def at_server(url: str) -> dict[str, Check]:
    return {check.name: check async for check in servers.checks(ServerTransport(url), "")}


def answering(status: str, body: bytes, *, late: float = 0.0) -> Talk:
    date = formatdate(time.time() - late, usegmt=True)
    head = f"HTTP/1.1 {status}\r\nDate: {date}\r\nContent-Length: {len(body)}\r\n\r\n"
    return says(head.encode() + body)


async def test_a_certificate_that_ends_soon_and_a_clock_that_is_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = answering("200 OK", b'{"info": {"version": "9.9\\u001b[2J"}}', late=600)
    tls = tls_of(tmp_path, days=3)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with server(about, tls) as url:
        found = await at_server(url)
    assert found["place"].state == "ok"
    assert "9.9" in found["place"].detail
    assert "\x1b" not in found["place"].detail
    assert found["tls"].state == "warning"
    assert "2 days" in found["tls"].detail
    assert found["clock"].state == "warning"
    assert "ahead" in found["clock"].detail


async def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    async with server(answering("200 OK", b"{}"), tls_of(tmp_path, days=90)) as url:
        found = await at_server(url)
    assert found["place"].state == "broken"
    assert "certificate" in found["place"].detail


@pytest.mark.parametrize(
    ("status", "body", "state", "words"),
    [
        ("200 OK", b'{"status": "ok", "store": "sqlite"}', "ok", "answers"),
        ("200 OK", b'{"status": "degraded", "reasons": ["disk_low"]}', "warning", "disk_low"),
        ("200 OK", b'{"status": "degraded", "reasons": ["\\u001b[2J"]}', "warning", "degraded"),
        ("200 OK", b'{"status": "degraded", "reasons": 7}', "ok", "answers"),
        ("503 Service Unavailable", b'{"code": "unavailable"}', "broken", "database"),
        ("503 Service Unavailable", b"<html>", "warning", "503"),
    ],
)
async def test_what_a_server_says_of_its_health(
    status: str, body: bytes, state: str, words: str
) -> None:
    async with server(answering(status, body)) as url:
        found = (await at_server(url))["place"]
    assert found.state == state
    assert words in found.detail
    assert "\x1b" not in found.detail


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"info": 7}', b"\xff"])
async def test_a_server_that_is_something_else(body: bytes) -> None:
    async with server(answering("404 Not Found", body)) as url:
        found = await at_server(url)
    assert found["place"].state == "warning"
    assert "404" in found["place"].detail


async def on_aws(**place: str) -> dict[str, Check]:
    transport = DirectAwsTransport(**place)
    return {check.name: check async for check in cloud_checks.checks(transport, "")}


async def test_aws_with_everything_there_and_without_a_table(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await on_aws(region="us-east-1")
    assert {name for name, check in found.items() if check.state == "ok"} >= {
        *("credentials", "region", "place", "pool"),
    }
    monkeypatch.setenv("NIM_TABLE", "no-such-table")
    monkeypatch.setenv("USER_POOL_ID", "us-east-1_nosuchpool")
    found = await on_aws(region="us-east-1")
    assert found["place"].state == found["pool"].state == "broken"
    assert "aws create" in (found["place"].todo or "")
    assert cloud.table not in found["place"].detail


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_ENDPOINT_URL", "foo"), ("AWS_ENDPOINT_URL", "http://["), ("AWS_REGION", "us/east")],
)
async def test_aws_with_an_address_or_a_region_that_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("USER_POOL_ID", "us-east-1_nosuchpool")
    monkeypatch.setenv(variable, value)
    found = await on_aws()
    assert found["place"].state == found["pool"].state == "broken"


async def test_aws_with_a_variable_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIM_AWS_CLIENT", "fast")
    found = await on_aws(region="us-east-1")
    assert found["place"].detail == "NIM_AWS_CLIENT takes aiohttp or boto3."
    client = NimClient.aws(region="us-east-1")
    with pytest.raises(CannotOpen, match="NIM_AWS_CLIENT takes"):
        await client.open()
    await client.close()


async def test_aws_without_credentials_a_profile_or_a_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (await on_aws())["region"].state == "broken"
    assert (await on_aws(profile="nobody"))["credentials"].state == "broken"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    assert (await on_aws(region="us-east-1"))["credentials"].state == "broken"
