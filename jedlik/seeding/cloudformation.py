"""Templates of CloudFormation and SAM: their DynamoDB tables.

AWS CloudFormation user guide, "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"; AWS SAM
developer guide, "AWS::Serverless::SimpleTable". The template itself has to determine the value of
functions (`template_functions`) in properties that a table is made of, and in no others.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any, Final

from jedlik.base.extras import install
from jedlik.seeding.seed import Seed, SeedError, Table, indexed_attributes
from jedlik.seeding.template_functions import Template, written_out

_TABLE: Final = "AWS::DynamoDB::Table"
_GLOBAL_TABLE: Final = "AWS::DynamoDB::GlobalTable"
_SIMPLE_TABLE: Final = "AWS::Serverless::SimpleTable"
_KINDS: Final = (_TABLE, _GLOBAL_TABLE, _SIMPLE_TABLE)
_TYPES: Final = {"String": "S", "Number": "N", "Binary": "B"}
_DEFINED: Final = (
    "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes",
    "KeySchema", "LocalSecondaryIndexes", "ProvisionedThroughput", "TableClass", "Tags",
    "OnDemandThroughput", "WarmThroughput",
)  # fmt: skip
"""Properties that are members of CreateTable under the same name."""
_TREATED: Final = (*_DEFINED, "TableName", "TimeToLiveSpecification", "StreamSpecification",
                   "SSESpecification")  # fmt: skip
_USED: Final = {*_TREATED, "PrimaryKey"} - {"SSESpecification", "Tags"}
"""Properties without which a table would not be what the template describes."""
_MAX_WRITTEN_OUT: Final = 4 * 1024 * 1024
"""Values and characters of a document with its aliases expanded, or the file's size if larger."""
_NUMBERS: Final = re.compile(r"(?:Read|Write)CapacityUnits|Max\w+RequestUnits|\w+UnitsPerSecond")
_MAX_NESTED: Final = 200
"""Nested brackets. PyYAML scans all open ones for each word that it reads."""


def recognizes(document: Any) -> bool:
    """Whether this is a template."""
    if not isinstance(document, dict):
        return False
    resources = document.get("Resources")
    return isinstance(resources, dict) and (
        "AWSTemplateFormatVersion" in document
        or "Transform" in document
        or any(isinstance(each, dict) and "Type" in each for each in resources.values())
    )


def parse_yaml(text: str) -> Any:
    """A template in YAML, with its short forms (`!Ref x`) as the long ones. Raises SeedError."""
    try:
        yaml = importlib.import_module("yaml")
    except ImportError:
        raise SeedError(f"reading YAML needs PyYAML: {install('seed')}") from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined]
        """Handles the tags of templates."""

        def fetch_flow_collection_start(self, token: Any) -> None:
            if self.flow_level >= _MAX_NESTED:
                raise SeedError("it is nested too deeply")
            super().fetch_flow_collection_start(token)

    def construct(loader: Any, tag: str, node: Any) -> Any:
        name = tag if tag in ("Ref", "Condition") else f"Fn::{tag}"
        if isinstance(node, yaml.ScalarNode):
            return {name: loader.construct_scalar(node)}
        if isinstance(node, yaml.SequenceNode):
            return {name: loader.construct_sequence(node, deep=True)}
        return {name: loader.construct_mapping(node, deep=True)}

    Loader.add_multi_constructor("!", construct)
    try:
        document = yaml.load(text, Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        raise SeedError(f"not valid YAML: {error}") from error
    if written_out(document, {}) > max(_MAX_WRITTEN_OUT, len(text)):
        raise SeedError("its aliases expand to more than a seed may hold")
    return document


def read(document: dict[str, Any], _name: str) -> Seed:
    """The tables of a template."""
    template = Template(document)
    seed = Seed()
    for logical_id, resource in document["Resources"].items():
        if resource.get("Type") in _KINDS:
            where = f"resource {logical_id}"
            if not _is_wanted(template, resource, where):
                seed.notes.append(f"{logical_id}: left out: its condition is false")
                continue
            given = resource.get("Properties") or {}
            used = {name: value for name, value in given.items() if name in _USED}
            others = {name: value for name, value in given.items() if name not in _USED}
            properties = {**others, **template.resolved(used, where)}
            _resolve_tags(properties, template, logical_id, seed.notes)
            seed.tables.append(_table(resource["Type"], properties, logical_id, seed.notes))
    return seed


def _is_wanted(template: Template, resource: dict[str, Any], where: str) -> bool:
    """Whether a resource's condition is true, or depends on what only a deployment knows."""
    try:
        return "Condition" not in resource or template.holds(resource["Condition"], where)
    except SeedError:
        return True


def _resolve_tags(
    properties: dict[str, Any], template: Template, logical_id: str, notes: list[str]
) -> None:
    """Resolve the tags, or leave them out: no table depends on them."""
    try:
        tags = {"Tags": properties.pop("Tags")} if "Tags" in properties else {}
        properties |= template.resolved(tags, "Tags")
    except SeedError as error:
        notes.append(f"{logical_id}: left out: {error}")


def _table(kind: str, properties: dict[str, Any], logical_id: str, notes: list[str]) -> Table:
    name = properties.get("TableName") or logical_id
    if kind == _SIMPLE_TABLE:
        return Table(_simple(name, properties))
    if kind == _GLOBAL_TABLE:
        properties = _of_one_region(properties)
    definition: dict[str, Any] = {key: properties[key] for key in _DEFINED if key in properties}
    definition["TableName"] = name
    _set_capacity(definition)
    stream = properties.get("StreamSpecification")
    if stream:
        definition["StreamSpecification"] = {"StreamEnabled": True, **_only_view(stream)}
    encryption = properties.get("SSESpecification")
    if encryption and str(encryption.get("SSEEnabled")).lower() == "true":
        notes.append(f"{name}: SSESpecification is left out, the key would have to exist")
    ignored = sorted(key for key in properties if key not in _TREATED)
    if ignored:
        notes.append(f"{name}: left out: {', '.join(ignored)}")
    expiry = properties.get("TimeToLiveSpecification") or {}
    enabled = str(expiry.get("Enabled", "false")).lower() == "true"
    return Table(definition, expiry.get("AttributeName") if enabled else None)


def _simple(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    key = properties.get("PrimaryKey") or {}
    attribute = key.get("Name", "id")
    kind = _TYPES[key.get("Type", "String")]
    definition: dict[str, Any] = {
        "TableName": name,
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": attribute, "AttributeType": kind}],
    }
    if properties.get("ProvisionedThroughput"):
        definition["ProvisionedThroughput"] = _numbers(properties["ProvisionedThroughput"])
    _set_capacity(definition)
    return definition


def _of_one_region(properties: dict[str, Any]) -> dict[str, Any]:
    """A global table's properties as those of a table: its capacity is set by auto scaling, so here
    it is on demand."""
    kept = {key: value for key, value in properties.items() if not key.startswith("Write")}
    kept["BillingMode"] = "PAY_PER_REQUEST"
    kept["GlobalSecondaryIndexes"] = [
        {key: value for key, value in index.items() if not key.startswith(("Write", "Read"))}
        for index in properties.get("GlobalSecondaryIndexes") or ()
    ]
    if not kept["GlobalSecondaryIndexes"]:
        del kept["GlobalSecondaryIndexes"]
    return kept


def _set_capacity(definition: dict[str, Any]) -> None:
    """Convert numbers, and set a mode if the template leaves it to CloudFormation."""
    for key in ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput"):
        if key in definition:
            definition[key] = _numbers(definition[key])
    for index in definition.get("GlobalSecondaryIndexes") or ():
        if "ProvisionedThroughput" in index:
            index["ProvisionedThroughput"] = _numbers(index["ProvisionedThroughput"])
    if "BillingMode" not in definition and "ProvisionedThroughput" not in definition:
        definition["BillingMode"] = "PAY_PER_REQUEST"
    used = indexed_attributes(definition)
    definition["AttributeDefinitions"] = [
        each for each in definition["AttributeDefinitions"] if each["AttributeName"] in used
    ]


def _numbers(throughput: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: int(value) if _NUMBERS.fullmatch(key) else value for key, value in throughput.items()
    }


def _only_view(stream: Mapping[str, Any]) -> dict[str, Any]:
    return {"StreamViewType": stream.get("StreamViewType", "NEW_AND_OLD_IMAGES")}
