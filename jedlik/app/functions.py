"""Whether functions are to be had, and how they are run.

Whoever creates a function runs code on this machine with the rights of the server. On a loopback
address that is for the people of this machine; on any other, for those who have the credentials.
"""

from __future__ import annotations

import ipaddress
import sys
from typing import Final

from jedlik.app.settings import Settings
from jedlik.runtimes.invoker import RuntimeSettings

LAMBDA: Final = ("lambda",)
"""The services whose signatures the Lambda API takes."""


def functions_closed(settings: Settings) -> str | None:
    """Why functions are not to be had; None where they are."""
    if not settings.functions:
        return "Functions are switched off on this server (--no-functions)."
    if settings.credentials is None and not _is_loopback(settings.host):
        return (
            "Functions run code on this server, so on an address that others reach they need "
            "--access-key and --secret-key."
        )
    return None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def runtime_settings(settings: Settings) -> RuntimeSettings:
    """How functions are run."""
    keys = {}
    if settings.credentials is not None:
        keys["access_key"] = settings.credentials.access_key
        keys["secret_key"] = settings.credentials.secret_key
    directory = None if settings.directory is None else settings.directory.absolute() / "functions"
    return RuntimeSettings(
        directory=directory, python=str(settings.function_python or sys.executable), **keys
    )
