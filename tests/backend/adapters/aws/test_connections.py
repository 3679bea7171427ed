"""Proxies and certificates: where botocore would go, and whom it would trust."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    EndpointConnectionError,
    ProxyConnectionError,
    SSLError,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from backend.adapters.aws_sdk import Aws, TransportName, as_unavailable
from tests.backend.adapters.aws.scripted import Server, answer, listening, read_request, scripted
from tests.support import free_port

GET: Any = {"TableName": "t", "Key": {"gameId": {"S": "game"}}}
NAMES = pytest.mark.parametrize("name", ["aiohttp", "boto3"])


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    backoff = "botocore.retries.standard.ExponentialBackoff.delay_amount"
    monkeypatch.setattr(backoff, lambda self, context: 0)


async def ask(name: TransportName, profile: str | None = None) -> Any:
    """What a new transport gets, as the environment is now."""
    aws = Aws("us-east-1", profile, transport=name)
    try:
        return await aws.transport_to("dynamodb").send("GetItem", GET)
    finally:
        await aws.aclose()


@NAMES
@pytest.mark.parametrize("prefix", ["http://", ""])
async def test_a_plain_proxy_is_asked_for_the_whole_address(
    monkeypatch: pytest.MonkeyPatch, name: TransportName, prefix: str
) -> None:
    async with scripted() as proxy:
        proxy.script(answer({}))
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.invalid:4566/base")
        monkeypatch.setenv("HTTP_PROXY", f"{prefix}us%40er:pass@127.0.0.1:{proxy.port}")
        assert await ask(name) == {}
        (asked,) = proxy.asked
    assert asked.target.rstrip("/") == "http://aws.invalid:4566/base"
    assert asked.headers["host"] == "aws.invalid:4566"
    assert asked.headers["proxy-authorization"] == "Basic dXNAZXI6cGFzcw=="


@NAMES
async def test_what_needs_no_proxy_goes_straight(
    monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    async with scripted() as server:
        server.script(answer({}))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        await ask(name)
        assert server.asked[0].target == "/"


@NAMES
async def test_a_proxy_that_is_not_there_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.invalid")
    monkeypatch.setenv("HTTP_PROXY", f"http://me:hidden@127.0.0.1:{free_port()}")
    with pytest.raises(BotoCoreError) as error:
        await ask(name)
    assert "hidden" not in str(error.value)
    assert "cannot be reached" in as_unavailable(error.value).message


@NAMES
async def test_a_proxy_that_refuses_a_tunnel_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    async with scripted() as proxy:
        proxy.script(answer(b"no", 403), close_after=True)
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ProxyConnectionError):
            await ask(name)
        assert proxy.asked[0].target == "dynamodb.us-east-1.amazonaws.com:443"


@NAMES
async def test_an_address_where_nobody_listens_cannot_be_connected_to(
    monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EndpointConnectionError):
        await ask(name)


@dataclass
class Certified:
    """A server behind TLS, and the certificate of who vouches for it."""

    server: Server
    bundle: Path


def certify(folder: Path, *names: x509.GeneralName) -> tuple[Path, ssl.SSLContext]:
    """A certificate that vouches for itself, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nim-test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    bundle, private = folder / "bundle.pem", folder / "key.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(bundle, private)
    return bundle, context


@pytest.fixture
async def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Certified]:
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    bundle, context = certify(tmp_path, address, x509.DNSName("tunnelled.invalid"))
    async with scripted(tls=context) as server:
        server.script(answer({}))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.port}")
        yield Certified(server, bundle)


@NAMES
@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "ca_bundle"])
async def test_the_certificates_that_are_named_are_trusted(
    certified: Certified,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: TransportName,
    variable: str,
) -> None:
    if variable == "ca_bundle":
        config = tmp_path / "config"
        config.write_text(f"[default]\nca_bundle = {certified.bundle}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    else:
        monkeypatch.setenv(variable, str(certified.bundle))
    await ask(name)
    assert len(certified.server.asked) == 1


@NAMES
async def test_any_other_certificate_is_not(certified: Certified, name: TransportName) -> None:
    with pytest.raises(SSLError) as error:
        await ask(name)
    assert "cannot be reached" in as_unavailable(error.value).message
    assert certified.server.asked == []


@NAMES
async def test_nor_is_one_for_another_name(
    certified: Certified, monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certified.bundle))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{certified.server.port}")
    with pytest.raises(SSLError):
        await ask(name)
    assert certified.server.asked == []


@NAMES
@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_file_of_certificates_that_is_none_is_an_error_in_words(
    certified: Certified,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: TransportName,
    content: str | None,
) -> None:
    path = tmp_path / "other.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    with pytest.raises(BotoCoreError) as error:
        await ask(name)
    assert "cannot be reached" in as_unavailable(error.value).message


@NAMES
async def test_through_a_tunnel_the_certificate_is_that_of_aws(
    certified: Certified, monkeypatch: pytest.MonkeyPatch, name: TransportName
) -> None:
    asked = []

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await read_request(reader)).target)
        theirs, ours = await asyncio.open_connection("127.0.0.1", certified.server.port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(pump(reader, ours), pump(theirs, writer))
        finally:
            ours.close()
            with suppress(ConnectionError):
                await ours.wait_closed()

    async with listening(tunnel) as port:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certified.bundle))
        monkeypatch.setenv("AWS_ENDPOINT_URL", "https://tunnelled.invalid")
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        await ask(name)
    assert asked == ["tunnelled.invalid:443"]
    assert certified.server.asked[0].headers["host"] == "tunnelled.invalid"


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass everything on."""
    while piece := await reader.read(65536):
        writer.write(piece)
        await writer.drain()
    writer.close()
