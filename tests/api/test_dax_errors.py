"""Every kind of error in DAX's protocol, as its Python client raises it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.api.failing_cache import ERRORS, TRIED_AGAIN, failing_cache
from tests.api.making import make


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """A client of a cache, and a table in which requests for an item fail with the error that its
    key names."""
    with failing_cache(tmp_path_factory.mktemp("failing")) as (server, cache):
        table = make(server.client(), "p", "/s:N")
        client = cache.client()
        yield client, table
        client.close()


def key(p: str) -> dict[str, dict[str, str]]:
    return {"p": {"S": p}, "s": {"N": "1"}}


@pytest.mark.parametrize("error", ERRORS)
def test_each_kind_of_error(error: str, failing: tuple[Any, str]) -> None:
    client, table = failing
    with pytest.raises(ClientError) as raised:
        client.put_item(TableName=table, Item=key(error))
    code = raised.value.response["Error"]["Code"]
    # The client gives RequestLimitExceeded the ending that all others have.
    assert code.removesuffix("Exception") == error.removesuffix("Exception")


@pytest.mark.parametrize("error", TRIED_AGAIN)
def test_what_passes_is_tried_again(error: str, failing: tuple[Any, str]) -> None:
    client, table = failing
    answer = client.get_item(TableName=table, Key=key(error), ConsistentRead=True)
    assert "Item" not in answer
