"""The IAM and STS APIs: read the form, authenticate, authorize, act, answer in XML.

A form says by its version which of the two it is for; that it is a form said the front door. Where
any credentials are taken, requests that a browser sends for a page are refused (see `web_pages`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from jedlik.auth.sessions import Sessions
from jedlik.base import errors as base
from jedlik.base import identity_errors as errors
from jedlik.database.database import Database
from jedlik.database.identities import Draft, Identities
from jedlik.operations.iam import registry
from jedlik.operations.iam.call import Call
from jedlik.operations.iam.security_tokens import role_of
from jedlik.service.exchange import Answer, Reply, Request
from jedlik.service.forms import read_form, write_answer, write_error
from jedlik.service.service import Verifier
from jedlik.service.tasks import TaskApi
from jedlik.service.web_pages import refuse_web_pages

if TYPE_CHECKING:
    from jedlik.auth.identity import Identity
    from jedlik.service.access.authorizer import Authorizer
    from jedlik.service.audit import Trail

XML: Final = b"text/xml"
_TRANSLATED: Final[dict[type[base.ServiceError], type[base.ServiceError]]] = {
    base.UnrecognizedClientException: errors.InvalidClientTokenId,
    base.ExpiredTokenException: errors.ExpiredToken,
    base.InvalidSignatureException: errors.SignatureDoesNotMatch,
    base.IncompleteSignatureException: errors.IncompleteSignature,
    base.MissingAuthenticationTokenException: errors.MissingAuthenticationToken,
    base.AccessDeniedException: errors.AccessDenied,
}
"""Errors of authentication by their names in the query protocol."""


class QueryService(TaskApi):
    """Answers requests of IAM and STS. Without an `authorizer` everybody may do anything."""

    internal = errors.ServiceFailure

    def __init__(
        self,
        database: Database,
        verifier_of: Callable[[str], Verifier],
        sessions: Sessions,
        authorizer: Authorizer | None,
        trail: Trail | None = None,
    ) -> None:
        super().__init__()
        self._trail = trail
        self._database = database
        self._verifiers = {name: verifier_of(name) for name in (registry.IAM, registry.STS)}
        self._sessions = sessions
        self._authorizer = authorizer

    def submit(self, request: Request, reply: Reply) -> None:
        """Answer `request` by calling `reply` once, later."""
        if self._trail is not None:
            reply = self._trail.watch(request, reply)
        super().submit(request, reply)

    async def _operate(self, request: Request) -> Answer:
        parameters = read_form(request.content)
        service = _service_of(parameters)
        name, members = await self._act(request, service, parameters)
        namespace = registry.NAMESPACES[service]
        return Answer(200, write_answer(name, namespace, members, request.request_id.decode()), XML)

    def _refuse(self, error: base.ServiceError, request: Request) -> Answer:
        translated = _TRANSLATED.get(type(error))
        if translated is not None:
            error = translated(error.message)
        service = registry.IAM
        with contextlib.suppress(errors.InvalidInput):
            service = _service_of(read_form(request.content))
        namespace = registry.NAMESPACES[service]
        return Answer(error.status, write_error(error, namespace, request.request_id.decode()), XML)

    async def _act(
        self, request: Request, service: str, parameters: dict[str, Any]
    ) -> tuple[str, dict[str, Any] | None]:
        if self._authorizer is None:
            refuse_web_pages(request, "Identities cannot be managed from web pages.")
        store = self._database.identities
        await store.refresh()
        identity = self._verifiers[service].verify(request)
        name = str(parameters.get("Action"))
        entry = registry.ENTRIES.get(name)
        if entry is None or entry.service != service:
            raise errors.InvalidAction(
                f"{name} is not available in this version of Jedlik; see docs/differences.md"
            )
        if entry.seals:
            await store.ensure_key()

        def act(identities: Identities, draft: Draft) -> dict[str, Any] | None:
            call = self._call(name, parameters, identities, draft)
            if self._authorizer is not None:
                call.principal = self._authorizer.principal(identity)
                if not entry.free:
                    self._authorize(request, identity, call, service)
            return entry.action(call)

        return name, await store.change(act)

    def _call(
        self, name: str, parameters: dict[str, Any], identities: Identities, draft: Draft
    ) -> Call:
        database = self._database
        return Call(
            name, parameters, identities, draft, database.names.account, database.clock.now(),
            database.ids, database.identities.seal(), self._sessions,
        )  # fmt: skip

    def _authorize(self, request: Request, identity: Identity, call: Call, service: str) -> None:
        assert self._authorizer is not None
        trust = role_of(call).trust if call.action == "AssumeRole" else None
        self._authorizer.check_other(
            request, identity, f"{service}:{call.action}", registry.resource_of(call),
            dict(call.parameters), trust,
        )  # fmt: skip


def _service_of(parameters: dict[str, Any]) -> str:
    """The service that a form is for, which its version says."""
    return registry.VERSIONS.get(str(parameters.get("Version")), registry.IAM)
