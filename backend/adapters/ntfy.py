"""Notices through the operator's ntfy server, to topics that players name.

Only that server is ever called: a topic is one part of a path, and redirects are not followed.
"""

from __future__ import annotations

import base64
import http.client
import logging
import ssl
from functools import partial

from backend.adapters.blocking import OPERATION_SECONDS, Exchanges
from backend.config.channels import NtfyServer
from backend.domain.credentials import topic_problem
from backend.domain.errors import Unavailable
from backend.domain.notices import Outcome

log = logging.getLogger(__name__)

_AWAY = "The ntfy server cannot be reached right now."
_MOST_ANSWER = 64 * 1024
# Its answers for a topic that no other try will reach: reserved by somebody, or not a topic.
_REFUSED = {400, 401, 403, 404, 413}


class NtfySender:
    """Publishes messages on one ntfy server; a `Sender`."""

    def __init__(self, server: NtfyServer) -> None:
        self._server = server
        self._exchanges = Exchanges("nim-ntfy")

    async def send(self, to: str, text: str, *, key: str, by: str) -> Outcome:
        """See `Sender.send`: refused if the server refuses this topic."""
        if topic_problem(to):
            return "refused"
        status = await self._exchanges.run(partial(self._publish, to, text), late=_AWAY)
        if 200 <= status < 300:
            return "sent"
        if status in _REFUSED:
            log.info("a notice is not sent: the ntfy server refuses the topic with %d", status)
            return "refused"
        raise Unavailable(f"The ntfy server answers {status}.")

    async def close(self) -> None:
        """Nothing is kept open between two messages."""

    def _publish(self, topic: str, text: str) -> int:
        """The status of the answer. Blocking. Raises: Unavailable."""
        connection = self._connection()
        try:
            path = f"{self._server.path}/{topic}"
            connection.request("POST", path, text.encode(), self._headers())
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER)
        except (http.client.HTTPException, OSError) as error:
            raise Unavailable(_AWAY) from error
        finally:
            connection.close()
        return answer.status

    def _connection(self) -> http.client.HTTPConnection:
        server = self._server
        if not server.tls:
            return http.client.HTTPConnection(server.host, server.port, timeout=OPERATION_SECONDS)
        return http.client.HTTPSConnection(
            server.host,
            server.port,
            timeout=OPERATION_SECONDS,
            context=ssl.create_default_context(),
        )

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "text/plain; charset=utf-8", "Title": "Nim"}
        if self._server.credentials is not None:
            token = base64.b64encode(self._server.credentials.encode()).decode()
            headers["Authorization"] = f"Basic {token}"
        return headers
