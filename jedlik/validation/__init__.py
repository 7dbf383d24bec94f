"""Shape validation: is this JSON an input that the operation's model allows?

In the order in which control flows:

    operations   OPERATIONS by target, and `checker_for`, the checker of one operation
    compile      makes shapes from data, amended, once and when first needed
    shapes       the data: generated from botocore's service models by `make shapes`
    amendments   the data where the service differs from its model
    containers   structures, lists, maps
    scalars      strings, numbers, booleans, timestamps; attribute values are opaque here
    table_name   table names and ARNs in their place
    shape        what every shape can do, and the collector of failures
    java         how the service measures, orders and prints

What attribute values and items contain is checked by `jedlik.values`; what expressions say by
`jedlik.expressions`; what is wrong only in combination, by the operation itself.
"""

from jedlik.validation.operations import OPERATIONS, Operation, checker_for

__all__ = ["OPERATIONS", "Operation", "checker_for"]
