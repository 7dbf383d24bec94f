"""Environment variables that no option reads."""

from __future__ import annotations

import click
import pytest

from jedlik.cli.serve import serve
from jedlik.cli.variables import known_variables, warn_of_unknown_variables


def _warned(capsys: pytest.CaptureFixture[str], **environment: str) -> list[str]:
    with click.Context(serve):
        warn_of_unknown_variables(environment)
    return capsys.readouterr().err.splitlines()


def test_a_variable_that_is_misspelt_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    others = {"JEDLIK_PORT": "2", "PATH": "x", "JEDLIK_ROOT_KEY": "k"}
    (line,) = _warned(capsys, **{"JEDLIK" + "_PROT": "1"}, **others)
    assert "_PROT is unknown and ignored" in line
    assert line.endswith("did you mean JEDLIK_PORT?")


def test_all_that_serve_takes_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    known = known_variables(serve)
    assert {"JEDLIK_DATA", "JEDLIK_ROOT_KEY", "JEDLIK_ENGINE"} <= known
    assert _warned(capsys, **dict.fromkeys(known, "x")) == []
    assert _warned(capsys, JEDLIK_TEST_KILLS="5") == []
