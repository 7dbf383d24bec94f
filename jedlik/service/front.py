"""All APIs behind one front door."""

from __future__ import annotations

from jedlik.service.query import QueryService
from jedlik.service.service import Service


class Front:
    """`submit` takes DynamoDB's requests, `submit_query` the forms of IAM and STS."""

    __slots__ = ("submit", "submit_query")

    def __init__(self, service: Service, query: QueryService) -> None:
        self.submit = service.submit
        self.submit_query = query.submit
