"""Clients by their addresses, for limits on what one client may have."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

_NETWORK_BITS: Final = 64
"""The bits of an IPv6 address that identify a client: networks assign at least a /64 (RFC 6177)."""


def client_of(address: str) -> str:
    """The client to which an address belongs."""
    if ":" not in address:
        return address
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    shift = 128 - _NETWORK_BITS
    return f"{IPv6Address(int(parsed) >> shift << shift)}/{_NETWORK_BITS}"
