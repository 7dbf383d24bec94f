"""The hosts of options: this machine, all of its addresses, or one of them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

_WILDCARDS: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""Hosts for every address of the machine, and those that clients on it use instead."""


def is_this_machine(host: str) -> bool:
    """Whether a host names a loopback address, so that no other machine reaches it."""
    try:
        return host == "localhost" or ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Whether a host stands for every address of the machine."""
    return host in _WILDCARDS


def reachable_host(host: str) -> str:
    """A host that clients on this machine can reach."""
    return _WILDCARDS.get(host, host)


def endpoint(host: str, port: int) -> str:
    """Host and port for clients on this machine, in the form of a URL."""
    host = reachable_host(host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
