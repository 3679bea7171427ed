"""The ASGI application: from a request to its operation, and from any outcome to a response.

Every request has an id. It appears in the log line, in the response's `X-Request-Id` and in an
error's `requestId`. The checks come in this order: the body is complete and small enough (413), no
foreign web page sends it (400, 403), the route exists (404, 405), the caller is signed in (401) and
not too fast (429), the body is valid (400). Then the use case runs.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.decoding import decode
from backend.api.doors import Doors
from backend.api.operation import Operation
from backend.api.origins import Origins
from backend.api.rate_limits import Limits
from backend.api.requests import BODY_UNREAD, Call, read_body, token_of
from backend.api.responses import refusal
from backend.api.routes import OPERATIONS
from backend.domain.errors import (
    BadMethod,
    BadRequest,
    NimError,
    NoSuchRoute,
    OperatorProblem,
    Unavailable,
)
from backend.service.use_cases import Service
from backend.service.watch import Watch

log = logging.getLogger(__name__)
requests_log = logging.getLogger("backend.requests")

# Set in the scope once it is known which of our operations a request wants.
_OPERATION = "backend.operation"

# Without configured logging, as inside a client, nothing must be written over the screen.
logging.getLogger("backend").addHandler(logging.NullHandler())


class Api:
    """The application of one backend; see `create_app`."""

    def __init__(
        self,
        service: Service,
        *,
        limits: Limits,
        store_name: str,
        origins: Origins,
        operator_plays: bool,
        watch: Watch,
    ) -> None:
        self.service = service
        self.limits = limits
        self.doors = Doors()
        self.store_name = store_name
        self.origins = origins
        self.operator_plays = operator_plays
        self.watch = watch
        self.closing = False
        by_path: dict[str, dict[str, Operation]] = {}
        for operation in OPERATIONS:
            by_path.setdefault(operation.path, {})[operation.method] = operation
        self._router: ASGIApp = Router(
            [Route(path, _PathEndpoint(self, path, methods)) for path, methods in by_path.items()],
            redirect_slashes=False,
            default=self._nowhere,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"{scope['type']} is not supported")
        began = time.perf_counter()
        request_id = secrets.token_hex(8)
        status, code = 0, None

        async def send_tagged(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", request_id.encode()))
            elif scope["method"] == "HEAD":
                message["body"] = b""
            await send(message)

        try:
            await self._router(scope, receive, send_tagged)
        except Exception as error:
            code = error.code if isinstance(error, NimError) else Unavailable.code
            if status:
                raise
            response = _refused(error, request_id, operator_reads=self.operator_plays)
            if scope.get(BODY_UNREAD):
                # The rest of the body would be taken for the next request.
                response.headers["Connection"] = "close"
            await response(scope, receive, send_tagged)
        finally:
            seconds = time.perf_counter() - began
            self.watch.metrics.answered(scope.get(_OPERATION, "other"), status, seconds, code)
            _log_request(scope, status, seconds, request_id)

    async def _nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.origins.check(request, await read_body(request))
        raise NoSuchRoute

    def close_soon(self) -> None:
        """Answer all held requests now and hold no more, because the backend is about to stop."""
        self.closing = True
        self.service.hub.wake_all()


def create_app(
    service: Service,
    store_name: str = "sqlite",
    *,
    limits: Limits | None = None,
    origins: Origins | None = None,
    operator_plays: bool = False,
    watch: Watch | None = None,
) -> Api:
    """The application over a service; without `limits`, requests are not counted.

    It needs no lifespan, and does not close the service.

    Args:
        operator_plays: whether the players are the operators of this backend, too, and so read the
            sentences that are for them.
        watch: gets to know of every request.
    """
    return Api(
        service,
        limits=limits or Limits(enabled=False),
        store_name=store_name,
        origins=origins or Origins(),
        operator_plays=operator_plays,
        watch=watch or Watch(),
    )


class _PathEndpoint:
    """One path, with an operation for each of its methods."""

    def __init__(self, api: Api, path: str, methods: Mapping[str, Operation]) -> None:
        self._api = api
        self._path = path
        self._methods = dict(methods)
        if "GET" in methods:
            self._methods["HEAD"] = methods["GET"]
        self._allow = ", ".join(sorted(self._methods))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route_template"] = self._path
        request = Request(scope, receive)
        body = await read_body(request)
        self._api.origins.check(request, body)
        operation = self._methods.get(scope["method"])
        if operation is None:
            raise _MethodNotAllowed(self._allow)
        scope[_OPERATION] = f"{operation.method} {self._path}"
        response = await self._answer(operation, request, body)
        await response(scope, receive, send)

    async def _answer(self, operation: Operation, request: Request, body: bytes) -> Response:
        api = self._api
        call = Call(
            request=request,
            service=api.service,
            limits=api.limits,
            doors=api.doors,
            store_name=api.store_name,
            public_url=api.origins.public_url,
            closing=lambda: api.closing,
            watch=api.watch,
        )
        if operation.signed_in:
            call.user = await api.service.people.verify(token_of(request))
            api.limits.request(call.user)
        if operation.body is None:
            response = await operation.run(call)
        else:
            form = decode(body or b"{}", operation.body)
            if operation.required and not body:
                raise BadRequest("The body is missing. Send a JSON object.")
            response = await operation.run(call, form)
        assert isinstance(response, Response)
        return response


class _MethodNotAllowed(BadMethod):
    """This path has other methods; `allow` lists them for the header."""

    def __init__(self, allow: str) -> None:
        super().__init__()
        self.allow = allow


def _log_request(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    if requests_log.isEnabledFor(logging.INFO):
        facts = {
            "method": scope["method"],
            "route": scope.get("route_template"),
            "status": status,
            "ms": round(seconds * 1000, 1),
            "request_id": request_id,
        }
        requests_log.info("request", extra={"facts": facts})


def _refused(error: Exception, request_id: str, *, operator_reads: bool) -> Response:
    if isinstance(error, NimError):
        if isinstance(error, Unavailable):
            log.warning("request %s: %s", request_id, error.message, exc_info=error)
        if isinstance(error, OperatorProblem) and not operator_reads:
            error = Unavailable(error.for_players, retry_after=error.retry_after)
        response = refusal(error, request_id)
    else:
        log.error("request %s failed", request_id, exc_info=error)
        response = refusal(Unavailable(), request_id)
    if isinstance(error, _MethodNotAllowed):
        response.headers["Allow"] = error.allow
    return response
