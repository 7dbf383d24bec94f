"""The execution roles of functions, where policies decide.

Lambda assumes a function's role for it: the role's trust policy has to allow that to
`lambda.amazonaws.com`, with the function's ARN as `aws:SourceArn` (Lambda developer guide,
"Defining Lambda function permissions with an execution role"). The result is an ordinary session of
the role, named after the function. So its code has the permissions of the role's policies, changed
policies take effect immediately, and deleting the role ends the session.

Credentials are in a process's environment, where no one can renew them. The service ends execution
environments every few hours, even in use ("Lambda execution environment lifecycle"); here the
environment ends with the session: half an hour before its end the next event gets a new session,
and with it a new process. An event takes 15 minutes at most.

The identities are read again for every decision, so that changes of a role take effect immediately.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from jedlik.auth.identity import Identity
from jedlik.auth.key_material import new_session
from jedlik.auth.sessions import Session, Sessions
from jedlik.base.clock import Clock
from jedlik.base.errors import AccessDeniedException
from jedlik.base.ids import Ids
from jedlik.crypto.secret_box import Seal
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.api.permissions import RequiredPermission
from jedlik.services.iam.authorization.from_service import FromService
from jedlik.services.iam.authorization.service_roles import assumable_role
from jedlik.services.iam.model import Role
from jedlik.services.lambda_.errors import InvalidParameterValueException, StreamAccessDenied
from jedlik.services.lambda_.names import function_arn
from jedlik.services.lambda_.operations.function_settings import MAX_TIMEOUT
from jedlik.services.lambda_.permissions import LAMBDA, stream_permissions
from jedlik.services.lambda_.runtime.destination import url_of
from jedlik.services.lambda_.runtime.execution_roles import Credentials

SESSION_SECONDS: Final = 3600.0
RENEWED_BEFORE: Final = 1800.0
"""How many seconds before its end a session is replaced."""

assert MAX_TIMEOUT < RENEWED_BEFORE < SESSION_SECONDS, "credentials outlast every event"

SEND_RECORD: Final = "jedlik:SendRecord"
"""The action of reporting a discarded batch to a destination."""
CANNOT_ASSUME: Final = "The role defined for the function cannot be assumed by Lambda."

_MAX_KEPT: Final = 4096


class _Kept(NamedTuple):
    """The session of a function's processes, and the seal of its token."""

    session: Session
    seal: Seal
    credentials: Credentials


class AssumedRoles:
    """The execution roles of one process. See `runtime.execution_roles`."""

    def __init__(
        self, authorizer: TableAuthorizer, sessions: Sessions, clock: Clock, ids: Ids
    ) -> None:
        self._authorizer = authorizer
        self._sessions = sessions
        self._clock = clock
        self._ids = ids
        self._kept: dict[str, _Kept] = {}

    async def check(self, role: str, function: str) -> None:
        """Raise InvalidParameterValueException unless the function can act as the role."""
        await self._authorizer.refresh()
        if self._assumed(role, function) is None:
            raise InvalidParameterValueException(CANNOT_ASSUME)

    async def check_stream(self, role: str, function: str, stream_arn: str) -> None:
        """Raise StreamAccessDenied unless the role may read the stream.

        The service reads the stream with the role too, but not as the function's code.
        """
        needed = stream_permissions(self._authorizer.arns, stream_arn)
        if not await self._may(role, function, "dynamodb", needed):
            raise _refused(stream_arn)

    async def check_destination(self, role: str, function: str, destination: str) -> None:
        """Raise InvalidParameterValueException unless the role may have records sent there.

        The service requires the action of the destination's service (developer guide, "Retain
        discarded records"); here, one action covers files and endpoints.
        """
        arns = self._authorizer.arns
        arn = f"arn:aws:jedlik:{arns.region}:{arns.account}:{url_of(destination)}"
        needed = [RequiredPermission(SEND_RECORD, arn, None, "", {})]
        if not await self._may(role, function, "lambda", needed):
            raise InvalidParameterValueException(
                "The provided execution role does not have permissions to call SendRecord on the "
                f"destination ({SEND_RECORD} on {arn})"
            )

    async def _may(
        self, role: str, function: str, service: str, needed: Iterable[RequiredPermission]
    ) -> bool:
        """Whether the role allows what the service does for the function."""
        await self._authorizer.refresh()
        assumed = self._assumed(role, function)
        if assumed is None:
            return False
        arns, now = self._authorizer.arns, self._clock.now()
        key = f"{assumed.id}:{function}"  # it cannot sign requests
        session = Session(key, "", now, now, role=(assumed.name, assumed.id, function))
        identity = Identity(key, arns.account, arns.region, service, session)
        try:
            await self._authorizer.check(FromService(), identity, needed, {})
        except AccessDeniedException:
            return False
        return True

    async def credentials(self, role: str, function: str) -> Credentials:
        """Credentials of the role for the function's processes."""
        seal = await self._authorizer.store.ensure_key()
        assumed = self._assumed(role, function)
        if assumed is None:
            raise AccessDeniedException(CANNOT_ASSUME)
        whose, now = (assumed.name, assumed.id, function), self._clock.now()
        kept = self._kept.get(function)
        if (
            kept is None
            or kept.session.role != whose
            or kept.seal is not seal
            or now > kept.session.ends - RENEWED_BEFORE
        ):
            arn = function_arn(self._authorizer.arns, function)
            session = new_session(
                self._ids, self._authorizer.arns.account, now, SESSION_SECONDS, role=whose,
                function=arn,
            )  # fmt: skip
            token = self._sessions.token(session)
            kept = _Kept(session, seal, Credentials(session.access_key, session.secret, token))
            if len(self._kept) >= _MAX_KEPT:
                self._kept.clear()
            self._kept[function] = kept
        return kept.credentials

    def _assumed(self, given: str, function: str) -> Role | None:
        """The role, if it exists and the service may assume it for the function."""
        authorizer = self._authorizer
        arns, now = authorizer.arns, self._clock.now()
        arn = function_arn(arns, function)
        return assumable_role(authorizer.store.now, arns, now, given, LAMBDA, arn)


def _refused(stream_arn: str) -> StreamAccessDenied:
    return StreamAccessDenied(
        f"Cannot access stream {stream_arn}. Please ensure the role can perform the GetRecords, "
        "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
    )
