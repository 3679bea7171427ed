"""Probes of health: asked rarely, told plainly."""

from __future__ import annotations

from backend.service.health import KEEP_SECONDS, Health, Trouble


class Disk:
    """A disk that is asked how it is."""

    def __init__(self) -> None:
        self.trouble: Trouble | None = None
        self.asked = 0

    async def probe(self) -> Trouble | None:
        self.asked += 1
        return self.trouble


async def test_without_probes_all_is_well() -> None:
    assert list(await Health().troubles()) == []


async def test_an_answer_is_kept_for_a_while_however_often_it_is_asked_for() -> None:
    disk, now = Disk(), [100.0]
    health = Health(clock=lambda: now[0])
    health.ask(disk.probe)
    for _ in range(50):
        assert list(await health.troubles()) == []
    assert disk.asked == 1
    disk.trouble = "disk_low"
    now[0] += KEEP_SECONDS
    assert list(await health.troubles()) == ["disk_low"]
    disk.trouble = None
    assert list(await health.troubles()) == ["disk_low"]
    now[0] += KEEP_SECONDS
    assert list(await health.troubles()) == []
