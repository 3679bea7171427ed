"""The IAM policies of docs/policies allow what the code calls, and nothing else.

The calls are collected from the source: every attribute that is the name of an operation of one of
our services, every paginator by its name, and every operation that a transport is asked to send.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

ROOT = Path(__file__).parents[3]
POLICIES = ROOT / "docs" / "policies"
# Files by the service that they call: what straight-to-AWS and `serve --store dynamodb` run, and
# what `aws create` and its like add.
PLAYING = {
    "backend/adapters/dynamodb/game_*.py": "dynamodb",
    "backend/adapters/dynamodb/account_items.py": "dynamodb",
    "backend/adapters/dynamodb/tutorial_items.py": "dynamodb",
    "backend/adapters/cognito/*.py": "cognito-idp",
    "backend/adapters/dynamodb/notes.py": "dynamodb",
    "backend/adapters/dynamodb/text_counts.py": "dynamodb",
    "backend/adapters/sns.py": "sns",
    "backend/adapters/dynamodb/tags.py": "dynamodb",
}
ADMINISTRATION = {
    "backend/provision/table.py": "dynamodb",
    "backend/adapters/dynamodb/tags.py": "dynamodb",
    "backend/adapters/dynamodb/tutorial_items.py": "dynamodb",
    "backend/provision/user_pool.py": "cognito-idp",
    "backend/adapters/sns.py": "sns",
}

# Cognito lets anybody call these with a client's id; no policy can allow or forbid them.
PUBLIC = {
    "cognito-idp:SignUp",
    "cognito-idp:RevokeToken",
    "cognito-idp:ForgotPassword",
    "cognito-idp:ConfirmForgotPassword",
}
# Tags given while something is made are an action of their own.
TAGGING = {"dynamodb:TagResource", "cognito-idp:TagResource"}
# Only `aws create` adopts the tutorial's items, which reads the whole table.
ONLY_ADMINISTRATION = {"dynamodb:Scan"}
# Only the stack and a server with closed registration close the pool itself.
ONLY_CLOSING = {"cognito-idp:UpdateUserPool"}


def called(files: Mapping[str, str]) -> set[str]:
    """The IAM actions that the files matching the patterns call."""
    found = set()
    for pattern, service in files.items():
        operations = dict(_operations(service))
        paths = list(ROOT.glob(pattern))
        assert paths, f"no file matches {pattern}"
        for path in paths:
            tree = ast.walk(ast.parse(path.read_text("utf-8")))
            found |= {operations[name] for node in tree if (name := _name(node)) in operations}
    return found - PUBLIC


def allowed(policy: str) -> set[str]:
    """The actions of a policy file; each names its resources."""
    document: dict[str, Any] = json.loads((POLICIES / policy).read_text("utf-8"))
    assert document["Version"] == "2012-10-17"
    return {action for statement in document["Statement"] for action in statement["Action"]}


def _operations(service: str) -> Iterator[tuple[str, str]]:
    session: Any = boto3.Session(region_name="us-east-1")
    client = session.client(service)
    for method, operation in client.meta.method_to_api_mapping.items():
        yield method, f"{service}:{operation}"
        yield operation, f"{service}:{operation}"


def _name(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    if (
        isinstance(node, ast.Call)
        and _name(node.func) in ("get_paginator", "send")
        and isinstance(node.args[0], ast.Constant)
    ):
        return str(node.args[0].value)
    return None


def test_the_playing_policy_allows_what_playing_calls_and_nothing_else() -> None:
    assert allowed("play.json") == called(PLAYING) - ONLY_ADMINISTRATION


def test_the_administration_policy_allows_what_administration_calls_and_nothing_else() -> None:
    assert allowed("administer.json") == (called(ADMINISTRATION) | TAGGING) - ONLY_CLOSING


def test_the_closing_policy_allows_to_look_at_the_pool_and_to_close_it() -> None:
    assert allowed("close.json") == {"cognito-idp:DescribeUserPool"} | ONLY_CLOSING


@pytest.mark.parametrize("policy", ["play.json", "close.json", "administer.json"])
def test_no_statement_allows_everything_on_everything(policy: str) -> None:
    document = json.loads((POLICIES / policy).read_text("utf-8"))
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
        if statement["Resource"] == "*":
            # Neither a phone number nor the list of all pools is a resource with a name.
            assert set(statement["Action"]) <= {
                "sns:Publish",
                "cognito-idp:ListUserPools",
                "cognito-idp:CreateUserPool",
            }
