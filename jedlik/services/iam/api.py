"""The IAM and STS APIs: authenticate, read the form, authorize, act, answer in XML.

The credential scope decides between IAM and STS, and the form's version has to agree. The front
door has recognized the request as a form.

A browser sends a web page's form to any address without a preflight request. So where any
credentials are accepted, requests that a browser sends for a page are refused.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jedlik.auth.sessions import Sessions
from jedlik.base import errors as base
from jedlik.base.aside import aside
from jedlik.gateway import pipeline
from jedlik.gateway.apis import service_signed_for
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.known_errors import known_error, not_available
from jedlik.gateway.operation import Payload
from jedlik.gateway.query_protocol import (
    XML,
    MalformedForm,
    check_size,
    read_form,
    write_answer,
    write_error,
)
from jedlik.gateway.verifier import Verifier
from jedlik.services.iam import errors
from jedlik.services.iam.authorization.authorizer import Authorizer
from jedlik.services.iam.authorization.long_decisions import apart
from jedlik.services.iam.authorization.requests import AuthorizationRequest
from jedlik.services.iam.directory import Directory
from jedlik.services.iam.members import MEMBERS
from jedlik.services.iam.operations import registry
from jedlik.services.iam.operations.call import IdentityCall
from jedlik.services.iam.operations.condition_keys import keys_of
from jedlik.services.iam.operations.resources import resources_of
from jedlik.services.iam.operations.security_tokens import role_of
from jedlik.services.iam.store import Draft, Identities

if TYPE_CHECKING:
    from jedlik.auth.identity import Identity
    from jedlik.gateway.audit.trail import Trail
    from jedlik.services.iam.authorization.principals import Principal

_REGION_OF_IAM: Final = "us-east-1"
"""IAM is in one region, whatever the region of the signature (IAM user guide, "AWS global condition
context keys", aws:RequestedRegion): permissions for other regions do not apply here."""
_STS_VERSION: Final = b"Version=2011-06-15"
_ACTION: Final = re.compile(r"[A-Za-z0-9]{1,64}").fullmatch
_TRANSLATED: Final[dict[type[base.ServiceError], type[base.ServiceError]]] = {
    base.UnrecognizedClientException: errors.InvalidClientTokenId,
    base.ExpiredTokenException: errors.ExpiredToken,
    base.InvalidSignatureException: errors.SignatureDoesNotMatch,
    base.IncompleteSignatureException: errors.IncompleteSignature,
    base.MissingAuthenticationTokenException: errors.MissingAuthenticationToken,
    base.AccessDeniedException: errors.AccessDenied,
}
"""Errors of authentication by their names in the query protocol."""


class Named(NamedTuple):
    """An action of IAM's or STS's, and the parameters of the form that names it."""

    service: str
    name: str
    parameters: dict[str, Any]


class QueryService(pipeline.Pipeline[Named, Authorizer]):
    """Answers requests of IAM and STS. Without an `authorizer` everything is allowed.

    `unsupported` returns the text for requests to services that do not exist here.
    """

    browser_refusal = "Identities cannot be managed from web pages."

    def __init__(
        self,
        directory: Directory,
        verifier_of: Callable[[str], Verifier],
        sessions: Sessions,
        authorizer: Authorizer | None,
        trail: Trail | None = None,
        unsupported: Callable[[Request], str | None] = lambda _request: None,
    ) -> None:
        super().__init__(authorizer, trail)
        self._directory = directory
        self._verifiers = {name: verifier_of(name) for name in (registry.IAM, registry.STS)}
        self._sessions = sessions
        self._unsupported = unsupported

    def admit(self, request: Request) -> None:
        super().admit(request)
        check_size(request.body)

    def verifier(self, request: Request) -> Verifier:
        # Not by the form: nothing in it is read before its sender is known.
        return self._verifiers[_scope_of(request)]

    def find(self, request: Request) -> Named:
        parameters = read_form(request.content)
        service, name = _service_of(parameters), str(parameters.get("Action"))
        if self._authorizer is not None and service != _scope_of(request):
            raise errors.SignatureDoesNotMatch(
                f"Credential should be scoped to correct service: '{service}'. "
            )
        entry = registry.ENTRIES.get(name)
        if entry is None or entry.service != service:
            action = name if _ACTION(name) else "This action"
            raise errors.InvalidAction(self._unsupported(request) or not_available(action))
        return Named(service, name, parameters)

    def read(self, operation: Named, _request: Request) -> Payload:
        return operation.parameters

    async def operate(self, call: pipeline.Call[Named]) -> Answer:
        members = await self._act(call.request, call.identity, call.operation)
        service, name, _ = call.operation
        given = name, registry.NAMESPACES[service], members, call.request.request_id.decode()
        is_long = registry.ENTRIES[name].long
        body = await aside(write_answer, *given) if is_long else write_answer(*given)
        return Answer(200, body, XML)

    def refusal(self, error: Exception, request: Request) -> Answer:
        service = _scope_of(request)
        if request.identity is not None:
            with contextlib.suppress(MalformedForm):
                service = _service_of(read_form(request.content))
        if isinstance(error, MalformedForm):
            error = errors.InvalidInput(str(error))
        known = known_error(error, request, errors.ServiceFailure)
        translated = _TRANSLATED.get(type(known))
        if translated is not None:
            known = translated(known.message)
        namespace, request_id = registry.NAMESPACES[service], request.request_id.decode()
        body = write_error(known, known.code(), namespace, request_id)
        return Answer(known.status, body, XML)

    async def _act(
        self, request: Request, identity: Identity, operation: Named
    ) -> dict[str, Any] | None:
        """Authorize and act in one commit: the decision uses the same identities as the change."""
        service, name, parameters = operation
        entry = registry.ENTRIES[name]
        store = self._directory.identities
        await store.refresh()
        if entry.seals:
            await store.ensure_key()
        used = None
        if entry.uses:
            used = await self._directory.key_uses.last(str(parameters.get("AccessKeyId")))

        def permitted(identities: Identities, draft: Draft) -> IdentityCall:
            call = self._call(name, parameters, identities, draft)
            call.last_use = used
            if self._authorizer is not None:
                call.principal = self._authorizer.principal(identity)
                call.administrator = self._authorizer.administrator
                if self._trail is not None:
                    self._trail.note_sender(request)
                _check_session(call.principal, service, name)
                if entry.free:
                    self._authorizer.check_passage(request, identity, f"{service}:{name}")
                else:
                    self._authorize(request, identity, call, service)
            return call

        if entry.long:
            call = await store.change(permitted)
            return await apart(identity, entry.action, call)
        return await store.change(lambda *current: entry.action(permitted(*current)))

    def _call(
        self, name: str, parameters: dict[str, Any], identities: Identities, draft: Draft
    ) -> IdentityCall:
        directory = self._directory
        own = {member: value for member, value in parameters.items() if member in MEMBERS[name]}
        _check_form(own)
        return IdentityCall(
            name, own, identities, draft, directory.arns.account, directory.clock.now(),
            directory.ids, directory.identities.seal(), self._sessions,
        )  # fmt: skip

    def _authorize(
        self, request: Request, identity: Identity, call: IdentityCall, service: str
    ) -> None:
        assert self._authorizer is not None
        region = self._region(identity, service)
        trust = role_of(call).trust if call.action == "AssumeRole" else None
        facts = AuthorizationRequest.of_call(
            dict(call.parameters), request, region, keys=keys_of(call)
        )
        for action in registry.actions_of(call, service):
            for arn, shown in resources_of(call):
                self._authorizer.check_action(identity, action, arn, facts, trust, shown)

    def _region(self, identity: Identity, service: str) -> str:
        """The region of an action: STS exists in every region, and this API serves all of them."""
        arns = self._directory.arns
        if service == registry.IAM:
            return _REGION_OF_IAM
        if arns.only and identity.region:
            return identity.region
        return arns.region


def _check_session(principal: Principal, service: str, action: str) -> None:
    """Users' temporary credentials, their own or federated ones, are refused by IAM: it requires a
    second factor, which does not exist here. Federated users may only call GetCallerIdentity (IAM
    user guide, "Compare AWS STS credentials")."""
    session = principal.session
    if session is not None and session.role is None and service == registry.IAM:
        raise errors.InvalidClientTokenId
    if session is not None and session.federated is not None and action != "GetCallerIdentity":
        raise errors.AccessDenied(f"Cannot call {action} with federation credentials")


def _check_form(parameters: Mapping[str, Any]) -> None:
    """Raise MalformedInput if a parameter is a structure, which none of the actions has. The action
    would ignore it, while policies would see it: `Tags.team=payroll` as a tag."""
    if any(isinstance(value, dict) for value in parameters.values()):
        raise errors.MalformedInput("Start of structure or map found where not expected")


def _scope_of(request: Request) -> str:
    """The service that a request is signed for. If that is neither of the two, the one that it
    should have been signed for, for the error's text: STS if its version is in the body in plain
    text."""
    service = service_signed_for(request)
    if service in (registry.IAM, registry.STS):
        return service
    return registry.STS if _STS_VERSION in request.body else registry.IAM


def _service_of(parameters: dict[str, Any]) -> str:
    return registry.VERSIONS.get(str(parameters.get("Version")), registry.IAM)
