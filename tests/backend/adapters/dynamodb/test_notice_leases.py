"""What was sent is recorded, though the table is away for a while."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from backend.adapters.dynamodb import notice_leases
from backend.adapters.dynamodb.notice_leases import LEASE_SECONDS, NoticeLeases
from backend.domain.errors import Unavailable
from backend.domain.notices import Notice
from tests.aws_engines import Engine, new_table

NOTICE = Notice("game", 1, "bob", "your_turn", "ana")


class Throttled:
    """A table that refuses the first so many calls; it stands for AWS and for the transport."""

    def __init__(self, refusals: int) -> None:
        self.left = refusals
        self.asked: list[Any] = []

    def transport_to(self, service: str) -> Throttled:
        return self

    async def send(self, operation: str, request: Any) -> None:
        self.asked.append(request)
        if self.left:
            self.left -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)


def leases(table: Any) -> NoticeLeases:
    return NoticeLeases(table, "games")


async def test_what_is_done_is_done_also_when_its_lease_has_run_out(ministack: Engine) -> None:
    now = [1_000_000.0]
    aws = ministack.aws()
    kept = NoticeLeases(aws, new_table(aws), clock=lambda: now[0])
    assert await kept.take(NOTICE) == "ours"
    assert await kept.take(NOTICE) == "busy"
    now[0] += LEASE_SECONDS + 1
    assert await kept.take(NOTICE) == "ours", "its holder has died"
    await kept.done(NOTICE)
    now[0] += LEASE_SECONDS + 1
    assert await kept.take(NOTICE) == "done"
    await aws.aclose()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_leases, "RECORD_PAUSES", (0.0, 0.0, 0.0))


async def test_a_throttled_record_is_tried_again() -> None:
    table = Throttled(3)
    await leases(table).done(NOTICE)
    assert len(table.asked) == 4
    assert all("done" in request["UpdateExpression"] for request in table.asked)


async def test_in_the_end_it_is_given_up() -> None:
    table = Throttled(99)
    with pytest.raises(Unavailable):
        await leases(table).done(NOTICE)
    assert len(table.asked) == 4
