"""One CloudFormation stack: create, update and delete it, and follow its events. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from backend.domain.errors import NimError, Unavailable

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.type_defs import StackEventTypeDef, StackTypeDef

# A stack that was never finished: nothing of it is in use, and it cannot be updated.
_STILLBORN = {"CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"}
_DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}
_STACK = "AWS::CloudFormation::Stack"
_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a resource: its name in the template, its status, and AWS's reason."""

    resource: str
    status: str
    reason: str = ""


class Stack:
    """One stack by its name; it raises boto3's errors besides those named.

    Args:
        wait: called between looks at what CloudFormation is doing.
    """

    def __init__(
        self, client: CloudFormationClient, name: str, *, wait: Callable[[], None]
    ) -> None:
        self._client = client
        self._name = name
        self._wait = wait

    def description(self) -> StackTypeDef | None:
        """AWS's description of it; None if it does not exist."""
        try:
            stack = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def outputs(self) -> dict[str, str]:
        """The values of the template's `Outputs`; empty if there is no stack."""
        stack = self.description()
        found = stack.get("Outputs", []) if stack else []
        return {entry["OutputKey"]: entry["OutputValue"] for entry in found}

    def apply(self, template: str, parameters: Mapping[str, str]) -> Iterator[Event]:
        """Create or update it. Yields the events of its resources; none if nothing has changed.

        Raises:
            NimError: a resource failed, for the reason given; CloudFormation has undone the rest.
            Unavailable: it is being changed already.

        """
        stack = self._at_rest()
        if stack is not None and stack["StackStatus"] in _STILLBORN:
            yield from self.delete()
            stack = None
        known = self._event_ids(stack["StackId"]) if stack else set()
        listed = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ]
        if stack is None:
            stack_id = self._client.create_stack(
                StackName=self._name,
                TemplateBody=template,
                Parameters=listed,  # type: ignore[arg-type]  # a list of plain dicts is one of these
                Capabilities=["CAPABILITY_IAM"],
            )["StackId"]
        else:
            stack_id = stack["StackId"]
            try:
                self._client.update_stack(
                    StackName=self._name,
                    TemplateBody=template,
                    Parameters=listed,  # type: ignore[arg-type]  # likewise
                    Capabilities=["CAPABILITY_IAM"],
                )
            except ClientError as error:
                if "No updates" in str(error):
                    return
                raise
        yield from self._follow(stack_id, known)

    def delete(self) -> Iterator[Event]:
        """Delete it and its resources. Yields their events; none if it does not exist.

        Raises:
            NimError: a resource could not be deleted, for the reason given.
            Unavailable: it is being changed already.

        """
        stack = self._at_rest()
        if stack is None:
            return
        known = self._event_ids(stack["StackId"])
        self._client.delete_stack(StackName=self._name)
        yield from self._follow(stack["StackId"], known)

    def _at_rest(self) -> StackTypeDef | None:
        stack = self.description()
        if stack is not None and stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise Unavailable(
                f"The stack {self._name} is being changed right now. Wait a moment, then try again."
            )
        return stack

    def _follow(self, stack_id: str, known: set[str]) -> Iterator[Event]:
        failed: Event | None = None
        while True:
            # Read the status first, so that the events include what led to it.
            status = self._client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
            for found in self._new_events(stack_id, known):
                event = _event_of(found)
                caused = "cancelled" not in event.reason
                if failed is None and event.status.endswith("_FAILED") and caused:
                    failed = event
                if found.get("ResourceType") != _STACK:
                    yield event
            if not status.endswith("_IN_PROGRESS"):
                break
            self._wait()
        if status not in _DONE:
            what = f"{failed.resource}: {failed.reason}" if failed else status
            raise NimError(f"The stack {self._name} failed at {what}")

    def _new_events(self, stack_id: str, known: set[str]) -> list[StackEventTypeDef]:
        """The events that are not in `known`, oldest first; they are added to it."""
        new: list[StackEventTypeDef] = []
        pages = self._client.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        for page in pages:
            fresh = [event for event in page["StackEvents"] if event["EventId"] not in known]
            new += fresh
            if len(fresh) < len(page["StackEvents"]):
                break
        known |= {event["EventId"] for event in new}
        return new[::-1]

    def _event_ids(self, stack_id: str) -> set[str]:
        known: set[str] = set()
        self._new_events(stack_id, known)
        return known


def _event_of(found: StackEventTypeDef) -> Event:
    reason = "".join(char for char in found.get("ResourceStatusReason", "") if char.isprintable())
    return Event(
        found.get("LogicalResourceId", ""),
        found.get("ResourceStatus", ""),
        reason[:_LONGEST_REASON],
    )
