"""Open invitations among the players: making one, taking one, often several at once, and recalling.

The codes reach everybody at once, as in a chat that all of them read.
"""

from __future__ import annotations

import asyncio
import random

from backend.domain.errors import NimError
from backend.domain.game import Game
from nim_tui.client import NimClient

_BOARDS = ((1, 1, 1), (2, 1, 1), (3, 2, 1))


class Inviting:
    """What one player does with invitations, and which codes they have read."""

    def __init__(self, name: str, codes: dict[str, None], dice: random.Random) -> None:
        self._name = name
        self._codes = codes
        self._dice = dice
        self._own: dict[str, None] = {}
        self._read = 0
        self._is_new = False

    def instead_of(self, action: str) -> str:
        """Mostly whoever reads a new code takes it next."""
        self._is_new, self._read = len(self._codes) > self._read, len(self._codes)
        return "join" if self._is_new and self._dice.random() < 0.8 else action

    async def act(self, action: str, client: NimClient) -> Game | None:
        """Do one of these; the game where one has begun."""
        match action:
            case "invite":
                made = await client.invitations.make(
                    heaps=self._dice.choice(_BOARDS),
                    rule=self._dice.choice(("misere", "normal")),
                    request_id=f"{self._name}-{self._dice.randrange(10**6)}",
                )
                self._codes[made.code] = self._own[made.code] = None
            case "join" if self._codes:
                return await self._join(client)
            case "recall":
                mine = await client.invitations.mine()
                if mine and self._dice.random() < 0.5:
                    await client.invitations.withdraw(self._dice.choice(mine).code)
        return None

    async def _join(self, client: NimClient) -> Game | None:
        """Take the newest invitation, or any; sometimes twice at once, or after a look at it.

        Those who have just read of it do so in the next whole second, all at once.
        """
        codes = list(self._codes)
        if self._dice.random() < 0.95:
            codes = [code for code in codes if code not in self._own]
        if not codes:
            return None
        if self._is_new:
            now = asyncio.get_running_loop().time()
            await asyncio.sleep(1.0 - now % 1.0 + self._dice.uniform(0.0, 0.02))
        code = codes[-1] if self._dice.random() < 0.7 else self._dice.choice(codes)
        if self._dice.random() < 0.3:
            await client.invitations.look(code)
        if self._dice.random() < 0.7:
            return await client.invitations.accept(code)
        twice = client.invitations.accept(code), client.invitations.accept(code)
        answers = await asyncio.gather(*twice, return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and not isinstance(answer, NimError):
                raise answer
        return next((answer for answer in answers if isinstance(answer, Game)), None)
