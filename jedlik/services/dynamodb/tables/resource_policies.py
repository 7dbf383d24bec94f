"""Resource policies of tables and streams, and their revisions.

API reference, "PutResourcePolicy": a revision changes with the policy and only with it. A policy
goes with its table or stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson

from jedlik.base.errors import PolicyNotFoundException, ValidationException
from jedlik.kernel.catalog_version import next_version
from jedlik.kernel.keyspaces import IDENTITIES_VERSION, resource_policy_key
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.database import Database
from jedlik.services.dynamodb.tables.resources import find_resource
from jedlik.services.iam.model import ResourcePolicy
from jedlik.services.iam.store import Draft, Identities

MAX_SIZE: Final = 20 * 1024
NO_POLICY: Final = "NO_POLICY"


def check_text(text: str) -> None:
    """Raise ValidationException unless a text is a resource policy."""
    # Loading policies takes longer than a server without them takes to start.
    from jedlik.auth.policy.document import MalformedPolicy  # noqa: PLC0415
    from jedlik.services.iam.authorization.new_policies import compiled_new  # noqa: PLC0415

    if len(text.encode()) > MAX_SIZE:
        raise ValidationException(
            f"Policy size exceeds the limit of {MAX_SIZE} bytes for a resource-based policy"
        )
    try:
        compiled_new(text, names_principals=True)
    except MalformedPolicy as error:
        raise ValidationException(f"Invalid policy document: {error}") from None


def not_found(arn: str) -> PolicyNotFoundException:
    """The error where a table or stream has no policy, or not the expected one."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {arn}"
    )


async def change_policy(
    database: Database,
    arn: str,
    expected: str | None,
    decide: Callable[[ResourcePolicy | None], ResourcePolicy | None],
) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
    """Replace a resource's policy by what `decide` makes of it; returns the ones before and after.

    `expected` is the revision that it is to have, NO_POLICY for none. Raises
    PolicyNotFoundException where it has another, and what `find_resource` raises.
    """
    resource = (await find_resource(database.engine, database.names, arn)).id

    def decided(
        identities: Identities, draft: Draft
    ) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
        old = identities.resource_policies.get(resource)
        if expected is not None and expected != (NO_POLICY if old is None else old.revision):
            raise not_found(arn)
        new = decide(old)
        if new != old:
            draft.put_resource_policy(resource, new)
        return old, new

    return await database.identities.change(decided)


def first_policy(text: str, now: float) -> ResourcePolicy:
    """A policy with its first revision, made at `now`."""
    return ResourcePolicy(text, str(int(now * 1000)))


def attach(draft: StreamDraft, table_id: int, policy: ResourcePolicy) -> None:
    """Give a table its policy in the commit that makes it, which is to read IDENTITIES_VERSION."""
    values = draft.catalog.values
    values[resource_policy_key(table_id)] = orjson.dumps(policy)
    values[IDENTITIES_VERSION] = next_version(draft.read(IDENTITIES_VERSION))
