"""The port that the container's health check asks."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

HEALTH = Path(__file__).parents[3] / "packaging" / "docker" / "health.py"


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ("serve --memory", 8000),
        ("serve --port 9000", 9000),
        ("serve --port=9000 --admin-port 9090", 9000),
        ("-jar DynamoDBLocal.jar -port 8001 -inMemory", 8001),
        ("serve --port 9000 --port 9001", 9001),
        ("serve --port", 8000),
    ],
)
def test_the_port_is_that_of_the_command_line(tmp_path: Path, arguments: str, port: int) -> None:
    health = runpy.run_path(str(HEALTH))["port"]
    line = tmp_path / "cmdline"
    line.write_bytes(b"".join(each.encode() + b"\0" for each in ["jedlik", *arguments.split()]))
    health.__globals__["COMMAND_LINE"] = line
    assert health() == port


@pytest.mark.parametrize(("given", "port"), [(None, 8000), ("7000", 7000)])
def test_without_one_it_is_the_variable_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, port: int
) -> None:
    health = runpy.run_path(str(HEALTH))["port"]
    health.__globals__["COMMAND_LINE"] = tmp_path / "missing"
    monkeypatch.delenv("JEDLIK_PORT", raising=False)
    if given:
        monkeypatch.setenv("JEDLIK_PORT", given)
    assert health() == port
