"""Subnet groups: only stored and shown, since there are no networks."""

from __future__ import annotations

import re
from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.dax_control.errors import (
    InvalidParameterValueException,
    InvalidSubnet,
    SubnetGroupAlreadyExistsFault,
    SubnetGroupInUseFault,
    SubnetGroupNotFoundFault,
    SubnetGroupQuotaExceededFault,
)
from jedlik.services.dax_control.model import (
    DEFAULT_SUBNETS,
    MAX_GROUPS,
    SUBNET_GROUP_KIND,
    State,
    SubnetGroup,
    default_subnets,
)
from jedlik.services.dax_control.operations.control import (
    Control,
    check_group_name,
    chosen,
    page_of,
    with_description,
    with_token,
)

_SUBNET: Final = re.compile(r"subnet-[0-9A-Za-z-]{1,64}").fullmatch
_VPC: Final = "vpc-00000000"


async def create_subnet_group(control: Control, payload: Payload) -> dict[str, Any]:
    """CreateSubnetGroup."""
    name = check_group_name("SubnetGroupName", payload["SubnetGroupName"])
    subnets = _checked(payload["SubnetIds"])
    group = SubnetGroup(name, subnets, payload.get("Description", ""))

    def create(state: State) -> None:
        if name in state.subnet_groups or name == DEFAULT_SUBNETS:
            raise SubnetGroupAlreadyExistsFault(f"Subnet group {name} already exists.")
        if len(state.subnet_groups) >= MAX_GROUPS:
            raise SubnetGroupQuotaExceededFault(f"There may be {MAX_GROUPS} subnet groups.")
        state.subnet_groups[name] = group
        state.note(name, SUBNET_GROUP_KIND, "Subnet group created.", control.now())

    await control.change(create)
    return {"SubnetGroup": _described(control, group)}


async def describe_subnet_groups(control: Control, payload: Payload) -> dict[str, Any]:
    """DescribeSubnetGroups."""
    state = await control.state()
    there = [DEFAULT_SUBNETS, *state.subnet_groups]
    page, token = page_of(payload, chosen(payload.get("SubnetGroupNames"), there))
    groups = [_described(control, _find(control, state, name)) for name in page]
    return with_token({"SubnetGroups": groups}, token)


async def update_subnet_group(control: Control, payload: Payload) -> dict[str, Any]:
    """UpdateSubnetGroup."""
    name = _not_reserved(payload["SubnetGroupName"])
    subnets = _checked(payload["SubnetIds"]) if "SubnetIds" in payload else None

    def update(state: State) -> SubnetGroup:
        group = _find(control, state, name)
        group.description = payload.get("Description", group.description)
        group.subnets = group.subnets if subnets is None else subnets
        state.subnet_groups[name] = group
        state.note(name, SUBNET_GROUP_KIND, "Subnet group updated.", control.now())
        return group

    return {"SubnetGroup": _described(control, await control.change(update))}


async def delete_subnet_group(control: Control, payload: Payload) -> dict[str, Any]:
    """DeleteSubnetGroup."""
    name = _not_reserved(payload["SubnetGroupName"])

    def delete(state: State) -> None:
        _find(control, state, name)
        if any(cluster.subnet_group == name for cluster in state.clusters.values()):
            raise SubnetGroupInUseFault(f"Subnet group {name} is in use.")
        del state.subnet_groups[name]
        state.note(name, SUBNET_GROUP_KIND, "Subnet group deleted.", control.now())

    await control.change(delete)
    return {"DeletionMessage": f"Subnet group {name} has been deleted."}


def _not_reserved(given: str) -> str:
    """The name of a group that may change."""
    name = given.lower()
    if name == DEFAULT_SUBNETS:
        raise InvalidParameterValueException(f"{name} is reserved and cannot be modified.")
    return name


def _find(control: Control, state: State, name: str) -> SubnetGroup:
    group = state.subnet_groups.get(name)
    if group is not None:
        return group
    if name == DEFAULT_SUBNETS:
        return default_subnets(control.arns.region)
    raise SubnetGroupNotFoundFault(f"Subnet group {name} not found.")


def _checked(subnets: list[str]) -> list[str]:
    for subnet in subnets:
        if not _SUBNET(subnet):
            raise InvalidSubnet(f"{subnet} is not a subnet.")
    if not subnets:
        raise InvalidSubnet("A subnet group has one subnet at least.")
    return list(dict.fromkeys(subnets))


def _described(control: Control, group: SubnetGroup) -> dict[str, Any]:
    networks = ["ipv4"]
    answer = {
        "SubnetGroupName": group.name,
        "VpcId": _VPC,
        "Subnets": [
            {
                "SubnetIdentifier": each,
                "SubnetAvailabilityZone": control.zone,
                "SupportedNetworkTypes": networks,
            }
            for each in group.subnets
        ],
        "SupportedNetworkTypes": networks,
    }
    return with_description(answer, group.description)
