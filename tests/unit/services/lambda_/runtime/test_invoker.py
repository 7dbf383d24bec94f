"""Who is at fault if a function is not run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from jedlik.base.errors import AccessDeniedException
from jedlik.services.lambda_.model import DIRECTORY, ZIP, Code, Function
from jedlik.services.lambda_.runtime.deployment import sha256_of
from jedlik.services.lambda_.runtime.execution_roles import AnyRole
from jedlik.services.lambda_.runtime.invoker import Invoker, RuntimeSettings
from jedlik.services.lambda_.store import CreateFunction
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane
from tests.functions import package

FUNCTION = Function("f", "u", "1", "c", "role", Code(DIRECTORY, "/", 0, ""), 0.0)


class Roles(AnyRole):
    def __init__(self, problem: Exception) -> None:
        self._problem = problem

    async def credentials(self, _role: str, _function: str) -> NoReturn:
        raise self._problem


def _invoker(plane: ControlPlane, tmp_path: Path, problem: Exception) -> Invoker:
    return Invoker(plane.database, RuntimeSettings(tmp_path), Roles(problem))


def test_a_failure_of_the_store_is_not_the_functions(plane: ControlPlane, tmp_path: Path) -> None:
    invoker = _invoker(plane, tmp_path, StorageUnavailable("the database does not answer"))
    with pytest.raises(StorageUnavailable):
        plane.run(invoker.invoke(FUNCTION, b"{}"))


def test_a_refused_role_is(plane: ControlPlane, tmp_path: Path) -> None:
    invoker = _invoker(plane, tmp_path, AccessDeniedException("no"))
    assert plane.run(invoker.invoke(FUNCTION, b"{}")).error is not None


class NotedRoles(AnyRole):
    """Notes whose credentials were asked for, and gives none."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def credentials(self, role: str, _function: str) -> NoReturn:
        self.asked.append(role)
        raise AccessDeniedException("no")


def test_code_that_was_replaced_runs_in_no_other_role(plane: ControlPlane, tmp_path: Path) -> None:
    """An event may wait for minutes until it is its turn."""
    content = package("def handler(event, context): pass")
    code = Code(ZIP, "", len(content), sha256_of(content))
    before = replace(FUNCTION, code=replace(code, sha256=sha256_of(b"old")))
    after = replace(FUNCTION, code=code, code_id="d", role="new")
    plane.run(plane.database.engine.write(CreateFunction(after, content)))
    roles = NotedRoles()
    invoker = Invoker(plane.database, RuntimeSettings(tmp_path), roles)
    plane.run(invoker.invoke(before, b"{}"))
    assert roles.asked == ["new"]
    made_again = plane.run(invoker.invoke(replace(before, uuid="of the one before"), b"{}"))
    assert b"the function was deleted" in made_again.payload
    assert roles.asked == ["new"], "a function that was made again is another one"
