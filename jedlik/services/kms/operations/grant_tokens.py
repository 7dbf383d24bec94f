"""Tokens of grants. A token contains its grant's id, so that it does not need to be stored.

The service has tokens because a grant may take minutes to be effective everywhere (KMS developer
guide, "Using a grant token"). Here it is effective immediately: a valid token adds nothing.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Final, NamedTuple

from jedlik.gateway.operation import Body, OperationOn, Payload
from jedlik.kernel.store import Store
from jedlik.services.kms.errors import InvalidGrantTokenException
from jedlik.services.kms.operations.parameters import encoded

_PREFIX: Final = b"jedlik grant 1 "


class GrantName(NamedTuple):
    """A grant's key and its own id."""

    key_id: str
    grant_id: str


def grant_token(grant: GrantName) -> str:
    """The token of a grant."""
    return encoded(_PREFIX + " ".join(grant).encode())


def read_grant_token(token: str) -> GrantName:
    """The grant that a token was made for. Raises InvalidGrantTokenException."""
    try:
        content = b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    parts = content.removeprefix(_PREFIX).decode("latin-1").split(" ")
    if not content.startswith(_PREFIX) or len(parts) != 2:
        raise InvalidGrantTokenException("There is no such grant token")
    return GrantName(*parts)


def takes_grant_tokens(operation: OperationOn[Store]) -> OperationOn[Store]:
    """The operation, made to refuse requests with an invalid grant token."""

    async def checked(store: Store, payload: Payload) -> Body:
        for token in payload.get("GrantTokens") or ():
            read_grant_token(token)
        return await operation(store, payload)

    return checked
