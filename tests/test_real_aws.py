"""The tests on a real account: an engine plays the account here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.adapters.aws_sdk import Aws
from backend.provision.table import GamesTable
from tests import real_aws
from tests.aws_engines import Engine, new_pool, new_table
from tests.simulation.taking_out import ROOT

# The first of the two makes more requests than the budget allows.
ODD = "tests/backend/adapters/test_game_store_odd.py"
LIST = f"{ODD}::test_a_list_of_finished_games_goes_on_behind_what_cannot_be_read"
TWO_TESTS = (f"{LIST}[aws_itself-odd0]", f"{LIST}[aws_itself-odd1]")


def run(home: Path, engine: Engine, *command: str, **variables: str) -> str:
    """What a person sees who runs this on their machine, with an account that is the engine."""
    home.joinpath(".aws").mkdir(exist_ok=True)
    home.joinpath(".aws", "config").write_text(
        f"[profile mine]\nregion = eu-west-1\nendpoint_url = {engine.endpoint}\n"
    )
    home.joinpath(".aws", "credentials").write_text(
        "[mine]\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_PROFILE": "mine",
        "AWS_EC2_METADATA_DISABLED": "true",
        real_aws.ASKED: "1",
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_the_budget_ends_the_tests_and_nothing_is_left(tmp_path: Path, ministack: Engine) -> None:
    """In the account that a profile names, by its own region and endpoint."""
    printed = run(tmp_path, ministack, "pytest", "-q", *TWO_TESTS, **{real_aws.BUDGET: "10"})
    assert "1 passed, 1 error" in printed, printed
    assert "The budget of 10 requests to AWS is spent" in printed
    assert run(tmp_path, ministack, "tests.real_aws") == "Deleted 0 tables and pools.\n"


def test_what_a_killed_run_has_left_is_deleted_and_nothing_else(
    tmp_path: Path, ministack: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**ministack.environment, "AWS_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(name, value)
    aws = Aws("eu-west-1")
    new_table(aws)
    new_pool(aws)
    GamesTable(aws.client("dynamodb"), "theirs", wait=lambda: None).make()
    assert run(tmp_path, ministack, "tests.real_aws") == "Deleted 2 tables and pools.\n"
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["theirs"]
    aws.close()


def test_an_account_that_is_not_offered_is_left_alone(tmp_path: Path, ministack: Engine) -> None:
    printed = run(tmp_path, ministack, "tests.real_aws", **{real_aws.ASKED: ""})
    assert printed == "Set NIM_TEST_AWS=1 to say that this account may be used.\n"
