"""The errors of requests for which capacity does not suffice.

Developer guide, "Diagnosing throttling" and "Throttling of global secondary indexes"; the texts are
those of the service's answers. Provisioned and on-demand tables have different errors; both name
the reason and the table or index.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from jedlik.base.errors import (
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ServiceError,
    ThrottlingException,
)

READ: Final = "Read"
WRITE: Final = "Write"

PROVISIONED_THROUGHPUT: Final = "ProvisionedThroughput"
ACCOUNT_LIMIT: Final = "AccountLimit"
KEY_RANGE: Final = "KeyRangeThroughput"
MAX_ON_DEMAND: Final = "MaxOnDemandThroughput"

_PROVISIONED: Final = {
    False: "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API.",
    True: "The level of configured provisioned throughput for one or more global secondary indexes "
    "of the table was exceeded. Consider increasing your provisioning level for the "
    "under-provisioned global secondary indexes with the UpdateTable API.",
}
_ON_DEMAND: Final = {
    False: "Throughput exceeds the current capacity of your table or index. DynamoDB is "
    "automatically scaling your table or index so please try again shortly. If exceptions persist, "
    "check if you have a hot key: https://docs.aws.amazon.com/amazondynamodb/latest/"
    "developerguide/bp-partition-key-design.html",
    True: "Throughput exceeds the current capacity for one or more global secondary indexes. "
    "DynamoDB is automatically scaling your index so please try again shortly.",
}
_MAXIMUM: Final = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
_ACCOUNT: Final = (
    "Throughput exceeds the current throughput limit for your account. To request a limit "
    "increase, contact AWS Support at https://aws.amazon.com/support"
)


class Metered(NamedTuple):
    """A table or a global index whose capacity is enforced."""

    arn: str
    is_index: bool
    on_demand: bool


class Shortage(NamedTuple):
    """What ran out: `cause` is the last part of a throttling reason."""

    resource: Metered
    direction: str
    cause: str

    @property
    def reason(self) -> str:
        """The `reason` of a ThrottlingReason."""
        kind = "Index" if self.resource.is_index else "Table"
        return f"{kind}{self.direction}{self.cause}Exceeded"


def refusal(shortages: Iterable[Shortage]) -> ServiceError:
    """The error for a request that met these shortages, of which the first one determines it."""
    met = tuple(dict.fromkeys(shortages))
    first = met[0]
    reasons = [{"reason": each.reason, "resource": each.resource.arn} for each in met]
    held_back = first.resource.is_index and first.direction == WRITE
    if first.cause == ACCOUNT_LIMIT:
        return RequestLimitExceeded(_ACCOUNT, ThrottlingReasons=reasons)
    if not first.resource.on_demand:
        return ProvisionedThroughputExceededException(
            _PROVISIONED[first.resource.is_index], ThrottlingReasons=reasons
        )
    text = _MAXIMUM if first.cause == MAX_ON_DEMAND else _ON_DEMAND[held_back]
    # In this error, unlike the two above, the model spells the member with a small letter.
    return ThrottlingException(text, throttlingReasons=reasons)


Throttled = (ProvisionedThroughputExceededException, RequestLimitExceeded, ThrottlingException)
"""The errors of throttled requests."""
