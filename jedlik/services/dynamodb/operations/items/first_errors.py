"""Which of several errors of a request is reported, if they need no table.

The service looks first at which parameters go together, then at the values of the key or item, and
only then at ReturnValues, legacy conditions, placeholders and expressions (dynalite's tests, which
ran against it, of GetItem, PutItem and UpdateItem). Valid requests are checked in the order that
costs least; here one in which something was found wrong is looked at again.
"""

from __future__ import annotations

from jedlik.gateway.operation import Payload
from jedlik.services.dynamodb.expressions.parameters import check_parameters
from jedlik.values.attribute import Item
from jedlik.values.canonical import canonical_item


def check_before_expressions(operation: str, payload: Payload, values: Item) -> None:
    """Raise ValidationException for what the service reports before any error of an expression.

    `operation` is as `check_parameters` takes it, `values` the request's key.
    """
    check_parameters(operation, payload)
    canonical_item(values)
