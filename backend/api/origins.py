"""Who may send requests at all: keeps other people's web pages out.

Any web page can make a browser send requests to a port of its own computer or network. A browser
says in `Origin` which page sends, and in `Host` which name the page asked for; no page can forge
either. So a foreign `Origin` is refused, and a server that listens on loopback only answers to a
name that no page elsewhere can take over (DNS rebinding). Programs other than browsers send no
`Origin`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

from backend.domain.errors import BadRequest, ForeignOrigin

_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?", re.ASCII
)
_NO_BROWSER = "1.0"
"""HTTP's last version without `Host`, which browsers no longer use."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where a backend can be reached.

    Attributes:
        loopback: whether it listens on loopback only, so that `Host` is checked.
        public_url: its own public address, if it has one (`NIM_PUBLIC_URL`).

    """

    loopback: bool = False
    public_url: str | None = None

    def check(self, request: Request, body: bytes) -> None:
        """Refuse what a foreign web page has sent, or made a browser send.

        Raises:
            BadRequest: the host is not ours, or a browser sends a body that is not JSON.
            ForeignOrigin: the page is not ours.

        """
        if self.loopback:
            self._check_host(request)
        origins = request.headers.getlist("origin")
        if not origins:
            return
        if len(origins) > 1 or not self._is_own(origins[0], request):
            raise ForeignOrigin
        # A form in a page can send text of other types without being asked, but not JSON.
        if body and not _is_json(request.headers.getlist("content-type")):
            raise BadRequest("The body must be JSON. Send it with Content-Type: application/json.")

    def _check_host(self, request: Request) -> None:
        hosts = request.headers.getlist("host")
        if not hosts and request.scope.get("http_version") == _NO_BROWSER:
            return
        name = _name_of(hosts[0]) if len(hosts) == 1 else None
        if name is None or not (is_loopback(name) or name == self._public_name):
            raise BadRequest(
                "This server does not answer to that host name. Use the address that it prints;"
                " its operator can add a public one with NIM_PUBLIC_URL."
            )

    def _is_own(self, origin: str, request: Request) -> bool:
        if self.public_url is not None and origin.lower() == origin_of(self.public_url):
            return True
        # Behind an address, not a name: nobody can point an address elsewhere.
        host = request.headers.get("host", "").lower()
        name = _name_of(host)
        same = origin.lower() == f"{request.scope.get('scheme', 'http')}://{host}"
        return same and name is not None and (is_loopback(name) or _address(name) is not None)

    @property
    def _public_name(self) -> str | None:
        return (urlsplit(self.public_url).hostname or None) if self.public_url else None


def origin_of(url: str) -> str:
    """The origin of an address, as a browser writes it: without a port that is the usual one."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_loopback(host: str) -> bool:
    """Whether a host, as a name or an address, is this computer and nothing else."""
    address = _address(host)
    return host.lower() == "localhost" or (address is not None and address.is_loopback)


def _name_of(host: str) -> str | None:
    """The name or address in a `Host`, without its port; None if it is not a valid one."""
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    return match["name"].lower().strip("[]").removesuffix(".")


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_json(types: list[str]) -> bool:
    kinds = [kind.partition(";")[0].strip().lower() for kind in types]
    return kinds == ["application/json"]
