"""Whom functions act as.

Lambda developer guide, "Defining Lambda function permissions with an execution role". On an open
server roles mean nothing, and functions sign with credentials that any open server takes. If
policies decide, `lambda_.assumed_roles` knows who the roles are.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Credentials(NamedTuple):
    """What a function's process signs its requests with."""

    access_key: str
    secret_key: str
    session_token: str | None = None


class ExecutionRoles(Protocol):
    """Speaks for the roles of functions. `role` is an ARN, `function` a function's name."""

    async def check(self, role: str, function: str) -> None:
        """Raise InvalidParameterValueException unless the function can act as the role."""
        ...

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        """Raise StreamRefused unless the role may read the stream, which has to be there."""
        ...

    async def check_destination(self, role: str, function: str, destination: str) -> None:
        """Raise InvalidParameterValueException unless the role may have records sent there."""
        ...

    async def credentials(self, role: str, function: str) -> Credentials:
        """Credentials that outlast an invocation that begins now.

        As long as they are the same ones, a process that was given them may go on. Raises
        AccessDeniedException if the function can no longer act as the role.
        """
        ...


class AnyRole:
    """The roles of a server without identities: none is asked for, and all may do everything.
    Functions sign with `access_key`."""

    def __init__(self, access_key: str = "local") -> None:
        self._credentials = Credentials(access_key, "local")

    async def check(self, role: str, function: str) -> None:
        """Any will do."""

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        """Any may."""

    async def check_destination(self, role: str, function: str, destination: str) -> None:
        """Any may."""

    async def credentials(self, role: str, function: str) -> Credentials:  # noqa: ARG002 - any will do
        """What an open server takes."""
        return self._credentials
