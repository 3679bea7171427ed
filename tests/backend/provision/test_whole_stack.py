"""The whole stack in an engine: deployed, played through, brought up to date, removed."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import Any

import httpx
import pytest
from botocore.stub import Stubber

from backend.adapters.dynamodb.tags import stream_sends
from backend.config.saved import read_saved
from backend.domain.errors import NimError, RegistrationClosed
from backend.entrypoints.cli import main
from backend.provision.base import Report
from backend.provision.deploy import MOST_INSTANCES
from backend.provision.lambda_package import Installer
from nim_tui.client import NimClient
from nim_tui.config.places import load_places
from tests.backend.provision.conftest import Place, install_from_here, install_nothing
from tests.support import eventually_async

PASSWORD = "Misere-Nim-1"


def _deploy(
    place: Place, *, open_registration: bool = False, install: Installer = install_nothing
) -> list[Report]:
    return list(place.deployment(install).deploy(open_registration=open_registration))


def _named(name: str) -> str:
    """A name of this test's own: the engine's pool is all tests'."""
    return f"{name}-{secrets.token_hex(4)}"


async def _player(place: Place, name: str, phone: str = "+12025550111") -> NimClient:
    client = NimClient.http(place.url)
    await client.register(name, PASSWORD, "someone@example.com", phone)
    await client.sign_in(name, PASSWORD)
    return client


def _items(place: Place) -> dict[str, Any]:
    scanned = place.engine.aws().client("dynamodb").scan(TableName=place.table)
    return {item["gameId"]["S"]: item for item in scanned["Items"]}


async def test_a_game_is_played_through_the_deployed_stack_and_its_notices_are_sent_once(
    place: Place,
) -> None:
    await asyncio.to_thread(_deploy, place, open_registration=True, install=install_from_here)
    names = _named("ada"), _named("bob")
    ada = await _player(place, names[0])
    bob = await _player(place, names[1])
    game = await ada.new_game(names[1], heaps=(1, 1, 0), rule="misere", days_per_move=None)
    game = await bob.move(game, 1, 0)
    game = await ada.move(game, 2, 0)
    assert (game.state, game.winner, game.version) == ("done", names[1], 2)
    assert [shown.game_id for shown in (await bob.games("done")).games] == [game.game_id]
    # The stream's function counts each text and marks each notice; the engine keeps no texts.
    owed = {
        f"notice#{game.game_id}#0#invite#{names[1]}",
        f"notice#{game.game_id}#1#your_turn#{names[0]}",
        f"notice#{game.game_id}#2#won#{names[1]}",
        f"notice#{game.game_id}#2#lost#{names[0]}",
    }

    def sent() -> bool:
        marks = {key: item for key, item in _items(place).items() if key.startswith("notice#")}
        return marks.keys() == owed and all("done" in item for item in marks.values())

    await eventually_async(sent, timeout=30, what="every notice of the stream")
    counters = [item for key, item in _items(place).items() if key.startswith("sms#")]
    # Both have one number: four texts. In all, and for what bob and ada did, places are leased.
    assert [len(item["texts"]["SS"]) for item in counters if "texts" in item] == [4]
    assert [item["sent"]["N"] for item in counters if "sent" in item] == ["20", "20", "20"]
    # Everybody else keeps silent.
    assert await stream_sends(place.engine.aws(), place.table)
    await ada.close()
    await bob.close()


async def test_errors_have_the_apis_own_shape_on_every_path(place: Place) -> None:
    await asyncio.to_thread(_deploy, place)
    async with httpx.AsyncClient(base_url=place.url, timeout=20) as http:
        seen = {
            (method, path): (await http.request(method, path)).json().get("code")
            for method, path in (
                ("GET", "/nowhere"),
                ("DELETE", "/games"),
                ("GET", "/games"),
                ("POST", "/games/2222222222222222/resign"),
                ("POST", "/login"),
            )
        }
        waited = await http.get("/health", headers={"Prefer": "wait=20"})
    assert list(seen.values()) == [
        "no_such_route",
        "bad_method",
        "not_signed_in",
        "not_signed_in",
        "bad_request",
    ]
    assert waited.json() == {"status": "ok", "store": "dynamodb"}


async def test_a_closed_stack_takes_only_the_people_who_were_added(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(_deploy, place)
    name = _named("carl")
    client = NimClient.http(place.url)
    with pytest.raises(RegistrationClosed):
        await client.register(name, PASSWORD, "someone@example.com", "+12025550111")
    # What `deploy` saved leads the administration to the same people.
    capsys.readouterr()
    assert await asyncio.to_thread(main, ["users", "add", name, "--store", "dynamodb"]) == 0
    (password,) = (
        line.partition(": ")[2]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("One-time password: ")
    )
    await client.sign_in(name, password, PASSWORD)
    assert client.username == name
    assert (await client.games()).games == ()
    await client.close()
    # Nor is there a way around the API: the pool itself takes nobody.
    pool_client = place.engine.aws().client("cognito-idp")
    pool = pool_client.describe_user_pool(UserPoolId=read_saved()["USER_POOL_ID"])["UserPool"]
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8


async def test_deployed_again_it_keeps_every_game_and_removed_too(place: Place) -> None:
    await asyncio.to_thread(_deploy, place, open_registration=True)
    names = _named("dora"), _named("emil")
    dora = await _player(place, names[0])
    emil = await _player(place, names[1])
    game = await dora.new_game(names[1], heaps=(5, 4, 5), rule="misere", days_per_move=3)
    url = place.url
    again = await asyncio.to_thread(_deploy, place, open_registration=True)
    unchanged = {report.what: report.changed for report in again}
    assert not any(unchanged[step] for step in (f"table {place.table}", "registration", "package"))
    assert place.url == url
    await asyncio.to_thread(_deploy, place)  # closed now: the function changes, nothing else
    game = await emil.move(game, 1, 2)
    assert game.version == 1
    with pytest.raises(RegistrationClosed):
        await dora.register(_named("late"), PASSWORD, "someone@example.com", "+12025550111")

    await asyncio.to_thread(lambda: list(place.deployment().destroy(delete_games=False)))
    assert _items(place)[game.game_id]["version"] == {"N": "1"}
    assert not await stream_sends(place.engine.aws(), place.table)
    assert "BASE_URL" not in read_saved()
    await dora.close()
    await emil.close()

    # And back again, with the same people.
    await asyncio.to_thread(_deploy, place)
    dora = NimClient.http(place.url)
    await dora.sign_in(names[0], PASSWORD)
    assert [(shown.game_id, shown.version) for shown in (await dora.games()).games] == [
        (game.game_id, 1)
    ]
    await dora.close()


def test_it_is_protected_and_watched(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    deployed = list(
        place.deployment().deploy(open_registration=False, alarm_email="ops@example.com")
    )
    assert Report("alarms", "e-mail to ops@example.com") in deployed
    aws = place.engine.aws()
    (bucket,) = (
        report.what.removeprefix("bucket ")
        for report in deployed
        if report.what.startswith("bucket ")
    )
    s3 = aws.client("s3")
    (deny,) = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (deny["Effect"], deny["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    alarms = aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
    ours = [alarm for alarm in alarms if place.stack in alarm["AlarmName"]]
    assert len(ours) == 7
    assert all(len(alarm["AlarmActions"]) == 1 for alarm in ours)
    capsys.readouterr()
    assert main(["aws", "status"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "✓ stream: is on, and sends notices" in said
    assert "✓ deletion protection: is on" in said
    assert "✓ registration: closed" in said
    assert f"✓ stack: {place.stack}" in said


@pytest.mark.parametrize(("limit", "reserved"), [(10, 0), (199, 0), (1000, MOST_INSTANCES)])
def test_instances_are_reserved_where_the_account_has_enough(
    place: Place, monkeypatch: pytest.MonkeyPatch, limit: int, reserved: int
) -> None:
    deployment = place.deployment()
    monkeypatch.setattr("backend.provision.deploy.is_amazons", lambda endpoint: True)
    with Stubber(deployment._aws.client("lambda")) as stub:
        stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}})
        assert deployment._concurrency() == reserved


@pytest.mark.parametrize("address", ["nobody", "a b@example.com", ""])
def test_an_alarm_goes_to_an_address_only(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["aws", "deploy", "--alarm-email", address])
    assert "is not an e-mail address" in capsys.readouterr().err


def test_the_client_knows_the_deployed_server_by_name(place: Place) -> None:
    _deploy(place)
    assert load_places().servers["aws"] == read_saved()["BASE_URL"]
    list(place.deployment().destroy(delete_games=False))
    assert "aws" not in load_places().servers


def test_all_of_it_is_deleted_only_where_that_is_said(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    _deploy(place)
    capsys.readouterr()
    dynamodb = place.engine.aws().client("dynamodb")
    assert main(["aws", "destroy", "--delete-games"]) == 2
    assert main(["aws", "destroy", "--delete-games", "--yes", "another"]) == 2
    assert place.table in capsys.readouterr().err
    assert dynamodb.describe_table(TableName=place.table)["Table"]["DeletionProtectionEnabled"]
    assert main(["aws", "destroy", "--delete-games", "--yes", place.table]) == 0
    assert place.table not in dynamodb.list_tables()["TableNames"]
    # And where nothing is left, that is no error.
    assert main(["aws", "destroy", "--yes", place.table]) == 0


def test_a_failed_resources_reason_is_shown_and_the_next_deployment_repairs_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    from backend.provision import deploy

    broken = tmp_path / "broken.yaml"
    text = deploy.TEMPLATE.read_text("utf-8")
    broken.write_text(text.replace("AWS::SQS::Queue", "AWS::SQS::Carousel"), "utf-8")
    monkeypatch.setattr(deploy, "TEMPLATE", broken)
    with pytest.raises(NimError, match=r"FailedNotices: .*AWS::SQS::Carousel"):
        _deploy(place)
    monkeypatch.undo()
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    reports = _deploy(place)
    assert reports[-1].what == "server"


@pytest.mark.reliability
@pytest.mark.timeout(300)
def test_the_command_deploys_with_the_libraries_that_pip_brings(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["aws", "deploy"]) == 0
    assert f"nim-tui --server {read_saved()['BASE_URL']}" in capsys.readouterr().out
    assert httpx.get(f"{place.url}/health", timeout=30).json()["status"] == "ok"
