"""`jedlik model`: checks of data models, and their tables for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from jedlik.cli import exits
from jedlik.modelling.checks import Report, check
from jedlik.modelling.code import WRITERS
from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.model import Model
from jedlik.modelling.reading import ModelError, read_model
from jedlik.modelling.serving import Finding, Grade

_COLOURS: Final = {Grade.GOOD: "green", Grade.AMBER: "yellow", Grade.RED: "red"}
_WORDS: Final = {Grade.GOOD: "good", Grade.AMBER: "look", Grade.RED: "bad"}
_FILE: Final = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group(epilog=exits.EPILOG)
def model() -> None:
    """Check data models; their tables for other tools.

    A model is a file of NoSQL Workbench's, with access patterns: `jedlik manual modelling`.
    """


@model.command("check", epilog=exits.EPILOG)
@_FILE
@click.option("--json", "as_json", is_flag=True, help="Print the report for programs.")
@click.option(
    "--strict", is_flag=True, help="Exit with 1 also where something is only worth a look."
)
def check_model(file: Path, *, as_json: bool, strict: bool) -> None:
    """Say what serves each access pattern of a model, what is wrong with it, and what it costs.

    Exits with 1 where something is bad: a pattern that needs a Scan, a key too hot for a partition,
    items that write over each other.
    """
    report = check(_read(file))
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        _print(report)
    if report.grade >= (Grade.AMBER if strict else Grade.RED):
        raise SystemExit(exits.FOUND)


@model.command(epilog=exits.EPILOG)
@click.argument("name", required=False, type=click.Choice(sorted(EXAMPLES)))
def example(name: str | None) -> None:
    """Print one of the models that come with Jedlik; without a name, their names."""
    click.echo("\n".join(EXAMPLES) if name is None else EXAMPLES[name].read_text("utf-8"), nl=False)
    if name is None:
        click.echo()


@model.command(epilog=exits.EPILOG)
@_FILE
@click.option(
    "--for",
    "tool",
    type=click.Choice(sorted(WRITERS)),
    required=True,
    help="The tool that is to make the tables.",
)
def code(file: Path, tool: str) -> None:
    """Print what makes the tables of a model with another tool.

    `jedlik seed FILE` makes them in a running server, with the sample data.
    """
    click.echo(WRITERS[tool](_read(file)), nl=False)


def _read(file: Path) -> Model:
    try:
        return read_model(file)
    except ModelError as error:
        raise exits.Failure(str(error), exits.USAGE) from error


def _print(report: Report) -> None:
    name = max((len(each.pattern.name) for each in report.servings), default=0)
    by = max((len(each.by) for each in report.servings), default=0)
    for each in report.servings:
        word = click.style(f"{_WORDS[each.grade]:4}", fg=_COLOURS[each.grade])
        cost = report.cost.requests[each.pattern.name]
        click.echo(f"{word}  {each.pattern.name:{name}}  {each.by:{by}}  ${cost:,.2f} a month")
        for found in each.findings:
            click.echo(f"      {found.text}")
    for finding in report.findings:
        click.echo(_line(finding))
    storage, total = report.cost.storage, report.cost.total
    click.echo(f"Storage ${storage:,.2f}; in all ${total:,.2f} a month on demand.")


def _line(finding: Finding) -> str:
    word = click.style(f"{_WORDS[finding.grade]:4}", fg=_COLOURS[finding.grade])
    return f"{word}  {finding.about}: {finding.text}"
