"""The four models that come with Jedlik, checked, and their programs, run as a user runs them."""

import json
import sys
from pathlib import Path

import pytest

from jedlik.modelling.checks import check
from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.reading import read_model
from jedlik.modelling.serving import Grade
from tests.examples.programs import program, run

MODELS = list(EXAMPLES.values())


def test_there_are_four_models() -> None:
    assert [file.stem for file in MODELS] == ["chat", "game", "shop", "telemetry"]


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_models_are_good(file: Path) -> None:
    report = check(read_model(file))
    assert report.grade is Grade.GOOD
    assert report.servings
    assert report.findings == []


@pytest.mark.parametrize("file", MODELS, ids=lambda file: file.stem)
def test_models_have_facets_for_nosql_workbench(file: Path) -> None:
    document = json.loads(file.read_text())
    tables = document["DataModel"]
    facets = [facet["FacetName"] for table in tables for facet in table["TableFacets"]]
    assert facets == [entity["Name"] for entity in document["Jedlik"]["Entities"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("chat", ["No spoilers!", "2026-11-28T10:06:00Z#books"]),
        ("game", ["9500 counts: True; her 100 after that: False", "3 found, 1 read units"]),
        ("telemetry", ["Two minutes of a device", "2026-11-28T10:00:00Z#d2"]),
        ("shop", ["three: True; two more: False", "2026-11-29#o4", "3 found, 0.5 read units"]),
    ],
)
def test_programs_of_models(server: str, name: str, texts: list[str]) -> None:
    output = program(f"{name}.py", "--endpoint-url", server, "--table", f"model-{name}")
    for text in texts:
        assert text in output


@pytest.mark.slow
def test_the_command_checks_and_writes() -> None:
    file = str(EXAMPLES["shop"])
    assert "a product" in run(sys.executable, "-m", "jedlik", "model", "check", file)
    report = json.loads(run(sys.executable, "-m", "jedlik", "model", "check", "--json", file))
    assert report["grade"] == "good"
    code = run(sys.executable, "-m", "jedlik", "model", "code", file, "--for", "terraform")
    assert code.startswith('resource "aws_dynamodb_table" "shop"')
