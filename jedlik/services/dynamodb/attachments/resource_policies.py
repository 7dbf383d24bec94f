"""Resource policies of tables and streams, and their revisions.

API reference, "PutResourcePolicy": a revision changes if and only if the policy does. A policy is
deleted with its table or stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson

from jedlik.base.errors import (
    PolicyNotFoundException,
    ResourceNotFoundException,
    ValidationException,
)
from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import resource_policy_key
from jedlik.services.dynamodb.attachments.policy_form import check_form, malformed
from jedlik.services.dynamodb.attachments.policy_text import canonical_policy, grants_to_everybody
from jedlik.services.dynamodb.attachments.tags import being_deleted, check_arn, passing_status
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.dynamodb.database.resources import Resource, find_resource
from jedlik.services.dynamodb.streams.streams import StreamDraft
from jedlik.services.dynamodb.tables.model import DELETING
from jedlik.services.iam.model import ResourcePolicy
from jedlik.services.iam.store import Draft, Identities

MAX_SIZE: Final = 20 * 1024
NO_POLICY: Final = "NO_POLICY"


def checked_text(text: str, *, of_stream: bool = False) -> str:
    """A resource policy as it is stored. Raises ValidationException if the text is not a policy, or
    grants something to everyone."""
    # Loading policies takes longer than a server without them takes to start.
    from jedlik.auth.policy.document import (  # noqa: PLC0415
        InvalidPrincipal,
        MalformedPolicy,
        parse_document,
        read_document,
    )
    from jedlik.services.iam.authorization.new_policies import compile_new  # noqa: PLC0415

    if len(text.encode()) > MAX_SIZE:
        raise ValidationException.of_values(f"Maximum policy size of {MAX_SIZE} bytes exceeded")
    try:
        document = check_form(parse_document(text), text, of_stream=of_stream)
        compile_new(read_document(document, names_principals=True))
    except InvalidPrincipal:
        raise ValidationException.of_values("Invalid principal in policy document.") from None
    except MalformedPolicy as error:
        raise malformed(str(error)) from None
    if grants_to_everybody(document):
        raise ValidationException(
            "Resource-based policy grants unbounded access in one or more elements. Please revise "
            "the policy to ensure least-privilege form of access"
        )
    return canonical_policy(document)


def not_found(what: str) -> PolicyNotFoundException:
    """The error if a table or stream has no policy, or not the expected one; `what` is its ARN or
    says what it has."""
    return PolicyNotFoundException(
        f"Resource-based policy not found for the provided ResourceArn: {what}"
    )


def _another_revision(
    arns: Arns, arn: str, expected: str, policy: ResourcePolicy | None
) -> PolicyNotFoundException:
    named = arns.resource(arn)
    table = named[0] if named else arn
    attempted = f"Requested update for policy with revision id {expected}"
    if policy is None:
        there = f"table {table} has no associated policy."
    elif expected == NO_POLICY:
        attempted = f"Requested policy update expecting none to be present for table {table}"
        there = f"a policy exists with revision id {policy.revision}."
    else:
        there = f"the policy associated to target table {table} has revision id {policy.revision}."
    return not_found(f"{attempted}, but {there}")


def check_place(arns: Arns, arn: str) -> None:
    """Refuse the ARN of another account, region or partition. Raises ValidationException."""
    if arns.of_other_account(arn):
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner\u2019s "
            "account."
        )
    if arns.of_other_region(arn) or arns.of_other_partition(arn):
        raise ValidationException.of_values(f"Invalid resource Arn: {arn}")


async def find_policy_resource(database: Database, arn: str) -> Resource:
    """What the ResourceArn of an operation on policies means.

    Raises ValidationException and ResourceNotFoundException, in the words of these operations.
    """
    check_place(database.arns, arn)
    check_arn(database.arns, arn)
    try:
        return await find_resource(database.engine, database.arns, arn)
    except ResourceNotFoundException:
        table, label = database.arns.resource(arn) or (arn, None)
        missing = (
            f"Table: {table} not found"
            if label is None
            else f"Stream: {label} not found for Table: {table}"
        )
        raise ResourceNotFoundException(f"Requested resource not found: {missing}") from None


async def change_policy(
    database: Database,
    arn: str,
    expected: str | None,
    decide: Callable[[ResourcePolicy | None], ResourcePolicy | None],
) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
    """Replace a resource's policy by the result of `decide`; returns the ones before and after.

    `expected` is the revision that it must have, NO_POLICY for none. Raises
    PolicyNotFoundException if it has another, ResourceInUseException if the table is
    DELETING, and what `find_resource` raises.
    """
    resource = (await find_policy_resource(database, arn)).id
    if await passing_status(database, arn) == DELETING:
        raise being_deleted(database, arn)

    def decided(
        identities: Identities, draft: Draft
    ) -> tuple[ResourcePolicy | None, ResourcePolicy | None]:
        old = identities.resource_policies.get(resource)
        if expected is not None and expected != (NO_POLICY if old is None else old.revision):
            raise _another_revision(database.arns, arn, expected, old)
        new = decide(old)
        if new != old:
            draft.put_resource_policy(resource, new)
        return old, new

    return await database.identities.change(decided)


def first_policy(text: str, now: float) -> ResourcePolicy:
    """A policy with its first revision, made at `now`."""
    return ResourcePolicy(text, str(int(now * 1000)))


def attach(draft: StreamDraft, table_id: int, policy: ResourcePolicy) -> None:
    """Give a table its policy in the commit that makes it."""
    draft.catalog.values[resource_policy_key(table_id)] = orjson.dumps(policy)
