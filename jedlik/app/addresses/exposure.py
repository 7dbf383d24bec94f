"""Safe by default: what may be served on an address that others can reach.

Clients of a loopback address are already on this machine, and asking for credentials would only be
a hindrance. Anywhere else an open server is an open database: it requires TLS, and either signed
requests or clients with certificates.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from jedlik.app.addresses.hosts import is_this_machine
from jedlik.app.addresses.listening import is_loopback
from jedlik.app.settings import Settings


class UnsafeSettings(Exception):
    """Settings that would expose the data; the text says why and what to do about it."""


def check(settings: Settings, sockets: Sequence[socket.socket]) -> None:
    """Raise `UnsafeSettings` unless the server is safe on these sockets or expressly unsafe."""
    if settings.testing and settings.workers > 1:
        raise UnsafeSettings(
            "--testing is for servers of one process: snapshots, the clock and what is recorded "
            "are its own; leave out --workers"
        )
    if settings.insecure:
        return
    for each in settings.access_points:
        if not each.is_loopback and (settings.tls is None or settings.credentials is None):
            raise UnsafeSettings(
                f"access point {each.point.vpc_endpoint} can be reached from other machines; put "
                "it on a loopback address, add --tls auto, --access-key and --secret-key, or "
                "accept that with --insecure"
            )
    if settings.admin_port is not None and not is_this_machine(settings.admin_host):
        raise UnsafeSettings(
            f"the admin port at {settings.admin_host} can be reached from other machines and asks "
            "for no credentials; use --admin-host 127.0.0.1, or accept that with --insecure"
        )
    if is_loopback(sockets):
        return
    lacks, remedies = [], []
    if settings.credentials is None and (settings.tls is None or settings.tls.client_ca is None):
        lacks.append("without credentials, anyone there can read and change the data")
        remedies.append("--access-key and --secret-key (even if the data has users)")
    if settings.tls is None:
        lacks.append("without TLS, requests and answers can be read on the way")
        remedies.append("--tls auto (or --tls-cert)")
    if lacks:
        raise UnsafeSettings(
            f"{settings.host} can be reached from other machines: {'; '.join(lacks)}. "
            f"Add {' and '.join(remedies)}, use --host 127.0.0.1, or accept that with --insecure"
        )


def check_points(settings: Settings, *, closed: bool) -> None:
    """Raise `UnsafeSettings` if an access point has a policy that would not be evaluated.

    `closed` says whether requests must be signed.
    """
    for each in settings.access_points:
        if each.point.policies is not None and not closed:
            raise UnsafeSettings(
                f"access point {each.point.vpc_endpoint} has a policy, but without credentials "
                "anyone may do anything; add --access-key and --secret-key, or make an "
                "administrator with `jedlik keys new`"
            )


def check_accounts(settings: Settings, *, closed: bool) -> None:
    """Raise `UnsafeSettings` if access keys are accounts but must also be known.

    `closed` says whether requests must be signed.
    """
    if settings.accounts_by_key and closed:
        raise UnsafeSettings(
            "--accounts by-access-key lets a client choose its account by its access key, so it is "
            "for servers that take any credentials; this one has keys of its own"
        )


def check_suite(settings: Settings, *, closed: bool) -> None:
    """Raise `UnsafeSettings` if the calls of a test suite would bypass a server's policies.

    `closed` says whether requests must be signed.
    """
    if not settings.testing or settings.admin_port is None or settings.admin_token is not None:
        return
    if closed:
        raise UnsafeSettings(
            "--testing lets anyone who reaches the admin port read and replace all data, and "
            "this server has credentials; add --admin-token"
        )
    if not is_this_machine(settings.admin_host):
        raise UnsafeSettings(
            f"--testing lets anyone who reaches the admin port at {settings.admin_host} read "
            "and replace all data; add --admin-token"
        )
