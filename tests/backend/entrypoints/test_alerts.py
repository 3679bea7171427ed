"""The alerts in docs/server.md: rules that Prometheus reads, over figures that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from cfnlint.decode import cfn_yaml
from prometheus_client.parser import text_string_to_metric_families

from backend.adapters.prometheus import PrometheusMetrics
from backend.service.metrics import OutboxState

PAGE = Path(__file__).parents[3] / "docs" / "server.md"
_OF_PROMETHEUS = {"up"}


def _blocks() -> list[Any]:
    texts = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [json.loads(json.dumps(cfn_yaml.loads(text))) for text in texts]


def _rules() -> list[dict[str, Any]]:
    (rules,) = (block["groups"][0]["rules"] for block in _blocks() if "groups" in block)
    assert isinstance(rules, list)
    return rules


async def _samples() -> set[str]:
    """The names of all samples, once each kind has something to show."""
    metrics = PrometheusMetrics()

    async def outbox() -> OutboxState:
        return OutboxState(1, 2.0)

    metrics.outbox_from(outbox)
    metrics.answered("POST /login", 401, 0.1, "wrong_password")
    metrics.answered("POST /games/{gameId}", 200, 0.1, None)
    metrics.sent("sms", "sent")
    metrics.called_aws("UpdateItem", "ok")
    text = (await metrics.text()).decode()
    families = text_string_to_metric_families(text)
    return {sample.name for family in families for sample in family.samples}


async def test_there_are_five_alerts_over_figures_that_exist() -> None:
    rules, known = _rules(), await _samples() | _OF_PROMETHEUS
    assert len({rule["alert"] for rule in rules}) == 5
    for rule in rules:
        named = set(re.findall(r"\bnim_[a-z_]+|\bup\b", rule["expr"]))
        assert named, rule
        assert named <= known, rule
        assert rule["expr"].count("(") == rule["expr"].count(")")
        assert re.fullmatch(r"\d+[mh]", rule["for"])
        assert rule["annotations"]["summary"].endswith(".")


async def test_every_figure_in_the_table_exists_and_the_other_way_round() -> None:
    documented = set(re.findall(r"`(nim_[a-z_]+)`", PAGE.read_text("utf-8")))
    shown = {
        re.sub(r"_(bucket|count|sum|created)$", "", name)
        for name in await _samples()
        if name.startswith("nim_")
    }
    shown = {f"{name}_total" if f"{name}_total" in documented else name for name in shown}
    assert shown == documented


def test_the_job_that_is_scraped_is_the_one_of_the_first_alert() -> None:
    (jobs,) = (block["scrape_configs"] for block in _blocks() if "scrape_configs" in block)
    (job,) = jobs
    assert f'job="{job["job_name"]}"' in _rules()[0]["expr"]
