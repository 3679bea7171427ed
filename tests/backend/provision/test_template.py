"""The template: what cfn-lint and this project's rules say of it, and what it makes by itself."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from cfnlint.decode import cfn_yaml

from backend.adapters.dynamodb.notice_leases import LEASE_SECONDS
from backend.adapters.dynamodb.tags import NOTICES, NOTICES_BY_STREAM
from backend.api.routes import OPERATIONS
from backend.provision.cloudformation import Stack
from backend.provision.deploy import TEMPLATE
from backend.provision.lambda_package import PYTHON
from backend.provision.table_stream import VIEW
from tests.aws_engines import new_table
from tests.backend.provision.conftest import Place
from tests.backend.provision.test_policies import called

# What `nim-backend users` does with an administrator's own credentials.
ONLY_ADMINISTRATORS: set[str] = set()


@pytest.fixture(scope="module")
def resources() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(json.dumps(cfn_yaml.load(str(TEMPLATE))))["Resources"])


def _of_type(resources: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (entry["Properties"] for entry in resources.values() if entry["Type"] == kind)


def test_cfn_lint_finds_nothing() -> None:
    lint = [str(Path(sys.executable).with_name("cfn-lint")), str(TEMPLATE)]
    found = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_every_route_of_the_api_is_declared_and_one_for_all_others(
    resources: dict[str, Any],
) -> None:
    declared = [route["RouteKey"] for route in _of_type(resources, "AWS::ApiGatewayV2::Route")]
    expected = [f"{operation.method} {operation.path}" for operation in OPERATIONS]
    assert sorted(declared) == sorted([*expected, "$default"])
    (stage,) = _of_type(resources, "AWS::ApiGatewayV2::Stage")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_the_roles_name_what_they_may_do_and_on_what(resources: dict[str, Any]) -> None:
    for role in _of_type(resources, "AWS::IAM::Role"):
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                listed = [actions] if isinstance(actions, str) else actions
                assert not any("*" in action for action in listed)
                assert statement.get("Resource") != "*"
                if "NotResource" in statement:  # a telephone number has no name
                    assert listed == ["sns:Publish"]


def _actions(resources: dict[str, Any], role: str) -> set[str]:
    (policy,) = resources[role]["Properties"]["Policies"]
    listed = [statement["Action"] for statement in policy["PolicyDocument"]["Statement"]]
    return {action for entry in listed for action in ([entry] if isinstance(entry, str) else entry)}


def test_each_function_may_call_what_its_code_calls_and_nothing_else(
    resources: dict[str, Any],
) -> None:
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    accounts = called({"backend/adapters/cognito/*.py": "cognito-idp"})
    api = called(
        {
            "backend/adapters/dynamodb/game_*.py": "dynamodb",
            "backend/adapters/dynamodb/batch.py": "dynamodb",
            "backend/adapters/dynamodb/notes.py": "dynamodb",
            "backend/adapters/dynamodb/text_counts.py": "dynamodb",
            "backend/adapters/sns.py": "sns",
        }
    )
    assert _actions(resources, "ApiRole") == logs | api | (accounts - ONLY_ADMINISTRATORS)
    stream = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}
    notices = called(
        {
            "backend/adapters/dynamodb/notice_leases.py": "dynamodb",
            "backend/adapters/dynamodb/batch.py": "dynamodb",
            "backend/adapters/dynamodb/notes.py": "dynamodb",
            "backend/adapters/dynamodb/text_counts.py": "dynamodb",
        }
        | {
            "backend/adapters/sns.py": "sns",
            "backend/adapters/cognito/account_cache.py": "cognito-idp",
        }
    )
    queues = {"SendMessage", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage"}
    expected = (
        logs
        | notices
        | {f"sqs:{name}" for name in queues}
        | {f"dynamodb:{name}" for name in stream}
    )
    assert _actions(resources, "NoticesRole") == expected


def test_games_and_accounts_outlive_the_stack(resources: dict[str, Any]) -> None:
    for name in ("Table", "UserPool", "UserPoolClient"):
        kept = (resources[name]["DeletionPolicy"], resources[name]["UpdateReplacePolicy"])
        assert kept == ("Retain", "Retain")
    assert resources["Table"]["Properties"]["DeletionProtectionEnabled"] is True
    assert resources["UserPool"]["Properties"]["DeletionProtection"] == "ACTIVE"
    recovery = resources["Table"]["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_what_fails_for_good_waits_in_a_queue_that_raises_an_alarm(
    resources: dict[str, Any],
) -> None:
    mapping, delayed = _of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert delayed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "DelayedNotices" in json.dumps(delayed["EventSourceArn"])
    queue = resources["DelayedNotices"]["Properties"]
    assert "FailedNotices" in json.dumps(queue["RedrivePolicy"])
    assert queue["VisibilityTimeout"] >= 6 * 45
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["MaximumRetryAttempts"] > 0
    assert "FailedNotices" in json.dumps(mapping["DestinationConfig"])
    assert "FailedNotices" in json.dumps(resources["FailedNoticesAlarm"]["Properties"])


def test_every_alarm_tells_the_operator_by_e_mail(resources: dict[str, Any]) -> None:
    alarms = list(_of_type(resources, "AWS::CloudWatch::Alarm"))
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms}
    assert watched == {
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/Lambda", "IteratorAge"),
        ("AWS/ApiGateway", "5xx"),
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
    }
    for alarm in alarms:
        assert alarm["AlarmActions"]["Fn::If"][:2] == ["Mails", [{"Ref": "Alarms"}]]
    (subscription,) = _of_type(resources, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", {"Ref": "AlarmEmail"})


def test_the_gateway_logs_every_request_and_nobody(resources: dict[str, Any]) -> None:
    (stage,) = _of_type(resources, "AWS::ApiGatewayV2::Stage")
    entry = json.loads(stage["AccessLogSettings"]["Format"])
    assert {"time", "route", "status", "request_id"} <= entry.keys()
    named = "".join(entry.values())
    assert not re.search("identity|sourceIp|authorizer|path|protocol|header", named, re.IGNORECASE)


def test_the_api_cannot_use_up_the_account(resources: dict[str, Any]) -> None:
    reserved = resources["ApiFunction"]["Properties"]["ReservedConcurrentExecutions"]
    assert reserved["Fn::If"][:2] == ["Reserves", {"Ref": "ApiConcurrency"}]


def test_the_functions_run_what_is_packed_and_log_for_a_while(resources: dict[str, Any]) -> None:
    functions = list(_of_type(resources, "AWS::Lambda::Function"))
    assert [function["Runtime"] for function in functions] == [f"python{PYTHON}"] * 2
    assert {function["Handler"] for function in functions} == {
        "backend.entrypoints.lambda_api.handler",
        "backend.entrypoints.lambda_notices.handler",
    }
    assert all("LogGroup" in function["LoggingConfig"] for function in functions)
    # A lease outlives its holder, so that two never send the same notice.
    assert max(function["Timeout"] for function in functions) < LEASE_SECONDS
    assert all(group["RetentionInDays"] for group in _of_type(resources, "AWS::Logs::LogGroup"))


def test_nothing_costs_while_nobody_plays(resources: dict[str, Any]) -> None:
    text = json.dumps(resources)
    assert "ProvisionedConcurrency" not in text
    assert "ProvisionedThroughput" not in text
    kinds = {entry["Type"] for entry in resources.values()}
    assert not any(re.search("EC2|ECS|RDS|KMS|NatGateway|LoadBalanc", kind) for kind in kinds)


def test_by_itself_it_makes_the_table_that_we_make(place: Place, resources: dict[str, Any]) -> None:
    aws = place.engine.aws()
    stack = Stack(aws.client("cloudformation"), place.stack, wait=lambda: None)
    parameters = {"CodeBucket": "none-yet", "CodeKey": "none.zip", "TableName": place.table}
    events = list(stack.apply(TEMPLATE.read_text("utf-8"), parameters))
    assert {"Table", "UserPool", "UserPoolClient"} <= {event.resource for event in events}
    dynamodb = aws.client("dynamodb")

    def shape(name: str) -> Any:
        table = dynamodb.describe_table(TableName=name)["Table"]
        indexes = {
            index["IndexName"]: (index["KeySchema"], index["Projection"])
            for index in table["GlobalSecondaryIndexes"]
        }
        attributes = sorted(entry["AttributeName"] for entry in table["AttributeDefinitions"])
        return table["KeySchema"], attributes, indexes

    assert shape(place.table) == shape(new_table(aws))
    properties = resources["Table"]["Properties"]
    assert properties["StreamSpecification"]["StreamViewType"] == VIEW
    tags = {tag["Key"]: tag["Value"] for tag in properties["Tags"]}
    assert tags[NOTICES] == NOTICES_BY_STREAM
    assert stack.outputs()["UserPoolId"].startswith("us-east-1_")
