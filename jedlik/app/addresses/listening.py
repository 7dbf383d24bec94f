"""The sockets that a server listens on, bound before anything else is opened.

They are bound here and not by the event loop, because worker processes share them, and because
"port taken" should be one clear line before a data directory is touched.

Several workers could accept from one socket, but the first to wake takes all waiting connections:
of 32 made together, one of two workers got 30 on average, one of four 31. Linux distributes
connections over sockets that are bound to one port with SO_REUSEPORT: 18 and 11 (measured with
uvloop 0.23). So each worker gets its own sockets there. The parent keeps them open, so that
connections wait for the next worker if one dies. Elsewhere SO_REUSEPORT does not distribute, and
all workers share the same sockets.
"""

from __future__ import annotations

import contextlib
import errno
import resource
import socket
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from jedlik.app.addresses.hosts import is_this_machine
from jedlik.http.settings import HttpSettings

BACKLOG = 1024

_OPEN_FILES = 65_536
_FILES_KEPT = 256
"""Open files reserved for the store, exports, functions and modules that the first request for them
loads. Otherwise strangers, who need no credentials to connect, could make requests of known clients
fail. If the limit is very low, half of it is reserved."""
_TURNED_AWAY_PART = 8
_CLUSTERS_PART = 4
"""If a process runs DAX's clusters, their connections use at most one in this many files."""

_Address = tuple[socket.AddressFamily, Any]


class AddressError(Exception):
    """An address on which the server cannot listen; the text says why and what to do about it."""


def allow_connections() -> None:
    """Raise this process's limit of open files as far as allowed: each connection is one of them.

    Shells often begin with 1,024, which is less than the clients of a busy server.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def affordable(
    settings: HttpSettings, files: int | None = None, *, with_clusters: bool = False
) -> HttpSettings:
    """The settings, with at most the connections that fit into a limit of `files` open files; None
    is this process's limit. `with_clusters`: DAX's clusters use part of them."""
    files = _open_files(files)
    spare = files - min(_FILES_KEPT, files // 2)
    if with_clusters:
        spare -= files // _CLUSTERS_PART
    if spare >= settings.max_connections + settings.max_turned_away:
        return settings
    turned_away = min(settings.max_turned_away, spare // _TURNED_AWAY_PART)
    most = min(settings.max_connections, spare - turned_away)
    return replace(
        settings,
        max_connections=most,
        max_client_connections=min(settings.max_client_connections, most // 2),
        max_turned_away=turned_away,
    )


def files_for_clusters(most: int, files: int | None = None) -> int:
    """How many connections all DAX clusters may have in total, at most `most`; see `affordable`."""
    return min(most, _open_files(files) // _CLUSTERS_PART)


def _open_files(files: int | None) -> int:
    """A limit of this many open files, None for this process's, as a number."""
    if files is None:
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if files == resource.RLIM_INFINITY else files


def listen(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """Sockets that listen on every address of `host`, all on the same port.

    `port` 0 takes a free one. With `shared`, several processes may. Raises `AddressError`.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _resolve(host, port):
            chosen = port_of(sockets) if sockets else port
            sockets.append(_bind(host, family, (address[0], chosen, *address[2:]), shared=shared))
    except AddressError:
        close(sockets)
        raise
    return sockets


@contextlib.contextmanager
def reserved(host: str, port: int | None) -> Iterator[int | None]:
    """The port that processes of this server may share: a free one if `port` is 0.

    Meanwhile it is reserved by a socket that is bound but does not listen, so that it gets no
    connections. Raises `AddressError`.
    """
    if port != 0:
        yield port
        return
    family, address = _resolve(host, 0)[0]
    holder = _bind(host, family, address, shared=True, listens=False)
    try:
        yield port_of([holder])
    finally:
        holder.close()


def spread(sockets: list[socket.socket], count: int) -> list[list[socket.socket]]:
    """Sockets on the same addresses for each of `count` workers, replacing `sockets`.

    Raises `AddressError`.
    """
    if sys.platform != "linux":
        return [sockets] * count
    # These could be bound exclusively, so no other process has the port; and none gets it before
    # they are replaced: from now on they share it with sockets of this user.
    addresses = [(each.family, each.getsockname()) for each in sockets]
    for each in sockets:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        return _shares(addresses, count)
    except AddressError:  # for a kernel (gVisor's) it may count how they were bound
        close(sockets)
        return _shares(addresses, count)
    finally:
        close(sockets)


def _shares(addresses: Sequence[_Address], count: int) -> list[list[socket.socket]]:
    shares: list[list[socket.socket]] = []
    try:
        for _ in range(count):
            shares.append([])
            for family, address in addresses:
                shares[-1].append(_bind(address[0], family, address, shared=True))
    except AddressError:
        for share in shares:
            close(share)
        raise
    return shares


def close(sockets: Sequence[socket.socket]) -> None:
    """Stop listening, in this process."""
    for each in sockets:
        each.close()


def port_of(sockets: Sequence[socket.socket]) -> int:
    """The port that the sockets listen on."""
    port: int = sockets[0].getsockname()[1]
    return port


def is_loopback(sockets: Sequence[socket.socket]) -> bool:
    """Whether only this machine can reach them."""
    return all(is_this_machine(each.getsockname()[0]) for each in sockets)


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
            f"{host} is neither an address of this machine nor a name of one; "
            f"{'give it without scheme, port and brackets, or ' if set(host) & set('/:[') else ''}"
            "use --host 127.0.0.1 for this machine alone"
        ) from error
    return list(dict.fromkeys((family, address) for family, _, _, _, address in found))


def _bind(
    host: str,
    family: socket.AddressFamily,
    address: Any,
    *,
    shared: bool = False,
    listens: bool = True,
) -> socket.socket:
    try:
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(host, address[1], error) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        if listens:
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
            f"port {port} on {host} may not be opened by this user; use one from 1024 on"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return AddressError(
            f"{host} is not an address of this machine; use --host 127.0.0.1 for this machine alone"
        )
    return AddressError(f"cannot listen on port {port} of {host}: {error.strerror}")
