"""`jedlik advise`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click
import orjson

from jedlik.cli import exits
from jedlik.cli.admin_listener import AdminListener, admin_option, admin_token_option
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.terminal import show
from jedlik.services.advice.report import DEFAULT_DAYS, MAX_DAYS
from jedlik.services.advice.rules import KINDS

_SECONDS: Final = 120.0
_BAR: Final = 24
"""Characters of the longest bar."""


@click.command(epilog=exits.EPILOG)
@admin_option
@click.option(
    "--region",
    metavar="REGION",
    help="The region whose tables are examined, if the server has several.  [default: its home "
    "region]",
)
@click.option(
    "--days",
    type=WholeNumber(1, MAX_DAYS),
    default=DEFAULT_DAYS,
    show_default=True,
    metavar="N",
    help="How many days of traffic are examined.",
)
@click.option(
    "--prices",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Price list, in JSON as shown by `jedlik manual capacity`.  [default: Jedlik's own]",
)
@admin_token_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--fail-on",
    metavar="KINDS",
    default="",
    help="Exit with 1 if there is advice of one of these kinds, such as hot-partition,scan.",
)
def advise(
    admin: str,
    region: str | None,
    days: int,
    prices: Path | None,
    admin_token: str | None,
    as_json: bool,
    fail_on: str,
) -> int:
    """Report what tables cost and what could be improved.

    Examines the traffic of several days as recorded by a running server, settings, and some items.
    Changes nothing.
    """
    kinds = _kinds(fail_on)
    asked = {"days": days} if region is None else {"days": days, "region": region}
    report = AdminListener(admin, admin_token).ask(
        "GET" if prices is None else "POST", f"/advice?{urlencode(asked)}",
        None if prices is None else prices.read_bytes(), seconds=_SECONDS,
    )  # fmt: skip
    if as_json:
        click.echo(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode())
    else:
        for line in report_lines(report):
            show(line)
    return exits.FOUND if kinds & {each["Kind"] for each in report["Advice"]} else 0


def _kinds(given: str) -> set[str]:
    kinds = {each.strip() for each in given.split(",") if each.strip()}
    unknown = sorted(kinds.difference(KINDS))
    if unknown:
        raise click.UsageError(
            f"there is no advice of the kind {unknown[0]!r}; there are: {', '.join(KINDS)}"
        )
    return kinds


def report_lines(report: dict[str, Any]) -> list[str]:
    """The report for people: a bar for what each table costs, then the advice."""
    prices = report["Prices"]
    lines = [
        f"A month, after the traffic of {report['Days']} days, by {prices['Source']}",
        f"of {prices['Date']}, {prices['Region']}, {prices['Currency']}, without free tiers:",
        "",
    ]
    tables = sorted(report["Tables"], key=lambda each: -each["CostOfAMonth"]["Total"])
    most = max((each["CostOfAMonth"]["Total"] for each in tables), default=0.0)
    width = max((len(each["Table"]) for each in tables), default=0)
    for each in tables:
        cost = each["CostOfAMonth"]
        bar = "#" * round(_BAR * cost["Total"] / most) if most else ""
        lines.append(
            f"  {each['Table']:<{width}}  {cost['Total']:>12,.2f}  {bar:<{_BAR}}  "
            f"reads {cost['Reads']:,.2f}, writes {cost['Writes']:,.2f}, "
            f"storage {cost['Storage']:,.2f}"
        )
        dear = {name: its["CostOfAMonth"] for name, its in each["Operations"].items()}
        shown = ", ".join(f"{name} {its:,.2f}" for name, its in dear.items() if its)
        if shown:
            lines.append(f"  {'':<{width}}  {'':>12}  {'':<{_BAR}}  {shown}")
    lines += [f"  {'all':<{width}}  {report['CostOfAMonth']:>12,.2f}", ""]
    if not report["Advice"]:
        return [*lines, "No advice."]
    for advice in report["Advice"]:
        index = f", index {advice['Index']}" if "Index" in advice else ""
        saves = f" (saves {advice['SavesAMonth']:,.2f} a month)" if "SavesAMonth" in advice else ""
        lines += [
            f"{advice['Table']}{index}: {advice['Kind']}{saves}", f"  seen  {advice['Seen']}",
            f"  do    {advice['Do']}",
        ]  # fmt: skip
    return lines
