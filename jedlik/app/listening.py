"""The sockets that a server listens on, bound before anything else is opened.

They are bound here and not by the event loop, because worker processes share them, and because
"port taken" is to be one clear line before a data directory is touched.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

BACKLOG = 1024

_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104

_Address = tuple[socket.AddressFamily, Any]


class AddressError(Exception):
    """An address that cannot be listened on; the text says why and what to do about it."""


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on every address of `host`, all on the same port.

    `port` 0 takes a free one. Raises `AddressError`.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _resolve(host, port):
            chosen = port_of(sockets) if sockets else port
            sockets.append(_bind(host, family, (address[0], chosen, *address[2:])))
    except AddressError:
        close(sockets)
        raise
    return sockets


def close(sockets: Sequence[socket.socket]) -> None:
    """Stop listening, in this process."""
    for each in sockets:
        each.close()


def port_of(sockets: Sequence[socket.socket]) -> int:
    """The port that the sockets listen on."""
    port: int = sockets[0].getsockname()[1]
    return port


def endpoint(host: str, port: int) -> str:
    """Host and port for clients on this machine, as a URL has them."""
    host = _WILDCARDS.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(sockets: Sequence[socket.socket]) -> bool:
    """Whether only this machine reaches all of them."""
    return all(
        ipaddress.ip_address(each.getsockname()[0].partition("%")[0]).is_loopback
        for each in sockets
    )


def _resolve(host: str, port: int) -> list[_Address]:
    # Bytes, because for text Python loads its tables of international names, which takes longer
    # than the rest of the start-up's networking.
    name = host.encode() if host.isascii() else host
    try:
        found = socket.getaddrinfo(
            name or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise AddressError(
            f"{host} is no address of this machine and no name of one; "
            "use --host 127.0.0.1 for this machine alone"
        ) from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bind(host: str, family: socket.AddressFamily, address: Any) -> socket.socket:
    try:
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(host, address[1], error) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(BACKLOG)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise _unusable(host, address[1], error) from error
    return bound


def _unusable(host: str, port: int, error: OSError) -> AddressError:
    if error.errno == errno.EADDRINUSE:
        return AddressError(
            f"port {port} on {host} is taken by another program; stop that one or use another "
            "port, such as --port 0 for any free one"
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return AddressError(
            f"port {port} on {host} is not for this user to open; use one from 1024 on"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return AddressError(
            f"{host} is no address of this machine; use --host 127.0.0.1 for this machine alone"
        )
    return AddressError(f"cannot listen on port {port} of {host}: {error.strerror}")
