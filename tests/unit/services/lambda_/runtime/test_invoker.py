"""Whose failure it is when a function is not run."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from jedlik.base.errors import AccessDeniedException
from jedlik.services.lambda_.model import DIRECTORY, Code, Function
from jedlik.services.lambda_.runtime.execution_roles import AnyRole
from jedlik.services.lambda_.runtime.invoker import Invoker, RuntimeSettings
from jedlik.storage.failures import StorageUnavailable
from tests.control_plane import ControlPlane

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
