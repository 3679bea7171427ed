"""Finding a game by any unique beginning of its id."""

from __future__ import annotations

from collections.abc import AsyncIterator

from backend.domain.errors import NoSuchRoute
from backend.domain.game import STATES, Game, State
from backend.domain.ids import ID_LENGTH
from nim_tui.client.client import NimClient
from nim_tui.options import UsageError, printable
from nim_tui.text.sanitize import clean, harmless

MOST_GAMES = 1000
_PAGE = 100
_SHOWN = 5


async def all_games(client: NimClient, state: State, most: int) -> AsyncIterator[Game]:
    """The player's games in the backend's order, page by page."""
    cursor, left = None, most
    while left > 0:
        page = await client.games(state, cursor, min(left, _PAGE))
        for game in page.games[:left]:
            yield game
        left -= len(page.games)
        cursor = page.cursor
        if cursor is None or not page.games:
            return


async def find_game(client: NimClient, beginning: str) -> Game:
    """The only game whose id begins so, looked for among open, then finished games.

    Raises:
        NoSuchGame, UsageError: no game has such an id, or several open or several finished ones.

    """
    if not beginning:
        raise UsageError("a game's id is needed. See nim-tui games.")
    if len(beginning) < ID_LENGTH:
        try:
            for state in STATES:
                if found := await _beginning(client, state, beginning):
                    return found
        except NoSuchRoute:
            pass  # a backend without a list: the id has to be complete
    return await client.game(beginning)


async def _beginning(client: NimClient, state: State, beginning: str) -> Game | None:
    found = []
    async for game in all_games(client, state, MOST_GAMES):
        if game.game_id == beginning:
            return game
        if game.game_id.startswith(beginning):
            found.append(game)
    if len(found) > 1:
        me = client.username or ""
        shown = [
            f"{harmless(game.game_id)} ({clean(game.opponent_of(me))})" for game in found[:_SHOWN]
        ]
        more = "" if len(found) <= _SHOWN else f" and {len(found) - _SHOWN} more"
        raise UsageError(
            f"several games begin with '{printable(beginning)}': {', '.join(shown)}{more}. "
            "Type more of the id."
        )
    return found[0] if found else None
