"""The changes that one UpdateTable may combine: nearly every change must be requested alone.

Which members exclude each other, the order of these checks and their texts are as the service
answered in October 2026 (measured and published by the authors of a controller for it).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from jedlik.base.errors import LimitExceededException, ValidationException
from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.operations.global_tables.protection import PROTECTION
from jedlik.services.dynamodb.tables.index_changes import ONE_AT_A_TIME, IndexChange
from jedlik.services.dynamodb.tables.model import PAY_PER_REQUEST, PROVISIONED

_ALONE: Final = {
    "SSESpecification": "Server-Side Encryption modification",
    "TableClass": "TableClass modification",
    "DeletionProtectionEnabled": "DeletionProtection modification",
    PROTECTION: "DisassociationProtection modification",
}
"""Changes that must be the only one in a request."""


def check_combination(
    payload: Payload, changed: Sequence[str], index_changes: Sequence[IndexChange]
) -> None:
    """Refuse members that exclude each other; `changed` are those that request a change.

    Raises ValidationException, or LimitExceededException if two indexes are created or deleted.
    """
    online = [change.action for change in index_changes if change.action != "Update"]
    if len(online) > 1:
        raise LimitExceededException(ONE_AT_A_TIME)
    for member, subject in _ALONE.items():
        if member in changed and len(changed) > 1:
            raise ValidationException.of_values(
                f"{subject} must be the only operation in the request"
            )
    if "OnDemandThroughput" in changed and set(changed) - {"OnDemandThroughput", "BillingMode"}:
        raise ValidationException.of_values(
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
        )
    if "WarmThroughput" in changed and len(changed) > 1:
        if "Create" in online:
            raise ValidationException.of_values(
                "Create global secondary index cannot be specified when updating WarmThroughput"
            )
        raise ValidationException.of_values(
            "WarmThroughput must be the only operation in the request"
        )
    units = payload.get("ProvisionedThroughput") is not None
    stream = payload.get("StreamSpecification") is not None
    if units and stream:
        raise ValidationException.of_values(
            "You cannot modify stream status while updating table IOPS"
        )
    if online and (units or stream):
        doing = "updating table IOPS" if units else "changing stream status"
        raise ValidationException.of_values(f"You cannot create or delete index while {doing}")
    mode = payload.get("BillingMode")
    if mode == PAY_PER_REQUEST and units:
        raise no_units_on_demand()
    if mode == PROVISIONED and not units:
        raise ValidationException.of_values(
            "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
        )


def no_units_on_demand() -> ValidationException:
    """The error of units for a table on demand."""
    return ValidationException.of_values(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
        "BillingMode is PAY_PER_REQUEST"
    )
