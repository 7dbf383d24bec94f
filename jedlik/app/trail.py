"""The audit log of a server, wired."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from jedlik.app.access_control import AccessControl
from jedlik.app.settings import Settings
from jedlik.auth.identity import Identity
from jedlik.base.errors import ServiceError
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.failures import DataDirectoryError

if TYPE_CHECKING:
    from jedlik.gateway.audit.trail import Recorder, Trail, Whoami

_MAX_ACCESS_KEY = 128
_PACKAGE = "jedlik.gateway.audit"


class AuditDirectoryError(DataDirectoryError):
    """The audit log's directory cannot be used; the text says why."""


class AuditLog:
    """Makes the trails of APIs when they are needed; all write to one file, if any."""

    def __init__(self, recorder: Recorder | None, *, data_events: bool) -> None:
        self._recorder = recorder
        self._data_events = data_events

    @property
    def is_kept(self) -> bool:
        """Whether there is a file to write to."""
        return self._recorder is not None

    def trail(self, events: str) -> Trail | None:
        """The trail of an API whose events are described by that module; None if nothing is
        logged."""
        if self._recorder is None:
            return None
        module: Any = importlib.import_module(f"{_PACKAGE}.trail")
        trail: Trail = module.Trail(
            self._recorder, importlib.import_module(events).EVENTS, data_events=self._data_events
        )
        return trail


def audit_log_of(settings: Settings, database: Database, access: AccessControl) -> AuditLog:
    """The audit log of these settings. Raises AuditDirectoryError if it cannot be written."""
    if settings.audit_log is None:
        return AuditLog(None, data_events=False)
    files: Any = importlib.import_module(f"{_PACKAGE}.files")
    try:
        file = files.AuditFile(settings.audit_log)
    except OSError as error:
        raise AuditDirectoryError(
            f"the audit log's directory {settings.audit_log} cannot be used: {error.strerror}"
        ) from error
    trail: Any = importlib.import_module(f"{_PACKAGE}.trail")
    recorder = trail.Recorder(
        file, database.arns, database.clock, database.ids, _whoami(database.arns.account, access)
    )
    return AuditLog(recorder, data_events=settings.audit_data_events)


def _whoami(account: str, access: AccessControl) -> Whoami:
    def whoami(identity: Identity) -> dict[str, Any]:
        found: dict[str, Any] = {
            "accountId": account, "accessKeyId": identity.access_key[:_MAX_ACCESS_KEY],
        }  # fmt: skip
        if access.authorizer is None:
            return {"type": "Unknown", **found}
        try:
            principal = access.authorizer.principal(identity)
        except ServiceError:
            return {"type": "Unknown", **found}
        shown = {
            "type": {"User": "IAMUser", "Account": "Root"}.get(principal.kind, principal.kind),
            "principalId": principal.user_id,
            "arn": principal.caller.arn,
            **found,
        }
        return {**shown, "userName": principal.user_name} if principal.user_name else shown

    return whoami
