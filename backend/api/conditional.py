"""Conditional GET and waiting: `ETag`, `If-None-Match`, `Prefer: wait=N`, `Retry-After`.

If the backend holds answers, a request that has the current content waits for a change. If it does
not, the answer says when to ask again.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from backend.api.requests import Call
from backend.api.responses import tagged

MOST_WAIT_SECONDS = 25
_TAG_BYTES = 12
_TAG = re.compile(r'(?:W/)?("[^"]*")')
# RFC 7240: a name, an optional value, bare or quoted, optional parameters; the first one counts.
_WAIT = re.compile(r'wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?', re.ASCII | re.IGNORECASE | re.DOTALL)


def etag(body: bytes) -> str:
    """The tag of some content: the same in every process, whichever wrote the game."""
    return f'"{hashlib.blake2b(body, digest_size=_TAG_BYTES).hexdigest()}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has `tag` among its tags, compared weakly (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def wait_seconds(request: Request) -> int | None:
    """How long the caller is willing to wait, at most MOST_WAIT_SECONDS; None if it is not."""
    for header in request.headers.getlist("prefer"):
        for preference in header.split(","):
            if match := _WAIT.fullmatch(preference.strip()):
                return min(int(match[1]), MOST_WAIT_SECONDS)
    return None


async def conditional(
    call: Call, key: str, read: Callable[[], Awaitable[bytes]], *, again: int
) -> Response:
    """Answer a GET: 200, or 304 if the caller has the content; held back if that was asked for.

    Args:
        key: of `backend.service.subscriptions`, woken when the content may have changed.
        read: returns the current content.
        again: seconds after which it is worth asking again, if answers are not held.

    """
    known = ", ".join(call.request.headers.getlist("if-none-match")) or None
    wait = wait_seconds(call.request) if call.service.holds else None
    if wait and known is not None and known.strip() != "*":
        body = await _changed(call, key, read, known, wait)
    else:
        body = await read()
    tag = etag(body)
    response = tagged(body, tag, fresh=not is_known(known, tag))
    if wait is not None:
        response.headers["Preference-Applied"] = f"wait={wait}"
    if not call.service.holds:
        response.headers["Retry-After"] = str(again)
    return response


async def _changed(
    call: Call, key: str, read: Callable[[], Awaitable[bytes]], known: str, wait: int
) -> bytes:
    """The content once it differs from the known one, or after `wait` seconds.

    It also returns when the caller has hung up. Listening begins before the first read, so that no
    change is lost between the two.
    """
    until = asyncio.get_running_loop().time() + wait
    with call.service.hub.listen(key) as woken:
        body = await read()
        gone = asyncio.create_task(_gone(call.request, woken))
        try:
            while is_known(known, etag(body)) and not gone.done() and not call.closing():
                with call.watch.metrics.held():
                    async with asyncio.timeout_at(until):
                        await woken.wait()
                woken.clear()
                body = await read()
        except TimeoutError:
            pass
        finally:
            gone.cancel()
    return body


async def _gone(request: Request, woken: asyncio.Event) -> None:
    """Wake the waiter when its caller hangs up, so that it does not wait in vain."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    woken.set()
