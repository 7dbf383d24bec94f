"""What a client learns of an error that came up on its request's way."""

from __future__ import annotations

import logging

from jedlik.base.errors import ServiceError
from jedlik.base.log import SELDOM
from jedlik.gateway.exchange import Request
from jedlik.storage.failures import StorageFailure

log = logging.getLogger(__name__)


def known_error(error: Exception, request: Request, internal: type[ServiceError]) -> ServiceError:
    """The error in a service's own form. One that is none is written to the log, and becomes
    `internal`."""
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, StorageFailure):
        request_id = request.request_id.decode()
        log.error("request %s: storage failed: %s", request_id, error, extra=SELDOM)
    else:
        log.error("request %s failed", request.request_id.decode(), exc_info=error)
    return internal()


def not_available(name: str) -> str:
    """The text for an operation of the service's that this server does not have."""
    return f"{name} is not available in this version of Jedlik; see `jedlik manual differences`"
