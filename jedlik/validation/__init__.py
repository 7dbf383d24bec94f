"""Shape validation: is this JSON an input that the operation's model allows?

In the order in which control flows:

    compile      makes shapes from data, amended, once and when first needed
    amendments   where a service differs from its model
    containers   structures, lists, maps
    scalars      strings, numbers, booleans, timestamps; attribute values are opaque here
    shape        what every shape can do, and the collector of failures
    java         how the service measures, orders and prints

The data is generated from botocore's service models by `make shapes` and stands in each service's
folder (`shapes`), with the checkers of its operations (`inputs`).
"""
