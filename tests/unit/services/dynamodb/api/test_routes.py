"""Routes: an operation is loaded by its first request, which waits for it."""

from __future__ import annotations

import pytest

from jedlik.gateway.exchange import Request
from jedlik.kernel.catalog_version import CatalogChanged, next_version
from jedlik.services.dynamodb.api.routes import Route, Routes
from jedlik.services.dynamodb.operations.registry import OPERATIONS, Operation
from tests.control_plane import ControlPlane

LIST = b"DynamoDB_20120810.ListTables"


def find(routes: Routes) -> Route:
    return routes.find(Request(b"POST", b"/", {b"x-amz-target": LIST}, b"", b"", b"id"))


def test_a_request_waits_for_its_operation_to_be_loaded_and_later_ones_do_not(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OPERATIONS, "_loaded", {})
    routes = Routes(lambda _request: None, lambda _name: None)
    first = find(routes)
    assert OPERATIONS.when_loaded("ListTables") is None
    assert plane.run(first.operation(plane.database, {})) == {"TableNames": []}
    assert plane.run(first.operation(plane.database, {})) == {"TableNames": []}
    assert find(routes).operation is OPERATIONS.when_loaded("ListTables") is not None


def test_a_request_begins_again_where_policies_may_have_changed_while_it_waited(
    plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OPERATIONS, "_loaded", {})
    catalog = plane.database.catalog

    async def load_meanwhile(name: str) -> Operation:
        if OPERATIONS.when_loaded(name) is None:
            catalog.move_to(next_version(catalog.version))
        return OPERATIONS[name]

    monkeypatch.setattr(OPERATIONS, "load", load_meanwhile)
    route = find(Routes(lambda _request: None, lambda _name: None))
    with pytest.raises(CatalogChanged):
        plane.run(route.operation(plane.database, {}))
    assert plane.run(route.operation(plane.database, {})) == {"TableNames": []}
