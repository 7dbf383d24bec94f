"""From settings to a server that runs, in one process or several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from jedlik.app.addresses import exposure, listening
from jedlik.app.process import serve_here
from jedlik.app.settings import Settings
from jedlik.base.clock import SystemClock

if TYPE_CHECKING:
    from jedlik.app.tls.context import Tls


def run(settings: Settings, announce: Callable[[Settings, int, bool], None]) -> None:
    """Serve until SIGTERM or SIGINT, and then until all accepted requests are answered.

    Once the server answers requests, calls `announce` with the settings (a free admin port now has
    its number), the port, and whether only known callers are served, whose requests must be signed.
    If the server cannot start, raises `AddressError`, `UnsafeSettings`, `CertificateError`,
    `DataDirectoryError` or `WorkersFailed`.
    """
    if settings.credentials or settings.root_key or settings.engine:
        # Loaded only here: a server without secrets starts 3 ms sooner.
        from jedlik.app.secrets_in_memory import hide  # noqa: PLC0415

        hide()
    listening.allow_connections()
    sockets = listening.listen(settings.host, settings.port)
    try:
        exposure.check(settings, sockets)
        tls = _certificates(settings)
        port = listening.port_of(sockets)
        with listening.reserved(settings.admin_host, settings.admin_port) as admin_port:
            settings = replace(settings, admin_port=admin_port)
            if settings.workers == 1:
                serve_here(settings, sockets, tls, partial(announce, settings, port))
            else:
                from jedlik.app.supervisor import Supervisor  # noqa: PLC0415  few have several

                Supervisor(settings, sockets, tls, partial(announce, settings, port)).run()
    finally:
        listening.close(sockets)


def _certificates(settings: Settings) -> Tls | None:
    if settings.tls is None:
        return None
    # Most servers have no TLS.
    from jedlik.app.tls.context import Tls  # noqa: PLC0415

    return Tls(settings.tls, settings.host, SystemClock())
