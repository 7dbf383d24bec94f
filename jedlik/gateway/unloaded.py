"""Answers for an API that cannot be loaded, in the protocol of its caller.

APIs write answers in their own protocols, but here the API is missing. So this module knows just
enough of each protocol for clients to find the error's code and text.
"""

from __future__ import annotations

from typing import Final

import orjson

from jedlik.base.errors import InternalServerError, ServiceError
from jedlik.gateway.exchange import Answer, HeadedAnswer, Request
from jedlik.gateway.known_errors import known_error
from jedlik.gateway.protocols import is_form

_RPC_CBOR: Final = b"rpc-v2-cbor"


def failed(error: Exception, request: Request) -> Answer:
    """The answer to a request whose API could not be loaded."""
    known = known_error(error, request, InternalServerError)
    if is_form(request):
        return Answer(known.status, _xml(known, request.request_id.decode()), b"text/xml")
    if request.headers.get(b"smithy-protocol") == _RPC_CBOR:
        protocol = b"smithy-protocol: " + _RPC_CBOR
        return HeadedAnswer(known.status, _cbor(known), b"application/cbor", (protocol,))
    return Answer(known.status, orjson.dumps(known.body()))


def _xml(error: ServiceError, request_id: str) -> bytes:
    """An error of the query protocol (Smithy 2.0 specification, "AWS query protocol"), with its
    APIs' name for a failure of the server ("Common Errors")."""
    fault = "Sender" if error.status < 500 else "Receiver"
    code = "InternalFailure" if type(error) is InternalServerError else error.code()
    text = error.message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return (
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code>"
        f"<Message>{text}</Message></Error><RequestId>{request_id}</RequestId>"
        "</ErrorResponse>"
    ).encode()


def _cbor(error: ServiceError) -> bytes:
    """A map of two texts (RFC 8949, section 3.1)."""
    members = (("__type", error.wire_type()), ("message", error.message))
    texts = (text.encode() for member in members for text in member)
    return b"\xa2" + b"".join(b"\x79%b%b" % (len(text).to_bytes(2, "big"), text) for text in texts)
