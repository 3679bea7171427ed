"""Everything that is kept about one account, for its owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.game import STATES, Game
from backend.domain.invitations import Invitation
from backend.domain.people import Profile
from backend.service.account_ports import KeptNotice, KeptSession
from backend.service.use_cases import Service

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Export:
    """What is kept about an account; `since` is the first moment of its games."""

    profile: Profile
    since: datetime | None
    games: Sequence[Game]
    sessions: Sequence[KeptSession]
    notices: Sequence[KeptNotice]
    invitations: Sequence[Invitation]


async def export(service: Service, user: str) -> Export:
    """What is kept about this account. Raises: NoSuchPlayer."""
    player = await service.accounts.profile(user)
    games: list[Game] = []
    for state in STATES:
        cursor: str | None = None
        while True:
            page, cursor = await service.list_games(user, state, _PAGE, cursor)
            games += page
            if cursor is None:
                break
    archive, since = service.archive, await service.people.owned_from(user)
    notices = await archive.notices(user) if archive else ()
    return Export(
        profile=await service.accounts.with_contacts(player),
        since=since,
        games=games,
        sessions=await archive.sessions(user) if archive else (),
        # Whoever had the name before was told other things.
        notices=[kept for kept in notices if since is None or kept.created_at >= since],
        invitations=await service.invitations.list_of(user),
    )
