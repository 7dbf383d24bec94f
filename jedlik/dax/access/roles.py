"""The role as which a cluster calls DynamoDB (DAX developer guide, "DAX access control").

The role's trust policy has to allow `dax.amazonaws.com` to assume it, and its present policies
decide on every request. A cluster without a role, like those that the server itself makes, acts for
the server, which has all permissions.
"""

from __future__ import annotations

from typing import Final

from jedlik.auth.identity import Identity
from jedlik.auth.sessions import Session
from jedlik.base.clock import Clock
from jedlik.base.errors import AccessDeniedException
from jedlik.gateway.exchange import Request
from jedlik.kernel.arns import Arns
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.iam.authorization.service_roles import assumable_role, session_name

SERVICE: Final = "dax.amazonaws.com"


class ClusterRole:
    """The verifier of DynamoDB's API for a cluster: all requests come from its role."""

    def __init__(self, authorizer: Authorizer, clock: Clock, role: str, cluster: str) -> None:
        """`role` and `cluster` are ARNs."""
        self._authorizer = authorizer
        self._clock = clock
        self._role = role
        self._cluster = cluster
        self._session: Session | None = None

    def verify(self, _request: Request) -> Identity:
        """The role's session. Raises AccessDeniedException if DAX may not assume the role."""
        authorizer, now = self._authorizer, self._clock.now()
        arns = authorizer.arns
        role = assumable_role(authorizer.store.now, arns, now, self._role, SERVICE, self._cluster)
        if role is None:
            raise AccessDeniedException(f"The role {self._role} cannot be assumed by DAX.")
        whose = (role.name, role.id, session_name(self._cluster))
        session = self._session
        if session is None or session.role != whose:
            key = f"{role.id}:{self._cluster}"  # no request can be signed with it
            session = self._session = Session(key, "", now, now, role=whose)
        return Identity(session.access_key, arns.account, arns.region, "dynamodb", session)


class ServerRole:
    """The verifier of DynamoDB's API for a cluster without a role: all requests come from the
    server itself."""

    def __init__(self, arns: Arns) -> None:
        self._identity = Identity(SERVICE, arns.account, arns.region, "dynamodb")

    def verify(self, _request: Request) -> Identity:
        """The server."""
        return self._identity
