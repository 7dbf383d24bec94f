"""A table with an index of two partition attributes, and requests for it."""

from __future__ import annotations

from typing import Any

from jedlik.gateway.exchange import Request
from jedlik.services.dynamodb.database.open_table import OpenTable
from jedlik.services.iam.authorization.requests import AuthorizationRequest
from tests.control_plane import ControlPlane, attributes, index, on_demand


def keyed_table() -> OpenTable:
    """Keys `pk` (a number) and `sk`; the index `by_g` has `g` and `h`."""
    plane = ControlPlane()
    request = on_demand("t", "pk", "/sk")
    request["AttributeDefinitions"] = attributes("pk:N", "sk", "g", "h")
    request["GlobalSecondaryIndexes"] = [index("by_g", "g", "h")]
    plane.call("CreateTable", **request)
    found = plane.run(plane.database.table("t"))
    plane.close()
    return found


def part(kind: str, request: dict[str, Any], table: OpenTable) -> AuthorizationRequest:
    """What policies are asked about a request that is no part of another."""
    connection = Request(b"POST", b"/", {}, b"", b"", b"")
    return AuthorizationRequest(kind, request, request, table, connection, "us-east-1")
