"""Errors of another server, in the form that errors of this process have.

What works on a server of either kind, such as a seed, catches `ServiceError` for both.
"""

from __future__ import annotations

from jedlik.base.errors import ServiceError


class RemoteServiceError(ServiceError):
    """An error of another server; `remote_code` is its name."""

    def __init__(self, remote_code: str, message: str) -> None:
        super().__init__(message)
        self.remote_code = remote_code


def name_of(error: ServiceError) -> str:
    """The name of an error, as SDKs show it, of this process or of another server."""
    return error.remote_code if isinstance(error, RemoteServiceError) else error.code()
