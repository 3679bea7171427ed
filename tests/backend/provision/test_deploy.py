"""How CloudFormation's answers are read, the rarer ones too, which no engine gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from backend.domain.errors import NimError, Unavailable
from backend.provision.cloudformation import Event, Stack

ID = "arn:aws:cloudformation:us-east-1:000000000000:stack/nim-tui/1"
OURS = "AWS::Lambda::Function"


def _refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")


@dataclass
class Clouds:
    """CloudFormation, as far as one stack goes; each look finds the next of `statuses`.

    `happens` are (resource, status, reason) after a change, oldest first, two on a page.
    """

    statuses: list[str]
    happens: Sequence[tuple[str, str, str]] = ()
    changes_nothing: bool = False
    calls: list[str] = field(default_factory=list)
    _changed: bool = False

    def describe_stacks(self, **_: Any) -> Any:
        status = self.statuses[0] if len(self.statuses) == 1 else self.statuses.pop(0)
        if status == "NONE":
            raise _refusal("Stack with id nim-tui does not exist")
        return {"Stacks": [{"StackName": "nim-tui", "StackId": ID, "StackStatus": status}]}

    def get_paginator(self, _name: str) -> Any:
        return SimpleNamespace(paginate=self._pages)

    def _pages(self, **_: Any) -> Any:
        new = self.happens if self._changed else ()
        events = [("nim-tui", "CREATE_COMPLETE", "before"), *new][::-1]
        listed = [
            {
                "EventId": f"{what} {status}",
                "LogicalResourceId": what,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "ResourceType": "AWS::CloudFormation::Stack" if what == "nim-tui" else OURS,
            }
            for what, status, reason in events
        ]
        return [{"StackEvents": listed[at : at + 2]} for at in range(0, len(listed), 2)]

    def _change(self, name: str) -> Any:
        self.calls.append(name)
        self._changed = True
        return {"StackId": ID}

    def create_stack(self, **_: Any) -> Any:
        return self._change("create")

    def delete_stack(self, **_: Any) -> Any:
        return self._change("delete")

    def update_stack(self, **_: Any) -> Any:
        if self.changes_nothing:
            raise _refusal("No updates are to be performed.")
        return self._change("update")


def _stack(clouds: Clouds) -> Stack:
    return Stack(cast("Any", clouds), "nim-tui", wait=lambda: None)


def test_only_the_events_of_this_change_are_reported_in_order_from_every_page() -> None:
    happens = [("A", "UPDATE_IN_PROGRESS", ""), ("B", "UPDATE_COMPLETE", "")]
    happens += [("A", "UPDATE_COMPLETE", ""), ("nim-tui", "UPDATE_COMPLETE", "")]
    clouds = Clouds(["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], happens)
    assert list(_stack(clouds).apply("", {})) == [
        Event("A", "UPDATE_IN_PROGRESS"),
        Event("B", "UPDATE_COMPLETE"),
        Event("A", "UPDATE_COMPLETE"),
    ]
    assert clouds.calls == ["update"]


def test_an_update_without_changes_is_done_at_once() -> None:
    clouds = Clouds(["UPDATE_COMPLETE"], changes_nothing=True)
    assert list(_stack(clouds).apply("", {})) == []


def test_the_first_failure_is_the_reason_and_not_those_it_brought_about() -> None:
    happens = [
        ("A", "CREATE_FAILED", "Resource creation cancelled"),
        ("B", "CREATE_FAILED", "You have too many\x1b[31m roles"),
        ("C", "CREATE_FAILED", "later"),
    ]
    clouds = Clouds(["NONE", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"], happens)
    with pytest.raises(NimError, match=r"failed at B: You have too many\[31m roles$"):
        list(_stack(clouds).apply("", {}))
    assert clouds.calls == ["create"]


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "DELETE_FAILED"])
def test_what_was_never_finished_is_removed_before_it_is_made(status: str) -> None:
    clouds = Clouds([status, status, "DELETE_COMPLETE", "CREATE_COMPLETE"])
    list(_stack(clouds).apply("", {}))
    assert clouds.calls == ["delete", "create"]


def test_a_stack_that_is_being_changed_is_left_alone() -> None:
    clouds = Clouds(["UPDATE_IN_PROGRESS"])
    with pytest.raises(Unavailable, match="Wait a moment"):
        list(_stack(clouds).apply("", {}))
    with pytest.raises(Unavailable, match="Wait a moment"):
        list(_stack(clouds).delete())
    assert clouds.calls == []


def test_a_stack_that_is_not_there_has_nothing_to_delete_and_no_outputs() -> None:
    for status in ("NONE", "DELETE_COMPLETE"):
        clouds = Clouds([status])
        assert list(_stack(clouds).delete()) == []
        assert _stack(clouds).outputs() == {}
        assert clouds.calls == []


def test_what_keeps_a_stack_from_being_deleted_is_reported() -> None:
    happens = [("Bucket", "DELETE_FAILED", "is not empty")]
    clouds = Clouds(["CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED"], happens)
    with pytest.raises(NimError, match="failed at Bucket: is not empty"):
        list(_stack(clouds).delete())
