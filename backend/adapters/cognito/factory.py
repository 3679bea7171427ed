"""The user pool that the settings name: its tokens' issuer, and where its keys are read."""

from __future__ import annotations

import re

from backend.adapters.aws_sdk import Aws, is_amazons
from backend.adapters.cognito.identity import CognitoIdentity
from backend.adapters.cognito.key_set import KeySet
from backend.adapters.cognito.token_verifier import TokenVerifier
from backend.config.settings import BackendSettings
from backend.domain.errors import OperatorProblem
from backend.service.ports import AccountRecords

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")


def people_of_pool(aws: Aws, settings: BackendSettings, records: AccountRecords) -> CognitoIdentity:
    """The accounts of the pool in the settings, and what is kept about them in `records`.

    Raises:
        Unavailable: the pool or client is not configured, or the pool is in another region.
    """
    pool_id, client_id = settings.user_pool_id, settings.client_id
    if not pool_id or not client_id:
        missing = "USER_POOL_ID" if not pool_id else "COGNITO_CLIENT_ID"
        raise OperatorProblem(f"{missing} is neither set nor saved. Run: nim-backend aws create.")
    home = pool_id.partition("_")[0]
    if aws.region and _REGION.fullmatch(home) and home != aws.region:
        raise OperatorProblem(
            f"The user pool {pool_id} is in {home}, but the region here is {aws.region}."
            f" Set AWS_REGION={home}."
        )
    issuer = settings.token_issuer or _cognitos_own(pool_id, aws.region or home)
    # boto3 knows every way to set an endpoint: in the environment and in its configuration.
    keys = KeySet(key_set_url(aws.client("cognito-idp").meta.endpoint_url, pool_id, issuer))
    verifier = TokenVerifier(keys, issuer=issuer, client_id=client_id)
    return CognitoIdentity(
        aws, pool_id=pool_id, client_id=client_id, verifier=verifier, records=records
    )


def key_set_url(endpoint: str, pool_id: str, issuer: str) -> str:
    """Where the pool's public keys are read: at the issuer, or at an engine's own endpoint.

    An engine may issue tokens under an address that does not exist.
    """
    home = issuer if is_amazons(endpoint) else f"{endpoint.rstrip('/')}/{pool_id}"
    return f"{home.rstrip('/')}/.well-known/jwks.json"


def _cognitos_own(pool_id: str, region: str) -> str:
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://cognito-idp.{region}.{domain}/{pool_id}"
