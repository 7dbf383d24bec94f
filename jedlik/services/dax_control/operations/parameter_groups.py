"""Parameter groups: how long clusters cache."""

from __future__ import annotations

from typing import Any, Final

from jedlik.gateway.operation import Payload
from jedlik.services.dax_control.errors import (
    InvalidParameterGroupStateFault,
    InvalidParameterValueException,
    ParameterGroupAlreadyExistsFault,
    ParameterGroupNotFoundFault,
    ParameterGroupQuotaExceededFault,
)
from jedlik.services.dax_control.model import (
    DEFAULT_PARAMETERS,
    MAX_GROUPS,
    PARAMETER_GROUP_KIND,
    PARAMETERS,
    ParameterGroup,
    State,
    default_parameters,
)
from jedlik.services.dax_control.operations.control import (
    Control,
    check_group_name,
    chosen,
    page_of,
    with_description,
    with_token,
)

MAX_TTL_MILLIS: Final = 2**31 - 1
_USER: Final = "user"
_SOURCES: Final = (_USER, "system", "engine-default")


async def create_parameter_group(control: Control, payload: Payload) -> dict[str, Any]:
    """CreateParameterGroup."""
    name = check_group_name("ParameterGroupName", payload["ParameterGroupName"])
    group = ParameterGroup(name, payload.get("Description", ""))

    def create(state: State) -> None:
        if name in state.parameter_groups or name == DEFAULT_PARAMETERS:
            raise ParameterGroupAlreadyExistsFault(f"Parameter group {name} already exists.")
        if len(state.parameter_groups) >= MAX_GROUPS:
            raise ParameterGroupQuotaExceededFault(f"There may be {MAX_GROUPS} parameter groups.")
        state.parameter_groups[name] = group
        state.note(name, PARAMETER_GROUP_KIND, "Parameter group created.", control.now())

    await control.change(create)
    return {"ParameterGroup": _described(group)}


async def describe_parameter_groups(control: Control, payload: Payload) -> dict[str, Any]:
    """DescribeParameterGroups."""
    state = await control.state()
    there = [DEFAULT_PARAMETERS, *state.parameter_groups]
    page, token = page_of(payload, chosen(payload.get("ParameterGroupNames"), there))
    groups = [_described(_find(state, name)) for name in page]
    return with_token({"ParameterGroups": groups}, token)


async def describe_parameters(control: Control, payload: Payload) -> dict[str, Any]:
    """DescribeParameters."""
    group = _find(await control.state(), payload["ParameterGroupName"].lower())
    source = payload.get("Source")
    if source is not None and source not in _SOURCES:
        raise InvalidParameterValueException(f"Source is one of {', '.join(_SOURCES)}.")
    page, token = page_of(payload, PARAMETERS)
    parameters = [_parameter(group, name) for name in page]
    shown = [each for each in parameters if source in (None, each["Source"])]
    return with_token({"Parameters": shown}, token)


async def describe_default_parameters(_control: Control, payload: Payload) -> dict[str, Any]:
    """DescribeDefaultParameters."""
    page, token = page_of(payload, PARAMETERS)
    group = default_parameters()
    return with_token({"Parameters": [_parameter(group, name) for name in page]}, token)


async def update_parameter_group(control: Control, payload: Payload) -> dict[str, Any]:
    """UpdateParameterGroup; entries already cached keep their time to live."""
    name = payload["ParameterGroupName"].lower()
    if name == DEFAULT_PARAMETERS:
        raise InvalidParameterGroupStateFault("The default parameter group cannot be changed.")
    values = dict(_checked(each) for each in payload["ParameterNameValues"])

    def update(state: State) -> ParameterGroup:
        group = _find(state, name)
        group.values.update(values)
        state.note(name, PARAMETER_GROUP_KIND, "Parameter group updated.", control.now())
        return group

    return {"ParameterGroup": _described(await control.change(update))}


async def delete_parameter_group(control: Control, payload: Payload) -> dict[str, Any]:
    """DeleteParameterGroup."""
    name = payload["ParameterGroupName"].lower()
    if name == DEFAULT_PARAMETERS:
        raise InvalidParameterGroupStateFault("The default parameter group cannot be deleted.")

    def delete(state: State) -> None:
        _find(state, name)
        if any(cluster.parameter_group == name for cluster in state.clusters.values()):
            raise InvalidParameterGroupStateFault(f"Parameter group {name} is in use.")
        del state.parameter_groups[name]
        state.note(name, PARAMETER_GROUP_KIND, "Parameter group deleted.", control.now())

    await control.change(delete)
    return {"DeletionMessage": f"Parameter group {name} has been deleted."}


def _find(state: State, name: str) -> ParameterGroup:
    if name == DEFAULT_PARAMETERS:
        return default_parameters()
    group = state.parameter_groups.get(name)
    if group is None:
        raise ParameterGroupNotFoundFault(f"Parameter group {name} not found.")
    return group


def _checked(given: Payload) -> tuple[str, int]:
    name, value = given.get("ParameterName"), given.get("ParameterValue")
    if name not in PARAMETERS:
        raise InvalidParameterValueException(f"There is no parameter {name}.")
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 10:
        raise InvalidParameterValueException(f"{name} is a number of milliseconds.")
    if int(value) > MAX_TTL_MILLIS:
        raise InvalidParameterValueException(f"{name} is {MAX_TTL_MILLIS} at most.")
    return name, int(value)


def _described(group: ParameterGroup) -> dict[str, Any]:
    return with_description({"ParameterGroupName": group.name}, group.description)


def _parameter(group: ParameterGroup, name: str) -> dict[str, Any]:
    return {
        "ParameterName": name,
        "ParameterType": "DEFAULT",
        "ParameterValue": str(group.millis(name)),
        "NodeTypeSpecificValues": [],
        "Description": PARAMETERS[name],
        "Source": _USER,
        "DataType": "integer",
        "AllowedValues": "0-",
        "IsModifiable": "TRUE",
        "ChangeType": "IMMEDIATE",
    }
