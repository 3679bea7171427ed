"""Signature Version 4 for a POST, as botocore's `SigV4Auth` computes it, at a tenth of the cost.

The signing key depends on the day, the region and the service only, so it is derived once a day.
See "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import quote, urlsplit

from botocore.utils import normalize_url_path

_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"http": 80, "https": 443}


class Keys(Protocol):
    """What botocore calls frozen credentials."""

    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


class Signer:
    """Signs the requests to one address, for one service in one region."""

    def __init__(self, url: str, service: str, region: str) -> None:
        self._host = host_of(url)
        self._path = quote(normalize_url_path(urlsplit(url).path), safe="/~")
        self._service = service
        self._region = region
        self._key_of: tuple[str, str] | None = None
        self._key = b""

    def signed(
        self, headers: Mapping[str, str], body: bytes, keys: Keys, now: float
    ) -> dict[str, str]:
        """The headers to send: `headers`, lower-case and with no two spaces in a row, and ours.

        Args:
            headers: all of them are signed.
            body: the whole body.
            keys: the credentials.
            now: seconds since 1970.
        """
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        sent = {**headers, "host": self._host, "x-amz-date": moment}
        if keys.token:
            sent["x-amz-security-token"] = keys.token
        names = sorted(sent)
        lines = "".join([f"{name}:{sent[name]}\n" for name in names])
        signed_names = ";".join(names)
        digest = hashlib.sha256(body).hexdigest()
        request = f"POST\n{self._path}\n\n{lines}\n{signed_names}\n{digest}"
        scope = f"{moment[:8]}/{self._region}/{self._service}/aws4_request"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{moment}\n{scope}\n{hashed}"
        key = self._signing_key(keys.secret_key, moment[:8])
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        sent["authorization"] = (
            f"{_ALGORITHM} Credential={keys.access_key}/{scope},"
            f" SignedHeaders={signed_names}, Signature={signature}"
        )
        return sent

    def _signing_key(self, secret: str, day: str) -> bytes:
        if self._key_of != (secret, day):
            key = f"AWS4{secret}".encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key_of, self._key = (secret, day), key
        return self._key


def host_of(url: str) -> str:
    """The `Host` of an address; the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != _PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return host
