"""Our signatures are botocore's, to the byte, for any request that we can make."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from backend.adapters.aws.signing import Signer, host_of

PRINTABLE = "".join(chr(code) for code in range(33, 127))
KEYS: st.SearchStrategy[Any] = st.builds(
    ReadOnlyCredentials,
    st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=20),
    st.text(PRINTABLE, min_size=1, max_size=64),
    st.none() | st.text(PRINTABLE, min_size=1, max_size=200),
)
NAMES = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=20)
HEADERS = st.dictionaries(
    NAMES.filter(lambda name: name not in {"host", "x-amz-date", "x-amz-security-token"}).map(
        lambda name: f"x-{name}"
    ),
    st.text(PRINTABLE, min_size=1, max_size=40),
    max_size=4,
)
HOSTS = st.sampled_from(
    [
        "dynamodb.us-east-1.amazonaws.com",
        "Sns.Eu-Central-1.amazonaws.com",
        "127.0.0.1",
        "[::1]",
        "localhost",
    ]
)
PORTS = st.sampled_from(["", ":80", ":443", ":4566"])
PATHS = st.sampled_from(["", "/", "/a", "/a/b/", "/a//b", "/a/../b", "/ä b", "/%20~x", "/a:b=c"])
URLS = st.builds("{}://{}{}{}".format, st.sampled_from(["http", "https"]), HOSTS, PORTS, PATHS)
TIMES = st.integers(0, 4_000_000_000)


def botocores(
    url: str, service: str, region: str, headers: dict[str, str], body: bytes,
    keys: Any, now: int,
) -> dict[str, str]:  # fmt: skip
    """What botocore sends along with the same request."""
    request = AWSRequest("POST", url, dict(headers), body)
    moment = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        SigV4Auth(keys, service, region).add_auth(request)
    return {name.lower(): value for name, value in request.headers.items()}


@given(url=URLS, region=NAMES, headers=HEADERS, body=st.binary(max_size=300), keys=KEYS, now=TIMES)
def test_a_signature_is_botocores(
    url: str, region: str, headers: dict[str, str], body: bytes, keys: Any, now: int
) -> None:
    signer = Signer(url, "dynamodb", region)
    ours = signer.signed(headers, body, keys, now)
    assert ours.pop("host") == host_of(url)
    assert ours == botocores(url, "dynamodb", region, headers, body, keys, now)


@given(calls=st.lists(st.tuples(KEYS, TIMES), min_size=2, max_size=6), again=st.booleans())
def test_the_kept_key_is_that_of_the_day_and_of_the_secret(
    calls: list[tuple[Any, int]], *, again: bool
) -> None:
    signer = Signer("http://localhost", "sns", "eu-west-1")
    for keys, now in calls * (2 if again else 1):
        ours = signer.signed({}, b"", keys, now)["authorization"]
        expected = botocores("http://localhost", "sns", "eu-west-1", {}, b"", keys, now)
        assert ours == expected["authorization"]


def test_the_example_of_amazons_test_suite() -> None:
    """Its case "post-vanilla"."""
    keys: Any = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
    now = datetime(2015, 8, 30, 12, 36, tzinfo=UTC).timestamp()
    signer = Signer("https://example.amazonaws.com/", "service", "us-east-1")
    assert signer.signed({}, b"", keys, now)["authorization"].endswith(
        "SignedHeaders=host;x-amz-date,"
        " Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )
