"""The error that a client gets for an exception."""

from __future__ import annotations

import logging

from jedlik.base.errors import ServiceError
from jedlik.base.log import RATE_LIMITED
from jedlik.gateway.exchange import Request
from jedlik.storage.failures import StorageFailure

log = logging.getLogger(__name__)


def known_error(error: Exception, request: Request, internal: type[ServiceError]) -> ServiceError:
    """The error to answer with. Errors other than services' own are logged, and become
    `internal`. The frames that `error` came through are let go of."""
    if isinstance(error, ServiceError):
        let_go_of_frames(error)
        return error
    if isinstance(error, StorageFailure):
        request_id = request.request_id.decode()
        log.error("request %s: storage failed: %s", request_id, error, extra=RATE_LIMITED)
    else:
        log.error("request %s failed", request.request_id.decode(), exc_info=error)
    let_go_of_frames(error)
    return internal()


def let_go_of_frames(error: Exception) -> None:
    """Free the frames that an error came through, once it is handled: some of them hold the error,
    so they would otherwise stay until a search for such circles, which costs more than all that a
    refused request costs besides."""
    error.__traceback__ = None


def not_available(name: str) -> str:
    """The text for an operation that the service has and this server lacks."""
    return f"{name} is not available in this version of Jedlik; see `jedlik manual differences`"
