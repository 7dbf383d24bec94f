"""Smithy RPC v2 CBOR: the operation in the path, input and output in CBOR."""

from __future__ import annotations

from typing import Any, Final

from jedlik.base.errors import SerializationException, ServiceError
from jedlik.gateway.exchange import Answer, HeadedAnswer, Request
from jedlik.services.cloudwatch.wire import cbor
from jedlik.services.cloudwatch.wire.amz_json import query_error
from jedlik.services.cloudwatch.wire.protocol import Members

CBOR: Final = b"application/cbor"
_PROTOCOL: Final = b"smithy-protocol: rpc-v2-cbor"


class RpcCbor:
    """Smithy 2.0 specification, "Smithy RPC v2 CBOR protocol"."""

    def operation(self, request: Request) -> str:
        return request.target.partition(b"?")[0].rpartition(b"/")[2].decode("latin-1")

    def read(self, request: Request, _shape: str) -> Any:
        if not request.content:  # an input without members may be omitted
            return {}
        try:
            return cbor.decode(request.content)
        except cbor.Malformed:
            raise SerializationException from None

    def success(self, _operation: str, members: Members | None, _request: Request) -> Answer:
        body = b"" if members is None else cbor.encode(members)
        return HeadedAnswer(200, body, CBOR if body else b"", (_PROTOCOL,))

    def failure(self, error: ServiceError, _request: Request) -> Answer:
        headers = (_PROTOCOL, query_error(error))
        return HeadedAnswer(error.status, cbor.encode(error.body()), CBOR, headers)
