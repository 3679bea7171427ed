"""The Lambda function behind the HTTP API: the same application, through Mangum.

Everything is created while the module is imported, before the first request, because Lambda gives
that phase a whole CPU. It holds no answers, since every second of a function costs; it works on
nothing after an answer, since Lambda freezes the process then; and it sends no notices, since the
table's stream does (`backend.entrypoints.lambda_notices`).
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

from backend.entrypoints.loading import uncollected

with uncollected():
    # Every request with a token needs it, and the first should not have to wait for the import.
    import jwt.algorithms  # noqa: F401
    from mangum import Mangum

    from backend import bootstrap
    from backend.api.rate_limits import Limits
    from backend.config import logs
    from backend.config.settings import function_settings

    logs.configure(level=logging.INFO)

    _backend = bootstrap.on_aws(
        function_settings(os.environ),
        holds=False,
        sends_notices=False,
        registration_open=os.environ.get("NIM_OPEN_REGISTRATION") == "true",
        invitations_register=os.environ.get("NIM_INVITATIONS_REGISTER") == "true",
        # For this instance only: the gateway's throttling limits all of them together.
        limits=Limits(),
    )
# Mangum uses the thread's event loop, which only older Pythons create by themselves.
asyncio.set_event_loop(asyncio.new_event_loop())
_mangum = Mangum(_backend.app, lifespan="off")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of API Gateway (payload format 2.0)."""
    answer: dict[str, Any] = _mangum(event, context)
    return answer
