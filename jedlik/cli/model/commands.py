"""`jedlik model`: checks of data models, and their tables for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from jedlik.cli import exits
from jedlik.cli.admin_listener import AdminListener, admin_token_option
from jedlik.cli.model.traffic_source import Followed, LogFile
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.terminal import counted, show
from jedlik.modelling.checks import Report, check
from jedlik.modelling.code import WRITERS
from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.model import Model, ModelError
from jedlik.modelling.reading import read_model
from jedlik.modelling.serving import Finding, Grade
from jedlik.modelling.traffic import Comparison, compare, count_traffic

_COLOURS: Final = {Grade.GOOD: "green", Grade.AMBER: "yellow", Grade.RED: "red"}
_WORDS: Final = {Grade.GOOD: "good", Grade.AMBER: "look", Grade.RED: "bad"}
_MAX_SECONDS: Final = 86_400
_FILE: Final = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))


@click.group()
def model() -> None:
    """Check data models; print their tables for other tools.

    A model is a NoSQL Workbench file with access patterns; see `jedlik manual modelling`.
    """


@model.command("check")
@_FILE
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON, for programs.")
@click.option("--strict", is_flag=True, help="Exit with 1 also if a finding is only worth a look.")
@click.option(
    "--traffic",
    "log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="LOG",
    help="Check against the traffic in a log of `jedlik serve --log-requests json`.",
)
@click.option(
    "--admin",
    metavar="URL",
    help="Check against the traffic of a running server: its admin listener (`jedlik serve "
    "--admin-port 9090`).",
)
@click.option(
    "--seconds",
    type=WholeNumber(1, _MAX_SECONDS),
    default=60,
    show_default=True,
    metavar="N",
    help="How long the traffic of --admin is watched.",
)
@admin_token_option
def check_model(
    file: Path,
    *,
    as_json: bool,
    strict: bool,
    log: Path | None,
    admin: str | None,
    seconds: int,
    admin_token: str | None,
) -> None:
    """Check a model's access patterns and what they cost.

    Reports what serves each access pattern, what is wrong with it, and what it costs. With
    traffic, also reports which patterns were used, which never were, and which requests no pattern
    names.

    Exits with 1 if anything is bad: a pattern that needs a Scan, a key too hot for a partition,
    items that overwrite each other, Scans in the traffic that no pattern names.
    """
    if log is not None and admin is not None:
        raise click.UsageError("give --traffic or --admin, not both")
    read = _read(file)
    report = check(read)
    comparison = None
    if log is not None:
        comparison = _compared(read, LogFile(log))
    elif admin is not None:
        comparison = _compared(read, Followed(AdminListener(admin, admin_token), seconds))
    if as_json:
        traffic = {} if comparison is None else {"traffic": comparison.as_json()}
        click.echo(json.dumps(report.as_json() | traffic, indent=2))
    else:
        _print(report)
        if comparison is not None:
            _print_traffic(comparison)
    grade = max(report.grade, Grade.GOOD if comparison is None else comparison.grade)
    if grade >= (Grade.AMBER if strict else Grade.RED):
        raise SystemExit(exits.FOUND)


def _compared(read: Model, source: LogFile | Followed) -> Comparison:
    traffic = count_traffic(read, source)
    traffic.missed = source.missed
    return compare(read, traffic)


@model.command()
@click.argument("name", required=False, type=click.Choice(sorted(EXAMPLES)))
def example(name: str | None) -> None:
    """Print one of Jedlik's models, or list them.

    Without a name, the names of all models are printed.
    """
    click.echo("\n".join(EXAMPLES) if name is None else EXAMPLES[name].read_text("utf-8"), nl=False)
    if name is None:
        click.echo()


@model.command()
@_FILE
@click.option(
    "--for",
    "tool",
    type=click.Choice(sorted(WRITERS)),
    required=True,
    help="The tool for which to print the tables.",
)
def code(file: Path, tool: str) -> None:
    """Print a model's tables for another tool.

    Prints a program or a template that creates them.

    `jedlik seed FILE` creates them in a running server, with the sample data.
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
        show(f"  {each.pattern.name:{name}}  {each.by:{by}}  ${cost:,.2f} a month", word=word)
        for found in each.findings:
            show(f"      {found.text}")
    for finding in report.findings:
        _show(finding)
    storage, total = report.cost.storage, report.cost.total
    click.echo(f"Storage ${storage:,.2f}; in all ${total:,.2f} a month on demand.")


def _show(finding: Finding) -> None:
    word = click.style(f"{_WORDS[finding.grade]:4}", fg=_COLOURS[finding.grade])
    show(f"  {finding.about}: {finding.text}", word=word)


def _print_traffic(comparison: Comparison) -> None:
    found = comparison.as_json()
    others = f"{counted(found['ofOthers'], 'other')} ignored"
    missed = f", {found['missed']:,} more missed" if found["missed"] else ""
    requests = counted(found["requests"], "request")
    click.echo(f"\nTraffic: {requests} for the model's tables; {others}{missed}.")
    name = max((len(each.pattern.name) for each in comparison.sightings), default=0)
    for each in comparison.sightings:
        if each.requests:
            alike = f", with those alike: {', '.join(each.alike)}" if each.alike else ""
            show(f"seen  {each.pattern.name:{name}}  {each.requests:,}{alike}")
    for finding in comparison.findings:
        _show(finding)
