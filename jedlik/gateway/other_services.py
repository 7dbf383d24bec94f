"""Requests of services that are not here.

`AWS_ENDPOINT_URL` sends all that a program asks of AWS to one address, where
`AWS_ENDPOINT_URL_DYNAMODB` sends DynamoDB's requests alone (AWS SDKs and tools reference guide,
"Service-specific endpoints"). Whoever took the first for the second is told so, wherever a request
names no operation of ours: the credential scope of its signature says which service it is for.
"""

from __future__ import annotations

import re
from typing import Final

from jedlik.gateway.exchange import Request

_SERVICE: Final = re.compile(
    rb"Credential=[^/,\s]+/[0-9]{8}/[A-Za-z0-9-]+/([a-z0-9-]{1,63})/aws4_request"
).search
_HERE: Final = (b"dynamodb", b"iam", b"sts", b"kms", b"lambda")


def told(request: Request) -> str | None:
    """What to say to a request that is signed for a service that is not here; None for others."""
    found = _SERVICE(request.headers.get(b"authorization", b""))
    if found is None or found[1] in _HERE:
        return None
    return (
        f"Jedlik has no {found[1].decode('ascii')}: it is DynamoDB, with IAM, STS, KMS and Lambda. "
        "Set AWS_ENDPOINT_URL_DYNAMODB rather than AWS_ENDPOINT_URL, and requests of other "
        "services do not come here."
    )
