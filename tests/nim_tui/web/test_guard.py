"""Other web pages and guessed paths are refused: real sockets against the real server."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nim_tui.web.serving import HANDSHAKE, Served, serving
from tests.support import eventually


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving("--hotseat", home=tmp_path_factory.mktemp("home")) as running:
        yield running


def test_the_page_opens_and_loads_nothing_from_other_sites(served: Served) -> None:
    status, answer = served.ask(served.path)
    assert status == 200
    assert f"ws://{served.host}{served.path}ws" in answer
    head, _, body = answer.partition("\r\n\r\n")
    assert "http://" not in body
    assert "https://" not in body
    for header in (
        "default-src 'none'", "frame-ancestors 'none'", "no-store", "no-referrer", "nosniff",
    ):  # fmt: skip
        assert header in head
    assert served.ask(f"{served.path}static/js/textual.js")[0] == 200


@pytest.mark.parametrize("path", ["{token}", "{token}ws", "{token}static/js/textual.js", "/"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:{port}"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1:1"},
        {"Host": None},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_host_or_origin_is_refused(
    served: Served, path: str, headers: dict[str, str | None]
) -> None:
    target = path.format(token=served.path)
    upgrade = HANDSHAKE if path.endswith("ws") else {}
    right = {"Origin": f"http://{served.host}"} if upgrade else {}
    wrong = {name: value and value.format(port=served.port) for name, value in headers.items()}
    status, answer = served.ask(target, **{**upgrade, **right, **wrong})
    # Without a Host it is not valid HTTP: the server itself refuses it.
    assert status == 403 or (status == 400 and headers == {"Host": None})
    assert served.path not in answer
    assert served.tabs == []


def test_a_websocket_without_an_origin_is_refused(served: Served) -> None:
    assert served.ask(f"{served.path}ws", **HANDSHAKE)[0] == 403
    assert served.tabs == []


@pytest.mark.parametrize(
    "path",
    ["/", "/ws", "/static/js/textual.js", "/download/x", "/x/", "/x/ws", "{token}/../ws",
     "{short}/", "{short}/ws", "{token}download/x", "{token}static/", "{token}static/../x"],
)  # fmt: skip
def test_another_path_is_refused(served: Served, path: str) -> None:
    target = path.format(token=served.path, short=served.path[:-2])
    origin = {"Origin": f"http://{served.host}"}
    assert served.ask(target, **origin)[0] in (403, 404)
    if path.endswith("ws"):
        assert served.ask(target, **HANDSHAKE, **origin)[0] == 404
    assert served.tabs == []


def test_both_names_of_this_computer_open_a_tab_that_ends_with_it(served: Served) -> None:
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{served.port}"
        headers = {"Host": host, "Origin": f"http://{host}"}
        with served.connect(f"{served.path}ws", **(HANDSHAKE | headers)) as connection:
            assert connection.recv(12) == b"HTTP/1.1 101"
            eventually(lambda: served.tabs, timeout=20, what="the process behind the tab")
        eventually(lambda: not served.tabs, timeout=20, what="its end")


def test_two_starts_have_two_paths(served: Served, tmp_path: Path) -> None:
    with serving("--hotseat", home=tmp_path) as other:
        assert other.path != served.path
        assert len(other.path) >= 24
        assert other.ask(served.path)[0] == 404


def test_only_loopback_listens(served: Served) -> None:
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    local = [row.split()[1] for row in rows if row.split()[3] == "0A"]
    mine = [each for each in local if int(each.partition(":")[2], 16) == served.port]
    assert mine == [f"0100007F:{served.port:04X}"]


def test_a_tab_does_not_outlive_a_killed_server(tmp_path: Path) -> None:
    with serving("--hotseat", home=tmp_path, ends_with=-signal.SIGKILL) as served:
        headers = {"Origin": f"http://{served.host}"}
        with served.connect(f"{served.path}ws", **(HANDSHAKE | headers)) as connection:
            assert connection.recv(12) == b"HTTP/1.1 101"
            (tab,) = eventually(lambda: served.tabs, timeout=20, what="the process behind the tab")
            served.process.kill()
            eventually(lambda: not Path(f"/proc/{tab}").exists(), timeout=20, what="its end")
