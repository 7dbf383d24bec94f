"""CloudWatch's API: authenticate, find the operation, check, authorize, operate, answer, in the
protocol of the request.

This module and the operations are loaded at the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jedlik.base.aside import aside
from jedlik.base.errors import RequestEntityTooLargeException
from jedlik.base.limits import MIB
from jedlik.base.places import Place, Places
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error, not_available
from jedlik.gateway.operation import Payload
from jedlik.gateway.pipeline import Call, Pipeline
from jedlik.gateway.protocols import is_form
from jedlik.gateway.verifier import Verifier
from jedlik.services.cloudwatch.alarms.names import is_function
from jedlik.services.cloudwatch.errors import InternalServiceFault, UnknownOperation
from jedlik.services.cloudwatch.inputs import checker_for
from jedlik.services.cloudwatch.monitoring import Monitoring
from jedlik.services.cloudwatch.operations.registry import OPERATIONS
from jedlik.services.cloudwatch.permissions import Invocation, alarm_actions, check
from jedlik.services.cloudwatch.shapes import OPERATIONS as SHAPES
from jedlik.services.cloudwatch.wire.amz_json import AmzJson
from jedlik.services.cloudwatch.wire.forms import Forms
from jedlik.services.cloudwatch.wire.protocol import WireProtocol
from jedlik.services.cloudwatch.wire.rpc_cbor import RpcCbor
from jedlik.services.dynamodb.api.authorizer import TableAuthorizer
from jedlik.services.dynamodb.database.database import Database

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Trail

MAX_BODY: Final = 1 * MIB
"""The maximum size of PutMetricData's body, as it is sent; no other operation has a larger one."""
LONG_EVALUATIONS: Final = 2
"""This many are carried out and answered at a time: each may take some 300 MB."""
_JSON: Final = AmzJson()
_FORMS: Final = Forms()
_CBOR: Final = RpcCbor()


def protocol_of(request: Request) -> WireProtocol:
    """The protocol of a request that `spec` has recognized."""
    if request.target.startswith(b"/service/"):
        return _CBOR
    return _FORMS if is_form(request) else _JSON


class MonitoringService(Pipeline[str, TableAuthorizer]):
    """Answers requests of CloudWatch from one store.

    Without an `authorizer` everything is allowed.
    """

    browser_refusal = "Metrics cannot be read from web pages."

    def __init__(
        self,
        store: Database,
        verifier: Verifier,
        authorizer: TableAuthorizer | None,
        trail: Trail | None,
        invocation: Invocation,
    ) -> None:
        """`invocation` returns the permissions for calling a function."""
        super().__init__(authorizer, trail)
        self._invocation = invocation
        self._store = store
        self._long = Places(LONG_EVALUATIONS)
        self._verifier = verifier

    def admit(self, request: Request) -> None:
        super().admit(request)
        # Before authentication, so that no more than this is hashed for an unknown sender.
        if len(request.body) > MAX_BODY:
            raise RequestEntityTooLargeException

    def verifier(self, _request: Request) -> Verifier:
        return self._verifier

    def find(self, request: Request) -> str:
        name = protocol_of(request).operation(request)
        if name not in OPERATIONS:
            raise UnknownOperation(not_available(name))
        return name

    def read(self, operation: str, request: Request) -> Payload:
        return checker_for(operation)(protocol_of(request).read(request, SHAPES[operation]))

    async def authorize(self, call: Call[str]) -> Payload:
        if self._authorizer is not None:
            await check(
                self._authorizer, self._store, call.request, call.identity, call.operation,
                call.payload,
            )  # fmt: skip
            if call.operation == "PutMetricAlarm":
                await self._check_functions(self._authorizer, call)
        return call.payload

    async def _check_functions(self, authorizer: TableAuthorizer, call: Call[str]) -> None:
        """Raise AccessDeniedException unless the caller may call the alarm's functions."""
        for action in dict.fromkeys(filter(is_function, alarm_actions(call.payload))):
            permissions = await self._invocation(action)
            await authorizer.check(call.request, call.identity, permissions, call.payload)

    async def operate(self, call: Call[str]) -> Answer:
        answer = protocol_of(call.request).success
        with Place(self._long, call.identity) as slot:
            monitoring = Monitoring(self._store, slot)
            body = await OPERATIONS[call.operation](monitoring, call.payload)
            if slot.is_taken:  # 100,000 values take half a second to write
                return await aside(answer, call.operation, body, call.request)
        return answer(call.operation, body, call.request)

    def refusal(self, error: Exception, request: Request) -> Answer:
        known = known_error(error, request, InternalServiceFault)
        return protocol_of(request).failure(known, request)
