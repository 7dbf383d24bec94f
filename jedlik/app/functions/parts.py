"""The Lambda API and the triggers, wired. Loaded when the first of them is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jedlik.app.access_control import AccessControl
from jedlik.app.settings import Settings
from jedlik.app.tls.files import CA_FILE
from jedlik.auth.identity import DEFAULT_ACCOUNT
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.lambda_.api import RestService
from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.inputs import INPUT_HEADERS
from jedlik.services.lambda_.names import parse_function_name
from jedlik.services.lambda_.operations.operation import Host
from jedlik.services.lambda_.runtime.destination import Destinations
from jedlik.services.lambda_.runtime.execution_roles import AnyRole, ExecutionRoles
from jedlik.services.lambda_.runtime.invoker import Invoker, RuntimeSettings
from jedlik.services.lambda_.spec import SIGNED_AS
from jedlik.services.lambda_.store import find_function
from jedlik.services.lambda_.triggers.triggers import Triggers

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail


class FunctionParts:
    """The parts that run functions in one process. `closed` says why the API is not available, if
    so; code and logs are kept in `directory`."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        access: AccessControl,
        closed: str | None,
        trail: Trail | None,
        directory: Path | None,
    ) -> None:
        self._database = database
        roles = execution_roles(database, access)
        self.invoker = Invoker(
            database,
            runtime_settings(settings, directory, closed=access.authorizer is not None),
            roles,
        )
        self.triggers = Triggers(database, self.invoker)
        host = Host(database, self.invoker, self.triggers.wake)
        verifier = access.verifier_of(SIGNED_AS, INPUT_HEADERS)
        self.rest = RestService(host, verifier, access.authorizer, closed, trail)

    async def invoke(self, name_or_arn: str, event: bytes) -> str | None:
        """Run a function with an event; returns the error, if any."""
        name = parse_function_name(name_or_arn).name
        function = await find_function(self._database.engine, name)
        if function is None:
            return f"there is no function {name}"
        invocation = await self.invoker.invoke(function, event)
        if invocation.refusal is not None:
            return invocation.refusal.message
        return None if invocation.error is None else invocation.problem

    def refused_destination(self, url: str) -> str | None:
        """Why requests to an HTTP endpoint are not allowed; None if they are."""
        try:
            self.invoker.destinations.check(url)
        except InvalidParameterValueException as refusal:
            return refusal.message
        return None

    async def stop(self) -> None:
        """End requests, and then functions; triggers have ended."""
        await self.rest.stop()
        await self.invoker.close()


def execution_roles(database: Database, access: AccessControl) -> ExecutionRoles:
    """The execution roles of functions."""
    if access.authorizer is None:
        account = database.arns.account
        return AnyRole() if account == DEFAULT_ACCOUNT else AnyRole(account)
    # Loaded only if policies decide.
    from jedlik.services.lambda_.assumed_roles import AssumedRoles  # noqa: PLC0415

    return AssumedRoles(access.authorizer, access.sessions, database.clock, database.ids)


def runtime_settings(
    settings: Settings, directory: Path | None, *, closed: bool
) -> RuntimeSettings:
    """How functions are run."""
    destinations = tuple(map(_place, settings.destinations))
    anywhere = not closed and not destinations
    tls = settings.tls
    own = tls is not None and tls.certificate is None
    return RuntimeSettings(
        directory=directory,
        python=str(settings.function_python or sys.executable),
        scheme="http" if tls is None else "https",
        authorities=tls.directory.absolute() / CA_FILE if tls is not None and own else None,
        keeps_logs=settings.root_key is None,
        destinations=Destinations(
            None if anywhere else destinations,
            None if settings.directory is None else settings.directory.absolute(),
        ),
    )


def _place(given: str) -> Path | str:
    return given if given.startswith(("http://", "https://")) else Path(given).absolute()
