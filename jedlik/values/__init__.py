"""Attribute values as the wire writes them, and what follows from them.

`attribute` names the types; `canonical` checks an item and brings it to canonical form; `numbers`
is 38-digit arithmetic; `keybytes` gives order-preserving bytes; `sizes` the service's size
accounting; `nesting` how deep a value may go; `stored` the bytes that are kept; `compare` equality
and order.
"""
