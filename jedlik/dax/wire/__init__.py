"""Conversion between the bytes of DAX's protocol and the values that the package uses. No I/O.

methods      the methods and their numbers
values       attribute values, keys and items
expressions  trees to texts
decimals     numbers
framing      finding the end of an item
cbor         the encoding
"""
