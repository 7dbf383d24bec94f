"""Templates of CloudFormation and SAM: their DynamoDB tables.

AWS CloudFormation user guide, "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "Intrinsic
function reference"; AWS SAM developer guide, "AWS::Serverless::SimpleTable". Functions are resolved
if their value is in the template: references to parameters with defaults and to pseudo parameters,
and Sub and Join of these.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any, Final

from jedlik.base.extras import install
from jedlik.seeding.seed import Seed, SeedError, Table, indexed_attributes

_TABLE: Final = "AWS::DynamoDB::Table"
_GLOBAL_TABLE: Final = "AWS::DynamoDB::GlobalTable"
_SIMPLE_TABLE: Final = "AWS::Serverless::SimpleTable"
_KINDS: Final = (_TABLE, _GLOBAL_TABLE, _SIMPLE_TABLE)
_PSEUDO: Final = {
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_TYPES: Final = {"String": "S", "Number": "N", "Binary": "B"}
_DEFINED: Final = (
    "AttributeDefinitions", "BillingMode", "DeletionProtectionEnabled", "GlobalSecondaryIndexes",
    "KeySchema", "LocalSecondaryIndexes", "ProvisionedThroughput", "TableClass", "Tags",
    "OnDemandThroughput", "WarmThroughput",
)  # fmt: skip
"""Properties that are members of CreateTable under the same name."""
_TREATED: Final = (*_DEFINED, "TableName", "TimeToLiveSpecification", "StreamSpecification",
                   "SSESpecification")  # fmt: skip
_MAX_WRITTEN_OUT: Final = 4 * 1024 * 1024
"""Values and characters of a document with its aliases expanded, or the file's size if larger."""
_MAX_RESOLVED: Final = 4 * 1024 * 1024
"""Characters that all references and functions of a template may produce: a parameter of a kilobyte
may be referred to any number of times."""
_NUMBERS: Final = re.compile(r"(?:Read|Write)CapacityUnits|Max\w+RequestUnits|\w+UnitsPerSecond")
_VARIABLE: Final = re.compile(r"\$\{([^!${}]+)\}")
"""No `$` or `{` within: else a text with many beginnings is scanned to its end from each."""
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
    if _written_out(document, {}) > max(_MAX_WRITTEN_OUT, len(text)):
        raise SeedError("its aliases expand to more than a seed may hold")
    return document


def _written_out(value: Any, known: dict[int, int]) -> int:
    """The size of a value with its aliases expanded. A few lines of them can expand to more than
    any machine's memory, so each is counted once. RecursionError for one that contains itself."""
    if not isinstance(value, list | dict):
        return 1 + len(value) if isinstance(value, str) else 1
    size = known.get(id(value))
    if size is None:
        parts = value if isinstance(value, list) else (*value, *value.values())
        size = known[id(value)] = 1 + sum(_written_out(each, known) for each in parts)
    return size


def read(document: dict[str, Any], _name: str) -> Seed:
    """The tables of a template."""
    template = _Template(document)
    seed = Seed()
    for logical_id, resource in document["Resources"].items():
        if resource.get("Type") in _KINDS:
            where = f"resource {logical_id}"
            properties = template.resolved(resource.get("Properties") or {}, where)
            seed.tables.append(_table(resource["Type"], properties, logical_id, seed.notes))
    return seed


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


class _Template:
    """Resolves values that a template itself determines."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._resolved = 0
        parameters = document.get("Parameters") or {}
        self._values: dict[str, Any] = dict(_PSEUDO)
        for name, parameter in parameters.items():
            if isinstance(parameter, dict) and "Default" in parameter:
                self._values[name] = parameter["Default"]
        # A reference to a table is its name.
        for logical_id, resource in document["Resources"].items():
            given = (resource.get("Properties") or {}).get("TableName", logical_id)
            self._values.setdefault(logical_id, given if isinstance(given, str) else logical_id)

    def resolved(self, value: Any, where: str) -> Any:
        """The value without functions. Raises SeedError for those whose value is not known."""
        if isinstance(value, list):
            return [self.resolved(each, where) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self._reference(str(argument), where)
            if function == "Fn::Sub":
                return self._substituted(argument, where)
            if function == "Fn::Join":
                separator, parts = argument
                texts = [str(self.resolved(part, where)) for part in parts]
                self._count(len(separator) * len(texts) + sum(map(len, texts)), where)
                return separator.join(texts)
            if function.startswith("Fn::"):
                raise SeedError(f"{where}: {function} cannot be resolved from the template alone")
        return {key: self.resolved(each, where) for key, each in value.items()}

    def _reference(self, name: str, where: str) -> Any:
        if name not in self._values:
            raise SeedError(f"{where}: parameter {name} has no default")
        value = self._values[name]
        self._count(_written_out(value, {}), where)
        return value

    def _count(self, size: int, where: str) -> None:
        self._resolved += size
        if self._resolved > _MAX_RESOLVED:
            raise SeedError(f"{where}: its references expand to more than a seed may hold")

    def _substituted(self, argument: Any, where: str) -> str:
        text, more = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            given = self.resolved(more[name], where) if name in more else None
            found = str(self._reference(name, where) if given is None else given)
            self._count(1 + len(found), where)
            return found

        return _VARIABLE.sub(value, text).replace("${!", "${")
