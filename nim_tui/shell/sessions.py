"""Who plays: a stored session, or else NIM_USER and NIM_PASSWORD for one call alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager

from backend.domain.errors import NotSignedIn, SignInIncomplete, WrongPassword
from nim_tui.account import PlayerSession
from nim_tui.client.client import NimClient
from nim_tui.client.connection import SIGN_OUT_SECONDS
from nim_tui.shell.errors import keyring_problem
from nim_tui.text.place import at

_HOW = "Sign in with nim-tui login NAME, or set NIM_USER and NIM_PASSWORD."


@asynccontextmanager
async def signed_in(
    client: NimClient, wanted: str | None, environ: Mapping[str, str]
) -> AsyncIterator[None]:
    """Sign `wanted` in, or the last one who signed in here; a session made for this is ended.

    Raises:
        NotSignedIn: there is no session, and none can be made.

    """
    session = PlayerSession(client)
    try:
        if await resumed(session, wanted):
            yield
            return
        try:
            await _completed(_sign_in_once(session, wanted, environ))
            yield
        finally:
            await client.sign_out()
    finally:
        await session.settle()


async def _completed(work: Coroutine[None, None, None]) -> None:
    """Let the work finish where the caller is cancelled, so that what it began can be ended."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=SIGN_OUT_SECONDS)
        raise


async def resumed(session: PlayerSession, wanted: str | None) -> bool:
    """Continue the stored session of `wanted`, without regard to case, or the last one."""
    outcome = await session.resume(wanted)
    if outcome != "signed_in":
        known = session.match(wanted)
        if known is None or known == wanted:
            return False
        outcome = await session.resume(known)
    return outcome == "signed_in"


async def _sign_in_once(
    session: PlayerSession, wanted: str | None, environ: Mapping[str, str]
) -> None:
    client, note = session.client, session.take_note()
    user, password = environ.get("NIM_USER"), environ.get("NIM_PASSWORD")
    if not user or not password or wanted is None or wanted.casefold() != user.casefold():
        who = "Nobody is" if wanted is None else "That player is not"
        keyring = "" if note is None else f"{keyring_problem(note)}. "
        raise NotSignedIn(f"{who} signed in {at(client.place_name)}. {keyring}{_HOW}")
    if not client.private:
        raise NotSignedIn(
            "NIM_USER and NIM_PASSWORD are not sent over plain http to another machine. "
            "Use https, or sign in with nim-tui login NAME."
        )
    # Nothing of this session may reach the keyring, nor anything from there replace it.
    client.connection.on_renewed = client.connection.stored_token = None
    try:
        await client.sign_in(user, password)
    except (WrongPassword, SignInIncomplete) as error:
        raise NotSignedIn(f"NIM_USER and NIM_PASSWORD are refused. {error.message}") from error
