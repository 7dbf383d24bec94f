"""The key service as one of the server's APIs."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.apis import ApiSpec, loaded_api
from jedlik.gateway.protocols import json_calls

_SIGNED_AS: Final = "kms"
_TARGETS: Final = b"TrentService."

API: Final = ApiSpec(
    ("KMS",),
    (_SIGNED_AS,),
    json_calls(_TARGETS),
    loaded_api(__package__, "KeyService", _SIGNED_AS),
    __package__,
)
