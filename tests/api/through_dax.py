"""A client whose requests for items go through a cache: `pytest --dax tests/api/...`.

The effects of the cache are tested elsewhere; here the tests of items, queries, batches and
transactions go through DAX's own client. Tables are created, changed and described by boto3.
`CANNOT` has the tests that cannot pass, by the property of the client or the cache that prevents
it.
"""

from __future__ import annotations

import time
import uuid
from typing import Any, Final

import botocore.session
from amazondax import AmazonDaxClient

from tests.servers import REGION, RunningServer

OPERATIONS: Final = frozenset(
    (
        "batch_get_item", "batch_write_item", "delete_item", "get_item", "put_item", "query",
        "scan", "transact_get_items", "transact_write_items", "update_item",
    )
)  # fmt: skip
CANNOT: Final = {
    "the client refuses keys itself, in its own words, and leaves out what is no key": (
        "test_keys_that_are_not_the_tables", "test_starting_keys",
        "test_a_starting_key_that_is_none_of_the_table",
        "test_a_put_of_no_proper_key_is_answered_like_a_key",
        "test_an_empty_key_is_named_in_a_batch_too",
        "test_an_empty_key_is_found_before_the_transaction_begins",
        "test_a_key_that_is_no_value_fails_reads_as_a_whole",
        "test_of_items_to_put_only_the_first_that_does_not_fit_is_reported",
    ),
    "the client reads expressions itself, and refuses them in its own words": (
        "test_key_conditions_that_are_none", "test_updates_that_are_refused",
        "test_placeholders_are_used_and_defined", "test_placeholders_without_any_expression",
    ),
    "the client leaves out expressions that are empty": (
        "test_all_expressions_are_parsed_before_key_conditions_are_checked*can not be empty*",
    ),
    "the client turns parameters of old into expressions, with rules of its own": (
        "test_legacy_key_conditions", "test_tables_do_not_differ_in_language",
    ),
    "a table that is not there is missed when its key schema is asked for, with that text": (
        "test_no_such_table", "test_nothing_found", "test_all_is_refused_or_nothing",
    ),
    "the client's numbers cannot be compared beyond their precision": (
        "test_a_collection_comes_in_the_order_of_its_sort_key*-N]",
        "test_comparisons_of_sort_keys_of_each_type*-N]", "test_pages_make_up_the_whole*-N]",
    ),
    "the client has reasons of a cancellation as an attribute of its error": (
        "test_if_one_action_fails_none_takes_effect", "test_what_is_nested_too_deep",
        "test_reasons_come_in_order_with_texts_and_items",
    ),
    "the protocol's error for a failed condition has no item": (
        "test_a_failed_condition_shows_the_item_if_asked*ALL_OLD*",
    ),
    "the client writes into the requests that it is given, which boto3 then refuses": (
        "test_a_batch_has_25_writes_or_100_keys_at_most",
    ),
    "a cache asks for whole attributes, and does not know the keys of indexes": (
        "test_no_path_leads_into_a_key_attribute*g[0]*",
    ),
    "the client finds keys that are there twice itself, and names them": ("test_no_key_twice",),
}  # fmt: skip
"""By the reason: names of tests, with a * the beginning of one and what else is in it."""


def cannot(test: str) -> str | None:
    """Why a test cannot pass through DAX; None if it can."""
    for reason, names in CANNOT.items():
        for name in names:
            begin, _, rest = name.partition("*")
            if test.partition("[")[0] == begin and rest.strip("*") in test:
                return reason
    return None


class ThroughDax:
    """A boto3 client, except for the operations of DAX."""

    def __init__(self, server: RunningServer) -> None:
        self._client = server.client()
        self._dax = _dax_client(server)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dax if name in OPERATIONS else self._client, name)

    def close(self) -> None:
        """Close both."""
        self._dax.close()


def _dax_client(server: RunningServer) -> AmazonDaxClient:
    """A client of a cluster that caches items but no pages, since tests query what they have just
    written."""
    control, name = server.client("dax"), f"t-{uuid.uuid4().hex[:8]}"
    control.create_parameter_group(ParameterGroupName=name)
    control.update_parameter_group(
        ParameterGroupName=name,
        ParameterNameValues=[{"ParameterName": "query-ttl-millis", "ParameterValue": "0"}],
    )
    control.create_cluster(
        ClusterName=name, NodeType="dax.t3.small", ReplicationFactor=1, ParameterGroupName=name,
        IamRoleArn="arn:aws:iam::000000000000:role/dax",
    )  # fmt: skip
    deadline = time.monotonic() + 30
    while True:
        (cluster,) = control.describe_clusters(ClusterNames=[name])["Clusters"]
        if cluster["Status"] == "available":
            break
        assert time.monotonic() < deadline, cluster
        time.sleep(0.1)
    session = botocore.session.Session()
    session.set_credentials(*server.credentials)
    url = cluster["ClusterDiscoveryEndpoint"]["URL"]
    return AmazonDaxClient(session, region_name=REGION, endpoint_url=url)
