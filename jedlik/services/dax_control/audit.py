"""Audit records of calls of DAX's control API (DAX developer guide, "Logging DAX operations using
AWS CloudTrail"): all are management events, and nothing in them is secret. Reads and writes of
items through a cluster are not recorded; their requests to DynamoDB are, as its own events."""

from __future__ import annotations

from typing import Final

from jedlik.gateway.audit.trail import Event, Resource, given_members
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.dax_control.operations.control import cluster_arn

_READ_ONLY: Final = ("Describe", "List")


class ControlEvents:
    """The calls of the control API."""

    def is_data(self, _request: Request) -> bool:
        """Always False."""
        return False

    def describe(self, request: Request, _answer: Answer, arns: Arns) -> Event:
        """The event; its resource is the cluster that the request names."""
        name = request.headers[b"x-amz-target"].decode("latin-1").partition(".")[2]
        given = given_members(request)
        cluster = given.get("ClusterName")
        resources = []
        if isinstance(cluster, str):
            resources.append(Resource("AWS::DAX::Cluster", cluster_arn(arns, cluster)))
        return Event("dax", name, name.startswith(_READ_ONLY), given, resources)


EVENTS: Final = ControlEvents()
