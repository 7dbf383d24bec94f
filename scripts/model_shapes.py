"""Input shapes from the service models of the installed botocore, as lines of Python.

Facts only (names, types, limits, enums), no documentation text, and the same on every run: shapes
by name, members in the model's order. Attribute values are opaque to validation, so their shape is
one word; blobs are strings of base64.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import botocore

SERVICES = Path(__file__).parent.parent / "jedlik" / "services"
OPAQUE = "AttributeValue"
TYPES = {
    "string": "str",
    "blob": "str",
    "integer": "int",
    "long": "int",
    "double": "float",
    "timestamp": "float",
    "boolean": "bool",
}
NOT_PYTHONS = (r"\p{L}", r"\p{Print}", r"\uD800")
"""Parts of patterns that Python's regular expressions do not have; such patterns are omitted."""


def load_model(service: str, version: str) -> dict[str, Any]:
    """The service model of the installed botocore."""
    path = Path(botocore.__file__).parent / "data" / service / version
    packed = path / "service-2.json.gz"
    text = gzip.decompress(packed.read_bytes()) if packed.exists() else None
    model: dict[str, Any] = json.loads(text or (path / "service-2.json").read_bytes())
    return model


def shapes_of_inputs(header: str, model: dict[str, Any], operations: Iterable[str]) -> str:
    """The text of a file of shapes whose OPERATIONS has the input shape of each operation."""
    inputs = {name: model["operations"][name]["input"]["shape"] for name in operations}
    lines = [header, "SHAPES: Final[dict[str, tuple[Any, ...]]] = {\n"]
    lines += shape_lines(model, inputs.values(), 4)
    lines.append("}\n\nOPERATIONS: Final[dict[str, str]] = {\n")
    lines += [f"    {name!r}: {shape!r},\n" for name, shape in inputs.items()]
    lines.append("}\n")
    return "".join(lines)


def write(target: Path, text: str) -> None:
    """Write a generated file, and print its name."""
    target.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{target.name}: botocore {botocore.__version__}\n")


def shape_lines(model: dict[str, Any], inputs: Iterable[str], indent: int) -> list[str]:
    """The lines of a dictionary of all shapes that these inputs contain, by name."""
    shapes = model["shapes"]
    margin = " " * indent
    return [
        f"{margin}{name!r}: {describe(name, shapes[name])!r},\n"
        for name in reachable(model, list(inputs))
    ]


def type_lines(model: dict[str, Any], inputs: Iterable[str]) -> Iterator[str]:
    """The lines of a TypedDict for each structure that these inputs contain."""
    shapes = model["shapes"]
    for name in reachable(model, list(inputs)):
        shape = shapes[name]
        if shape["type"] == "structure" and name != OPAQUE:
            required = shape.get("required", [])
            yield f"\n\nclass {name}(TypedDict, total=False):\n"
            for member, each in shape["members"].items():
                kind = type_of(each["shape"], shapes)
                yield f"    {member}: {f'Required[{kind}]' if member in required else kind}\n"
            if not shape["members"]:
                yield "    pass\n"


def type_of(name: str, shapes: dict[str, Any]) -> str:
    """The type of a shape's values in checked payloads."""
    shape = shapes[name]
    kind = shape["type"]
    if name == OPAQUE or kind == "structure":
        return name
    if kind == "list":
        return f"list[{type_of(shape['member']['shape'], shapes)}]"
    if kind == "map":
        return f"dict[str, {type_of(shape['value']['shape'], shapes)}]"
    return TYPES[kind]


def reachable(model: dict[str, Any], names: list[str]) -> list[str]:
    """The names of these shapes and of all shapes that they contain, sorted."""
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name not in seen:
            seen.add(name)
            names += [] if name == OPAQUE else children(model["shapes"][name])
    return sorted(seen)


def children(shape: dict[str, Any]) -> list[str]:
    """The names of the shapes that this one contains directly."""
    parts = [shape[part]["shape"] for part in ("member", "key", "value") if part in shape]
    return parts + [member["shape"] for member in shape.get("members", {}).values()]


def describe(name: str, shape: dict[str, Any]) -> tuple[Any, ...]:
    """One shape as a tuple, in the forms that the header of shapes.py shows."""
    kind = shape["type"]
    limits = (shape.get("min"), shape.get("max"))
    if name == OPAQUE:
        return ("value",)
    if kind == "structure":
        required = shape.get("required", [])
        members = shape["members"].items()
        return (kind, tuple((key, value["shape"], key in required) for key, value in members))
    if kind == "list":
        return (kind, shape["member"]["shape"], *limits)
    if kind == "map":
        return (kind, shape["key"]["shape"], shape["value"]["shape"], *limits)
    if kind == "string":
        enum = tuple(shape["enum"]) if "enum" in shape else None
        return (kind, *limits, _pattern(shape), enum)
    if kind == "blob":
        # The limits are those of the bytes: operations check them.
        return ("string", None, None, None, None)
    if kind in ("integer", "long", "double"):
        return (kind, *limits)
    if kind in ("boolean", "timestamp"):
        return (kind,)
    raise SystemExit(f"{name}: the compiler knows no input of type {kind}; teach it first")


def _pattern(shape: dict[str, Any]) -> str | None:
    pattern: str | None = shape.get("pattern")
    if pattern is not None and any(part in pattern for part in NOT_PYTHONS):
        return None
    return pattern
