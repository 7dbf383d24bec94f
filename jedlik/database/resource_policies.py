"""Resource policies of tables, and their revisions.

API reference, "PutResourcePolicy": a revision changes with the policy and only with it. A table's
policy goes with the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from jedlik.base.errors import (
    PolicyNotFoundException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.database.database import Database
from jedlik.database.identities import Draft, Identities
from jedlik.model.identity import ResourcePolicy

MAX_SIZE: Final = 20 * 1024
NO_POLICY: Final = "NO_POLICY"


async def table_id(database: Database, arn: str) -> int:
    """The id of the table that an ARN names.

    Raises ValidationException where it names none, ResourceNotFoundException where there is none.
    """
    name = database.names.resource_table(arn)
    if name is None:
        if "/stream/" in arn:
            raise ValidationException(
                "A resource policy of a stream is not available on this server yet"
            )
        raise ValidationException(f"Invalid ResourceArn: {arn}")
    table = await database.catalog.current(name)
    if table is None:
        raise ResourceNotFoundException(
            f"Requested resource not found: ResourcArn: {arn} not found"
        )
    return table.id


def check_text(text: str) -> None:
    """Raise ValidationException unless a text is a resource policy."""
    # Loading policies takes longer than a server without them takes to start.
    from jedlik.auth.policy.compile import compile_policy  # noqa: PLC0415
    from jedlik.auth.policy.document import MalformedPolicy  # noqa: PLC0415

    if len(text.encode()) > MAX_SIZE:
        raise ValidationException(
            f"Policy size exceeds the limit of {MAX_SIZE} bytes for a resource-based policy"
        )
    try:
        compile_policy(text, names_principals=True)
    except MalformedPolicy as error:
        raise ValidationException(f"Invalid policy document: {error}") from None


def not_found(arn: str) -> PolicyNotFoundException:
    """The error where a table has no policy, or not the expected one."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {arn}"
    )


async def change_policy(
    database: Database,
    arn: str,
    expected: str | None,
    decide: Callable[[ResourcePolicy | None], ResourcePolicy | None],
) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
    """Replace a table's policy by what `decide` makes of it; returns the policies before and after.

    `expected` is the revision that it is to have, NO_POLICY for none. Raises
    PolicyNotFoundException where it has another.
    """
    table = await table_id(database, arn)

    def decided(
        identities: Identities, draft: Draft
    ) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
        old = identities.resource_policies.get(table)
        if expected is not None and expected != (NO_POLICY if old is None else old.revision):
            raise not_found(arn)
        new = decide(old)
        if new != old:
            draft.put_resource_policy(table, new)
        return old, new

    return await database.identities.change(decided)
