"""The audit log of a server, wired."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jedlik.app.guard import Guard
from jedlik.app.settings import Settings
from jedlik.auth.identity import Identity
from jedlik.auth.sessions import TEMPORARY
from jedlik.base.errors import ServiceError
from jedlik.database.database import Database
from jedlik.storage.failures import DataDirectoryError

if TYPE_CHECKING:
    from jedlik.service.audit import Trail


def trail_of(settings: Settings, database: Database, guard: Guard) -> Trail | None:
    """The audit log; None where there is none. Raises DataDirectoryError where it cannot be
    written."""
    if settings.audit_log is None:
        return None
    audit: Any = importlib.import_module("jedlik.service.audit")
    try:
        file = audit.AuditFile(settings.audit_log)
    except OSError as error:
        raise DataDirectoryError(
            f"the audit log's directory {settings.audit_log} cannot be used: {error.strerror}"
        ) from error
    account = database.names.account

    def whoami(access_key: str, token: bytes | None) -> dict[str, Any]:
        found: dict[str, Any] = {"accountId": account, "accessKeyId": access_key}
        if guard.authorizer is None:
            return {"type": "Unknown", **found}
        try:
            session = None
            if token is not None and access_key.startswith(TEMPORARY):
                session = guard.sessions.read(access_key, token)
            identity = Identity(access_key, account, "", "", session)
            principal = guard.authorizer.principal(identity)
        except ServiceError:
            return {"type": "Unknown", **found}
        shown = {
            "type": {"User": "IAMUser", "Account": "Root"}.get(principal.kind, principal.kind),
            "principalId": principal.user_id,
            "arn": principal.caller.arn,
            **found,
        }
        return {**shown, "userName": principal.user_name} if principal.user_name else shown

    trail: Trail = audit.Trail(
        file, database.names, database.clock, database.ids, whoami,
        data_events=settings.audit_data_events,
    )  # fmt: skip
    return trail
