"""Requests of the key service with spoilt members: the service's errors and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any
from zlib import crc32

import pytest

from jedlik.auth.identity import Identity
from jedlik.base.errors import ServiceError
from jedlik.base.ids import RandomIds
from jedlik.gateway.exchange import Request
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.kms.access.access import KeyAccess
from jedlik.services.kms.inputs import checker_for
from jedlik.services.kms.operations.registry import OPERATIONS
from jedlik.services.kms.shapes import OPERATIONS as SHAPE_OF
from jedlik.services.kms.shapes import SHAPES
from jedlik.storage.memory import MemoryEngine
from tests.simulated_clock import SimulatedClock

WEIRD: list[Any] = [
    None, "", "x", "é" * 50, "alias/", "alias/é\0", "arn:", "arn:aws:kms:us-east-1:1:key/x",
    "arn:aws:kms:us-east-1:000000000000:alias/none", "AAAA", "AA=A", "A" * 9000, 0, -1, 1, 7,
    10**30, 1.5, True, [], ["x"], [{}], [None], {}, {"": ""}, {"a": "b"}, {"a": None}, {"a": 1},
    [{"TagKey": "", "TagValue": ""}], "0" * 36, "00000000-0000-0000-0000-000000000000",
]  # fmt: skip


STATEMENT = '{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"kms:*","Resource":"*"}'
POLICY = f'{{"Statement": [{STATEMENT}]}}'
ROOT = Identity("ADMIN", "000000000000", "us-east-1", "kms")


async def spoil(operation: str, seed: int) -> tuple[int, int]:
    """Send spoilt requests; returns how many succeeded and how many were refused."""
    draw = random.Random(seed)
    clock = SimulatedClock()
    database = Database(MemoryEngine(), clock, RandomIds())
    access = KeyAccess(TableAuthorizer(database, "ADMIN"), database)
    request = Request(b"POST", b"/", {}, b"", b"", b"ID")
    made: Any = await OPERATIONS["CreateKey"](database, {})
    key = made["KeyMetadata"]["KeyId"]
    sealed: Any = await OPERATIONS["Encrypt"](database, {"KeyId": key, "Plaintext": "AAAA"})
    good: dict[str, Any] = {
        "KeyId": key, "TargetKeyId": key, "DestinationKeyId": key, "SourceKeyId": key,
        "AliasName": "alias/a", "Plaintext": "AAAA", "CiphertextBlob": sealed["CiphertextBlob"],
        "KeySpec": "AES_256", "NumberOfBytes": 8, "Tags": [{"TagKey": "a", "TagValue": "b"}],
        "TagKeys": ["a"], "Policy": POLICY, "Operations": ["Decrypt"],
        "GranteePrincipal": "000000000000", "RetiringPrincipal": "000000000000", "GrantId": "g",
        "Description": "d", "PendingWindowInDays": 8,
    }  # fmt: skip
    members = [name for name, *_ in SHAPES[SHAPE_OF[operation]][1]]
    answered = refused = 0
    for _ in range(150):
        chosen = draw.sample(members, draw.randint(0, len(members)))
        payload = {name: good[name] for name in members if name in good and draw.random() < 0.9}
        payload |= {name: draw.choice(WEIRD) for name in chosen if draw.random() < 0.4}
        try:
            checked = checker_for(operation)(payload)
            checked = await access.authorize(request, ROOT, operation, checked)
            await OPERATIONS[operation](database, checked)
            answered += 1
        except ServiceError:
            refused += 1
        with contextlib.suppress(ServiceError):
            await OPERATIONS["CancelKeyDeletion"](database, {"KeyId": key})
        await OPERATIONS["EnableKey"](database, {"KeyId": key})
        with contextlib.suppress(ServiceError):
            alias = {"AliasName": "alias/a", "TargetKeyId": key}
            await OPERATIONS["CreateAlias"](database, alias)
    return answered, refused


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_spoilt_requests(operation: str) -> None:
    # The same requests every time: whether any of them is answered must not be left to chance.
    answered, refused = asyncio.run(spoil(operation, crc32(operation.encode())))
    assert refused
    never = {"CancelKeyDeletion", "CreateAlias", "RetireGrant", "RevokeGrant"}
    assert answered or operation in never
