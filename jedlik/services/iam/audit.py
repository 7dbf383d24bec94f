"""Audit records of calls of IAM's and STS's APIs.

Implemented actions show every parameter except codes of a second factor. Others may be called with
passwords, private keys and tokens of other services: they show none.
"""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.gateway.audit.trail import Event
from jedlik.gateway.exchange import Answer, Request
from jedlik.gateway.query_protocol import MAX_SIZE, MalformedForm, beginning_of, fields_of
from jedlik.kernel.arns import Arns
from jedlik.services.iam.members import MEMBERS
from jedlik.services.iam.operations.registry import ENTRIES

HIDDEN: Final = frozenset(("TokenCode",))
"""Parameters of implemented actions that are never shown."""

_ISSUING: Final = {
    "AssumeRole": "credentials", "CreateAccessKey": "accessKey",
    "GetFederationToken": "credentials", "GetSessionToken": "credentials",
}  # fmt: skip
"""Actions that issue credentials, and what CloudTrail calls these. Their access key is recorded:
sessions of a role have names that callers choose, so only the key tells who had one."""
_ISSUED: Final = re.compile(rb"<AccessKeyId>([A-Z0-9]{16,128})</AccessKeyId>").search
_READ_ONLY: Final = ("Get", "List", "Simulate")
_NAMING: Final = frozenset(("Action", "Version"))
_STS: Final = "2011-06-15"
"""The version of STS's API; every other is assumed to be IAM's."""


class IdentityEvents:
    """IAM user guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"."""

    def is_data(self, _request: Request) -> bool:
        """Always False."""
        return False

    def describe(self, request: Request, answer: Answer, _arns: Arns) -> Event:
        """The event, with the form's parameters that the action has and that may be shown."""
        form = _form(request)
        source = "sts" if form.get("Version") == _STS else "iam"
        name = str(form.get("Action"))
        members = MEMBERS[name] - HIDDEN if name in ENTRIES else ()
        shown = {key: value for key, value in form.items() if key.partition(".")[0] in members}
        read_only = name.startswith(_READ_ONLY)
        return Event(source, name, read_only, shown, answered=_issued(name, answer))


def _issued(name: str, answer: Answer) -> dict[str, Any] | None:
    found = _ISSUED(answer.body) if name in _ISSUING and answer.status == 200 else None
    return None if found is None else {_ISSUING[name]: {"accessKeyId": found[1].decode("ascii")}}


def _form(request: Request) -> dict[str, str]:
    """The form's parameters; of an unauthenticated request only the action, if it comes early."""
    if request.identity is None:
        form = beginning_of(request.content)
        return {name: form[name] for name in _NAMING & form.keys()}
    try:
        return dict(fields_of(request.content[:MAX_SIZE]))
    except MalformedForm:
        return {}


EVENTS: Final = IdentityEvents()
