"""Writes docs/scale.md: what the backend on AWS costs, and which limit it meets first.

    python -m tests.scale

Everything follows from the units that `tests/backend/adapters/dynamodb/test_costs.py` counts, from
stated habits, and from Amazon's list prices and default quotas as they are written down here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.backend.adapters.dynamodb.units import (
    ENDING,
    LOOK,
    MOVE,
    NEW_GAME,
    TEXT,
    Units,
    listing,
)

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
TEMPLATE = Path(__file__).with_name("scale.template.md")
PLAYERS = (1_000, 1_000_000, 10_000_000)
SECONDS_A_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Habits:
    """What one player does in a month."""

    games: int = 8
    moves_a_game: int = 10
    board_minutes: int = 60
    list_minutes: int = 30
    open_games: int = 4
    sign_ins: int = 2
    refreshes: int = 30
    busiest: float = 5.0  # the busiest hour, against the mean


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars in us-east-1, on demand, without free tiers; check them before relying on them."""

    write_million: float = 0.625
    read_million: float = 0.125
    storage_gb: float = 0.25
    recovery_gb: float = 0.20
    api_million: float = 1.00
    function_million: float = 0.20
    function_gb_second: float = 0.0000166667
    log_gb: float = 0.50
    active_player: float = 0.0055  # Cognito Lite, the first tier above the free one
    text: float = 0.008  # to the United States; elsewhere up to twenty times as much


HABITS, PRICES = Habits(), Prices()
BOARD_POLL_SECONDS, LIST_POLL_SECONDS = 2, 10
FUNCTION_GB, FUNCTION_SECONDS = 884 / 1024, 0.010
LOG_BYTES = 400
GAME_BYTES = 1_024
MONTHS_KEPT = 24


@dataclass(frozen=True, slots=True)
class Month:
    """What one player causes in a month."""

    units: Units
    requests: float
    moves: float
    games: float


def month(habits: Habits = HABITS) -> Month:
    """Every game has two players, so half of it is each one's."""
    games = habits.games / 2
    moves = games * habits.moves_a_game
    looks = habits.board_minutes * 60 / BOARD_POLL_SECONDS
    lists = habits.list_minutes * 60 / LIST_POLL_SECONDS
    units = (
        NEW_GAME * games
        + MOVE * (moves - games)
        + ENDING * games
        + LOOK * looks
        + listing(habits.open_games) * lists
    )
    requests = games + moves + looks + lists + habits.sign_ins + habits.refreshes
    return Month(units, requests, moves, games)


def bill(players: int, of: Month, prices: Prices = PRICES) -> dict[str, float]:
    """Dollars a month by service, without texts."""
    requests = of.requests * players
    gigabytes = of.games * players * MONTHS_KEPT * GAME_BYTES / 1e9
    seconds = requests * FUNCTION_SECONDS * FUNCTION_GB
    return {
        "DynamoDB, writes": of.units.writes * players / 1e6 * prices.write_million,
        "DynamoDB, reads": of.units.reads * players / 1e6 * prices.read_million,
        "DynamoDB, storage and recovery": gigabytes * (prices.storage_gb + prices.recovery_gb),
        "HTTP API": requests / 1e6 * prices.api_million,
        "Lambda": requests / 1e6 * prices.function_million + seconds * prices.function_gb_second,
        "logs": requests * LOG_BYTES / 1e9 * prices.log_gb,
        "Cognito": players * prices.active_player,
    }


@dataclass(frozen=True, slots=True)
class Quota:
    """A default quota of an account in one region, and what counts towards it."""

    name: str
    amount: int
    rate: str
    then: str


QUOTAS = (
    Quota(
        "the stack's own throttle (`ThrottlingRateLimit`, requests a second)", 100, "requests",
        "raise it in `template.yaml`: it is there to protect a small purse",
    ),
    Quota(
        'API Gateway, "Throttle rate" (requests a second)', 10_000, "requests",
        "ask for more, or hold answers: `nim-backend serve` needs a twelfth of the requests",
    ),
    Quota(
        'Lambda, "Concurrent executions"', 1_000, "running",
        "ask for more; a request takes about 10 ms",
    ),
    Quota(
        'Cognito, "Rate of UserAuthentication requests" (a second)', 120, "sign-ins",
        "buy more; or longer ID tokens, which are refreshed less often",
    ),
    Quota(
        'DynamoDB, "Table-level read throughput limit" (units a second)', 40_000, "reads",
        "ask for more; watched boards are nearly all of it",
    ),
    Quota(
        'DynamoDB, "Table-level write throughput limit" (units a second)', 40_000, "writes",
        "ask for more",
    ),
    Quota(
        'SNS, "SMS messages per second", if every move is texted', 20, "moves",
        "e-mail or ntfy; texts at this scale are for few",
    ),
)  # fmt: skip


def met_at(of: Month, habits: Habits = HABITS) -> list[tuple[float, Quota]]:
    """With how many players each quota is met in the busiest hour, the first one first."""
    month_to_second = habits.busiest / SECONDS_A_MONTH
    rates = {
        "requests": of.requests,
        "running": of.requests * FUNCTION_SECONDS,
        "sign-ins": habits.sign_ins + habits.refreshes,
        "reads": of.units.reads,
        "writes": of.units.writes,
        "moves": of.moves,
    }
    found = [(quota.amount / (rates[quota.rate] * month_to_second), quota) for quota in QUOTAS]
    return sorted(found, key=lambda entry: entry[0])


def page() -> str:
    """The whole document."""
    of = month()
    return TEMPLATE.read_text(encoding="utf-8").format(
        habits=HABITS,
        board=BOARD_POLL_SECONDS,
        lists=LIST_POLL_SECONDS,
        months=MONTHS_KEPT,
        reads=f"{of.units.reads:,.0f}",
        writes=f"{of.units.writes:,.0f}",
        requests=f"{of.requests:,.0f}",
        bills=_bills(of),
        texts=_texts(of),
        limits="\n".join(
            f"| {quota.name} | {quota.amount:,} | {_round(players)} | {quota.then} |"
            for players, quota in met_at(of)
        ),
        watched=f"{HABITS.board_minutes * 60 / BOARD_POLL_SECONDS / of.requests:.0%}",
    )


def _bills(of: Month) -> str:
    all_of_them = [bill(players, of) for players in PLAYERS]
    rows = [
        f"| {name} | " + " | ".join(_dollars(one[name]) for one in all_of_them) + " |"
        for name in all_of_them[0]
    ]
    rows.append(
        "| **together** | "
        + " | ".join(f"**{_dollars(sum(one.values()))}**" for one in all_of_them)
        + " |"
    )
    rows.append(
        "| for each player | "
        + " | ".join(
            f"{sum(one.values()) / players * 100:.2f} ¢"
            for one, players in zip(all_of_them, PLAYERS, strict=True)
        )
        + " |"
    )
    return "\n".join(rows)


def _texts(of: Month) -> str:
    dollars = of.moves * (PRICES.text + TEXT.writes / 1e6 * PRICES.write_million)
    return f"{dollars:.2f}"


def _dollars(amount: float) -> str:
    return f"${amount:,.2f}" if amount < 100 else f"${amount:,.0f}"


def _round(number: float) -> str:
    """Two figures: the habits are not known any better."""
    magnitude = 10 ** max(0, len(str(int(number))) - 2)
    return f"{int(number / magnitude) * magnitude:,}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
