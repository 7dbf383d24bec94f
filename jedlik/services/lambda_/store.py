"""Functions in storage: a description by name, and the deployment package under its own id.

A package is written in the commit of the first description that names it, and removed in the commit
of the next description that does not. So after reading a description its code can be found, unless
the function was changed meanwhile; then there is a newer description.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import orjson

from jedlik.kernel.arns import Arns
from jedlik.kernel.keyspaces import FUNCTIONS, function_code_key, function_key
from jedlik.services.lambda_.errors import (
    FunctionNotFoundException,
    InvalidParameterValueException,
    ResourceConflictException,
)
from jedlik.services.lambda_.model import LATEST, Function, function_from_json
from jedlik.services.lambda_.names import FunctionName, function_arn, parse_function_name
from jedlik.storage.engine import Changes, Engine, Value
from jedlik.values.keybytes import successor

PAGE = 50


def decode_function(stored: bytes) -> Function:
    """A function from its stored description."""
    return function_from_json(orjson.loads(stored))


def function_not_found(arns: Arns, name: str, qualifier: str | None = None) -> Exception:
    """The error if there is no such function, or no such version or alias of it."""
    suffix = f":{qualifier}" if qualifier else ""
    return FunctionNotFoundException(f"Function not found: {function_arn(arns, name)}{suffix}")


async def find_function(engine: Engine, name: str) -> Function | None:
    """The function with that name."""
    (stored,) = await engine.read((function_key(name),))
    return None if stored is None else decode_function(stored)


def qualified_name(given: str, qualifier: str | None) -> FunctionName:
    """A function's name and qualifier, which may be in the name, in `qualifier`, or in both. Raises
    InvalidParameterValueException if the two differ."""
    name, in_name = parse_function_name(given)
    if in_name is not None and qualifier is not None and in_name != qualifier:
        raise InvalidParameterValueException(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionName(name, qualifier or in_name)


async def get_function(
    engine: Engine, arns: Arns, given: str, qualifier: str | None = None
) -> Function:
    """The function that a FunctionName parameter names.

    Raises FunctionNotFoundException, and InvalidParameterValueException if its qualifier differs
    from `qualifier`.
    """
    name, wanted = qualified_name(given, qualifier)
    if wanted not in (None, LATEST):
        raise function_not_found(arns, name, wanted)
    function = await find_function(engine, name)
    if function is None:
        raise function_not_found(arns, name, wanted)
    return function


async def code_of(engine: Engine, function: Function) -> bytes | None:
    """The deployment package; None if the function was changed since it was read."""
    (package,) = await engine.read((function_code_key(function.code_id),))
    return package


async def list_functions(
    engine: Engine, after: str = "", limit: int = PAGE
) -> tuple[list[Function], bool]:
    """Functions after `after`, in the order of their names, and whether there are more."""
    low = function_key(after) + b"\x00" if after else FUNCTIONS
    functions: list[Function] = []
    more = True
    while more and len(functions) < limit:
        page = await engine.range(low, successor(FUNCTIONS), limit=limit - len(functions))
        functions += [decode_function(stored) for _, stored in page.rows]
        more = page.more
        low = page.rows[-1][0] + b"\x00" if page.rows else low
    return functions, more


class CreateFunction:
    """Store a new function. Raises ResourceConflictException if it exists."""

    def __init__(self, function: Function, package: bytes | None) -> None:
        self._function = function
        self._package = package
        self.keys = (function_key(function.name),)

    def decide(self, values: Sequence[Value]) -> Changes[Function]:
        if values[0] is not None:
            raise ResourceConflictException(f"Function already exist: {self._function.name}")
        changes: dict[bytes, Value] = {self.keys[0]: orjson.dumps(self._function)}
        if self._package is not None:
            changes[function_code_key(self._function.code_id)] = self._package
        return Changes(changes, self._function)


class ChangeFunction:
    """Store the function that `change` returns, and a new package if there is one.

    Raises FunctionNotFoundException if the function no longer exists, and the errors of `change`.
    """

    def __init__(
        self,
        arns: Arns,
        name: str,
        change: Callable[[Function], Function],
        package: bytes | None = None,
    ) -> None:
        self._arns = arns
        self._name = name
        self._change = change
        self._package = package
        self.keys = (function_key(name),)

    def decide(self, values: Sequence[Value]) -> Changes[Function]:
        if values[0] is None:
            raise function_not_found(self._arns, self._name)
        before = decode_function(values[0])
        after = self._change(before)
        changes: dict[bytes, Value] = {self.keys[0]: orjson.dumps(after)}
        if after.code_id != before.code_id:
            changes[function_code_key(before.code_id)] = None
        if self._package is not None:
            changes[function_code_key(after.code_id)] = self._package
        return Changes(changes, after)


class DeleteFunction:
    """Remove a function. Raises FunctionNotFoundException if it is missing."""

    def __init__(self, arns: Arns, name: str) -> None:
        self._arns = arns
        self._name = name
        self.keys = (function_key(name),)

    def decide(self, values: Sequence[Value]) -> Changes[None]:
        if values[0] is None:
            raise function_not_found(self._arns, self._name)
        function = decode_function(values[0])
        return Changes({self.keys[0]: None, function_code_key(function.code_id): None}, None)
