"""The parts from which the APIs of one process are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jedlik.app.access_control import AccessControl
from jedlik.app.trail import AuditLog
from jedlik.auth.sessions import Sessions
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.gateway.apis import Api
from jedlik.gateway.exchange import Request
from jedlik.services.dax_control.host import ClusterHost
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.cloudwatch.permissions import Invocation
    from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
    from jedlik.services.dynamodb.api.permissions import RequiredPermission


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a server, as the protocols of the APIs require them."""

    database: Database
    access: AccessControl
    audit_log: AuditLog
    functions: Api
    clusters: ClusterHost
    unsupported_service: Callable[[Request], str | None]

    @property
    def sessions(self) -> Sessions:
        """Makes and reads temporary credentials."""
        return self.access.sessions

    @property
    def authorizer(self) -> TableAuthorizer | None:
        """Decides what callers may do; None: everything is allowed."""
        return self.access.authorizer

    @property
    def invocation(self) -> Invocation:
        """The permissions needed to invoke a function, by its name or ARN."""
        return self._invocation

    async def _invocation(self, function: str) -> Iterable[RequiredPermission]:
        # Loaded by the first alarm that invokes a function: few servers have one.
        from jedlik.services.lambda_.permissions import required_permissions  # noqa: PLC0415

        return await required_permissions(self.database, "Invoke", {"FunctionName": function})

    @property
    def audits(self) -> bool:
        """Whether there is an audit log."""
        return self.audit_log.is_kept

    def verifier_of(
        self, service: str, input_headers: tuple[bytes, ...] = (), /
    ) -> OpenVerifier | Verifier:
        """The verifier of signatures for a service."""
        return self.access.verifier_of(service, input_headers)

    def trail(self, events: str) -> Trail | None:
        """The audit trail whose events the module of that name describes."""
        return self.audit_log.trail(events)
