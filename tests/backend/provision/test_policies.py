"""The IAM policies of docs/policies allow what the code calls, and nothing else.

The calls are collected from the source: every attribute that is the name of an operation of one of
our services, every paginator by its name, and every operation that a transport is asked to send.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from backend.config.settings import DEFAULT_TABLE
from backend.provision.deploy import TEMPLATE
from backend.provision.user_pool import _tag_of

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
# Only a server with closed registration closes the pool itself; the stack does, too.
ONLY_CLOSING = {"cognito-idp:UpdateUserPool"}
# Only `nim-backend users add`, and invitations where registration is closed, make other people's
# accounts.
ONLY_ACCOUNTS = {"cognito-idp:AdminCreateUser"}
# What `aws deploy` and `aws destroy` call themselves, beside what `aws create` does.
DEPLOYMENT = {
    "backend/provision/cloudformation.py": "cloudformation",
    "backend/provision/code_bucket.py": "s3",
    "backend/provision/table_stream.py": "dynamodb",
    "backend/provision/deploy.py": "lambda",
}
# Those of S3's actions that have another name than the calls which they allow.
S3_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
# What CloudFormation does with its caller's permissions for each type of resource: the actions that
# AWS lists in the type's schema, as far as the template uses them.
BY_TYPE = {
    "AWS::ApiGatewayV2::Api": {"apigateway:POST", "apigateway:GET", "apigateway:DELETE"},
    "AWS::ApiGatewayV2::Integration": {"apigateway:POST", "apigateway:PATCH"},
    "AWS::ApiGatewayV2::Route": {"apigateway:POST", "apigateway:PATCH"},
    "AWS::ApiGatewayV2::Stage": {"apigateway:POST", "logs:CreateLogDelivery"},
    "AWS::CloudWatch::Alarm": {"cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"},
    "AWS::IAM::Role": {"iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRole", "iam:PassRole"},
    "AWS::Lambda::EventSourceMapping": {
        "lambda:CreateEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
    },
    "AWS::Lambda::Function": {
        "lambda:CreateFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunction",
    },
    "AWS::Lambda::Permission": {"lambda:AddPermission", "lambda:RemovePermission"},
    "AWS::Logs::LogGroup": {"logs:CreateLogGroup", "logs:PutRetentionPolicy"},
    "AWS::SNS::Subscription": {"sns:Subscribe", "sns:Unsubscribe"},
    "AWS::SNS::Topic": {"sns:CreateTopic", "sns:DeleteTopic"},
    "AWS::SQS::Queue": {"sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:DeleteQueue"},
}
# Made by `aws create` beforehand; the template makes them only where it is deployed by itself.
MADE_BEFORE = {
    "AWS::Cognito::UserPool",
    "AWS::Cognito::UserPoolClient",
    "AWS::DynamoDB::Table",
}


# What AWS knows no resource for.
NAMELESS = {
    "cognito-idp:CreateUserPool",
    "cognito-idp:ListUserPools",
    "lambda:CreateEventSourceMapping",
    "lambda:DeleteEventSourceMapping",
    "lambda:GetAccountSettings",
    "lambda:GetEventSourceMapping",
    "lambda:UpdateEventSourceMapping",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "sts:GetCallerIdentity",
}


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
    expected = called(PLAYING) - ONLY_ADMINISTRATION - ONLY_ACCOUNTS
    assert allowed("play.json") == expected


def test_the_accounts_policy_allows_what_no_player_needs() -> None:
    assert allowed("accounts.json") == ONLY_ACCOUNTS & called(PLAYING)


def test_the_administration_policy_allows_what_administration_calls_and_nothing_else() -> None:
    assert allowed("administer.json") == called(ADMINISTRATION) | TAGGING


def test_the_deploying_policy_allows_what_deploying_calls() -> None:
    own = {S3_ACTIONS.get(action, action) for action in called(DEPLOYMENT)}
    assert own <= allowed("deploy.json")
    in_bucket = {action for action in allowed("deploy.json") if action.startswith("s3:")}
    assert in_bucket == {action for action in own if action.startswith("s3:")}


def test_the_deploying_policy_allows_what_each_type_of_the_template_needs() -> None:
    kinds = set(re.findall(r"^    Type: (AWS::\S+)", TEMPLATE.read_text("utf-8"), re.MULTILINE))
    assert kinds == BY_TYPE.keys() | MADE_BEFORE
    for kind in kinds - MADE_BEFORE:
        assert allowed("deploy.json") >= BY_TYPE[kind], kind


def test_the_closing_policy_allows_to_look_at_the_pool_and_to_close_it() -> None:
    assert allowed("close.json") == {"cognito-idp:DescribeUserPool"} | ONLY_CLOSING


def test_the_pool_is_the_one_that_the_table_uses() -> None:
    """By the tag that `aws create` puts on it."""
    for policy in ("play.json", "close.json", "accounts.json"):
        document = json.loads((POLICIES / policy).read_text("utf-8"))
        for statement in document["Statement"]:
            if any(action.startswith("cognito-idp:") for action in statement["Action"]):
                key = f"aws:ResourceTag/{_tag_of(DEFAULT_TABLE)}"
                assert statement["Condition"] == {"StringEquals": {key: DEFAULT_TABLE}}


@pytest.mark.parametrize("policy", sorted(path.name for path in POLICIES.glob("*.json")))
def test_no_statement_allows_everything_on_everything(policy: str) -> None:
    document = json.loads((POLICIES / policy).read_text("utf-8"))
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
        if "NotResource" in statement:  # a telephone number has no name, but topics have
            assert (statement["Action"], statement["NotResource"]) == (
                ["sns:Publish"],
                "arn:aws:sns:*:*:*",
            )
        elif statement["Resource"] == "*":
            assert set(statement["Action"]) <= NAMELESS
