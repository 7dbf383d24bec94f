"""Both APIs behind one front door."""

from __future__ import annotations

from jedlik.service.rest import RestService
from jedlik.service.service import Service


class Front:
    """`submit` takes DynamoDB's requests, `submit_rest` those with a path of the Lambda API."""

    __slots__ = ("submit", "submit_rest")

    def __init__(self, service: Service, rest: RestService) -> None:
        self.submit = service.submit
        self.submit_rest = rest.submit
