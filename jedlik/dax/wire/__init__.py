"""The bytes of DAX's protocol, to and from what the rest of the package works with. No I/O.

methods      the methods and their numbers
values       attribute values, keys and items
expressions  trees to texts
decimals     numbers
framing      where an item ends
cbor         the encoding of all of it
"""
