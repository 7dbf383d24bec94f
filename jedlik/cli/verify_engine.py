"""`jedlik verify-engine`."""

from __future__ import annotations

import asyncio

import click

from jedlik.cli import exits
from jedlik.cli.options.numbers import Number
from jedlik.cli.places import is_url, reporting_failures, silence_explained
from jedlik.storage import trial
from jedlik.storage.postgres.engine import PostgresEngine
from jedlik.storage.postgres.scratch import durability, scratch_schema


@click.command(epilog=exits.EPILOG)
@click.argument("url", metavar="URL")
@click.option(
    "--seconds",
    type=Number(0.1, 600.0),
    default=trial.LOAD_SECONDS,
    show_default=True,
    metavar="S",
    help="How long each load runs.",
)
def verify_engine(url: str, seconds: float) -> int:
    """Test a shared engine's guarantees and speed.

    Runs the checks that every Jedlik engine has to pass, including those between several nodes, and
    then a short load, in a separate schema that is dropped afterwards. The database may be in use.
    """
    if not is_url(url) or url.partition("://")[2][:1] in ("", "/"):
        raise click.UsageError("URL must be one such as postgresql://user@host/name")
    with reporting_failures("the engine failed"):
        holds = asyncio.run(_try(url, seconds))
    return 0 if holds else exits.FOUND


async def _try(url: str, seconds: float) -> bool:
    with silence_explained():
        found = await durability(url)
    for name, value in found.items():
        click.echo(f"{name:<28}{value or '(none)'}")
    click.echo()
    async with scratch_schema(url) as scratch:

        async def make() -> PostgresEngine:
            engine = PostgresEngine(scratch)
            await engine.start()
            return engine

        holds = await trial.try_contract(make, _print_verdict)
        click.echo()
        for name, rate, p50, p99 in await trial.measure(make, seconds):
            click.echo(
                f"{name:<10}{rate:>9,.0f} a second   p50 {p50:.1f} ms   p99 {p99:.1f} ms"
                f"   ({trial.CALLERS} callers, one node)"
            )
    click.echo()
    click.echo("All of it holds." if holds else "This engine cannot carry Jedlik.")
    return holds


def _print_verdict(verdict: trial.Verdict) -> None:
    outcome = "holds" if verdict.problem is None else f"DOES NOT HOLD: {verdict.problem}"
    click.echo(f"{verdict.name:<40}{outcome}")
