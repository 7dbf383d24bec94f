"""The roles of functions.

Lambda developer guide, "Defining Lambda function permissions with an execution role". On an open
server roles have no effect, and functions sign with credentials that any open server accepts. If
policies decide, `lambda_.assumed_roles` assumes the roles.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Credentials(NamedTuple):
    """The credentials with which a function's process signs its requests."""

    access_key: str
    secret_key: str
    session_token: str | None = None


class ExecutionRoles(Protocol):
    """Checks and assumes the roles of functions. `role` is an ARN, `function` a function's name."""

    async def check(self, role: str, function: str) -> None:
        """Raise InvalidParameterValueException unless the function can act as the role."""
        ...

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        """Raise StreamAccessDenied unless the role may read the stream, which must exist."""
        ...

    async def check_destination(self, role: str, function: str, destination: str) -> None:
        """Raise InvalidParameterValueException unless the role may have records sent there."""
        ...

    async def credentials(self, role: str, function: str) -> Credentials:
        """Credentials that outlast an invocation that begins now.

        While they are the same, a process that has them may be used again. Raises
        AccessDeniedException if the function can no longer act as the role.
        """
        ...


class AnyRole:
    """The roles of a server without identities: none is checked, and all have all permissions.
    Functions sign with `access_key`."""

    def __init__(self, access_key: str = "local") -> None:
        self._credentials = Credentials(access_key, "local")

    async def check(self, role: str, function: str) -> None:
        """Any role is valid."""

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        """Any role may."""

    async def check_destination(self, role: str, function: str, destination: str) -> None:
        """Any role may."""

    async def credentials(self, role: str, function: str) -> Credentials:  # noqa: ARG002 - any will do
        """Credentials that an open server accepts."""
        return self._credentials
