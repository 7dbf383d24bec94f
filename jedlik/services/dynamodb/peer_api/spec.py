"""The API by which servers with replicas of the same tables call each other."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.apis import ApiSpec, loaded_api
from jedlik.gateway.protocols import json_calls
from jedlik.services.dynamodb.replication.peers.protocol import PREFIX, SIGNED_AS

_TARGETS: Final = f"{PREFIX}.".encode()

API: Final = ApiSpec(
    (),
    (SIGNED_AS,),
    json_calls(_TARGETS),
    loaded_api(__package__, "ReplicationService", SIGNED_AS),
    __package__,
)
