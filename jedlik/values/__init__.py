"""Attribute values in the form of the wire, and functions of them.

`attribute` names the types; `canonical` checks an item and brings it to canonical form
(`json_types` has its texts for wrong JSON types); `checked_value` remembers the outcome of that;
`numbers` is 38-digit arithmetic; `keybytes` gives order-preserving bytes; `sizes` is the service's
size accounting; `nesting` limits the depth of values; `stored` is the stored form of an item,
and `image` an item before or after a write, as stored and decoded; `compare` is equality and order;
`floats` are the 32-bit floats of vectors.
"""
