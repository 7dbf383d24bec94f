"""What a template of CloudFormation itself determines: references, functions, conditions.

AWS CloudFormation user guide, "Intrinsic function reference", "Pseudo parameters reference",
"Condition functions". References are those to parameters with defaults, to pseudo parameters and to
tables, whose value is their name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from jedlik.seeding.seed import SeedError

_PSEUDO: Final = {
    "AWS::AccountId": "000000000000",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
_NO_VALUE: Final = "AWS::NoValue"
_ABSENT: Final = object()
"""The value of a property that is to be removed."""
_MAX_RESOLVED: Final = 4 * 1024 * 1024
"""Characters that all references and functions of a template may produce: a parameter of a kilobyte
may be referred to any number of times."""
_VARIABLE: Final = re.compile(r"\$\{([^!${}]+)\}")
"""No `$` or `{` within: else a text with many beginnings is scanned to its end from each."""


def written_out(value: Any, known: dict[int, int]) -> int:
    """The size of a value with its aliases expanded. A few lines of them can expand to more than
    any machine's memory, so each is counted once. RecursionError for one that contains itself."""
    if not isinstance(value, list | dict):
        return 1 + len(value) if isinstance(value, str) else 1
    size = known.get(id(value))
    if size is None:
        parts = value if isinstance(value, list) else (*value, *value.values())
        size = known[id(value)] = 1 + sum(written_out(each, known) for each in parts)
    return size


class Template:
    """Resolves values that a template itself determines. `where` is named in errors."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._resolved = 0
        self._mappings = document.get("Mappings") or {}
        self._conditions = document.get("Conditions") or {}
        self._held: dict[str, bool | None] = {}
        """Conditions that were needed; None while one is being found out."""
        self._values: dict[str, Any] = dict(_PSEUDO)
        self._parameters = document.get("Parameters") or {}
        for name, parameter in self._parameters.items():
            if isinstance(parameter, dict) and "Default" in parameter:
                self._values[name] = _default(parameter)
        for logical_id, resource in document["Resources"].items():
            given = (resource.get("Properties") or {}).get("TableName", logical_id)
            self._values.setdefault(logical_id, given if isinstance(given, str) else logical_id)
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._reference,
            "Fn::FindInMap": self._found_in_map,
            "Fn::If": self._chosen,
            "Fn::Join": self._joined,
            "Fn::Select": self._selected,
            "Fn::Split": self._split,
            "Fn::Sub": self._substituted,
        }
        self._tests: dict[str, Callable[[Any, str], bool]] = {
            "Condition": self.holds,
            "Fn::And": lambda parts, where: all(self._is_true(each, where) for each in parts),
            "Fn::Equals": self._are_equal,
            "Fn::Not": lambda parts, where: not self._is_true(parts[0], where),
            "Fn::Or": lambda parts, where: any(self._is_true(each, where) for each in parts),
        }

    def resolved(self, value: Any, where: str) -> Any:
        """The value without functions. Raises SeedError for those whose value is not known."""
        if isinstance(value, list):
            parts = [self.resolved(each, where) for each in value]
            return [each for each in parts if each is not _ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function in self._functions:
                return self._functions[function](argument, where)
            if function.startswith("Fn::"):
                raise SeedError(f"{where}: {function} cannot be resolved from the template alone")
        members = {key: self.resolved(each, where) for key, each in value.items()}
        return {key: each for key, each in members.items() if each is not _ABSENT}

    def holds(self, name: str, where: str) -> bool:
        """Whether the condition of that name is true. Raises SeedError if that is not known."""
        held = self._held.get(name)
        if held is None:
            if name not in self._conditions:
                raise SeedError(f"{where}: the template has no condition {name}")
            if name in self._held:
                raise SeedError(f"{where}: condition {name} refers to itself")
            self._held[name] = None
            try:
                held = self._held[name] = self._is_true(self._conditions[name], where)
            except SeedError:
                del self._held[name]  # it is unknown, and so it is for those that ask later
                raise
        return held

    def _is_true(self, test: Mapping[str, Any], where: str) -> bool:
        ((function, argument),) = test.items()
        if function not in self._tests:
            raise SeedError(f"{where}: {function} cannot be resolved from the template alone")
        return self._tests[function](argument, where)

    def _are_equal(self, pair: Any, where: str) -> bool:
        first, second = (_text(self.resolved(each, where), where) for each in pair)
        return first == second

    def _chosen(self, argument: Any, where: str) -> Any:
        condition, then, otherwise = argument
        return self.resolved(then if self.holds(condition, where) else otherwise, where)

    def _reference(self, name: str, where: str) -> Any:
        if name == _NO_VALUE:
            return _ABSENT
        if name in self._parameters and name not in self._values:
            raise SeedError(
                f"{where}: parameter {name} has no default; give it one in the template, such as "
                "Default: dev"
            )
        if name not in self._values:  # an attribute of a resource, or AWS::StackId
            raise SeedError(f"{where}: {name} cannot be resolved from the template alone")
        return self._counted(self._values[name], where)

    def _found_in_map(self, argument: Any, where: str) -> Any:
        found = self._mappings
        for key in argument[:3]:
            name = _text(self.resolved(key, where), where)
            if name not in found:
                raise SeedError(f"{where}: the template's Mappings have no {name}")
            found = found[name]
        return self._counted(found, where)

    def _joined(self, argument: Any, where: str) -> str:
        separator, parts = argument
        texts = [_text(part, where) for part in self.resolved(parts, where)]
        self._count(len(separator) * len(texts) + sum(map(len, texts)), where)
        return str(separator.join(texts))

    def _selected(self, argument: Any, where: str) -> Any:
        index, parts = (self.resolved(each, where) for each in argument)
        if not isinstance(parts, list) or not 0 <= int(index) < len(parts):
            raise SeedError(f"{where}: Fn::Select has no element {index}")
        return parts[int(index)]

    def _split(self, argument: Any, where: str) -> list[str]:
        separator, text = argument
        found = _text(self.resolved(text, where), where).split(separator)
        self._count(len(found), where)
        return found

    def _substituted(self, argument: Any, where: str) -> str:
        text, more = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name = match[1].strip()
            given = self.resolved(more[name], where) if name in more else None
            found = _text(self._reference(name, where) if given is None else given, where)
            self._count(1 + len(found), where)
            return found

        return _VARIABLE.sub(value, text).replace("${!", "${")

    def _counted(self, value: Any, where: str) -> Any:
        self._count(written_out(value, {}), where)
        return value

    def _count(self, size: int, where: str) -> None:
        self._resolved += size
        if self._resolved > _MAX_RESOLVED:
            raise SeedError(f"{where}: its references expand to more than a seed may hold")


def _default(parameter: Mapping[str, Any]) -> Any:
    """The default of a parameter: of a list, its elements are separated by commas."""
    default, kind = parameter["Default"], str(parameter.get("Type"))
    if isinstance(default, str) and (kind == "CommaDelimitedList" or kind.startswith("List<")):
        return [each.strip() for each in default.split(",")]
    return default


def _text(value: Any, where: str) -> str:
    """A value as functions see it: they know texts alone, in JSON's spelling."""
    if value is _ABSENT:
        raise SeedError(f"{where}: {_NO_VALUE} has no text")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        raise SeedError(f"{where}: a list or map where a function takes a text")
    return str(value)
