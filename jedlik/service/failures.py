"""What clients are told of what went wrong."""

from __future__ import annotations

import logging

from jedlik.base.errors import ServiceError
from jedlik.service.exchange import Request
from jedlik.storage.failures import StorageFailure

log = logging.getLogger(__name__)


def told(error: Exception, request: Request, internal: type[ServiceError]) -> ServiceError:
    """The error to answer with. What is no answer is logged, and told as an `internal` one."""
    if isinstance(error, ServiceError):
        return error
    request_id = request.request_id.decode()
    if isinstance(error, StorageFailure):
        log.error("request %s: storage failed: %s", request_id, error)
    else:
        log.error("request %s failed", request_id, exc_info=error)
    return internal()
