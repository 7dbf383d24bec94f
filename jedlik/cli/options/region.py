"""Options of regions and accounts."""

from __future__ import annotations

import re
from typing import Any, Final

import click
from click.core import ParameterSource

from jedlik.app import settings as defaults
from jedlik.cli.options.known_regions import warn_of_unknown_region
from jedlik.cli.options.option import option, options
from jedlik.kernel.realms import is_region

ONE: Final = "one"
BY_ACCESS_KEY: Final = "by-access-key"
_FITS_ARNS: Final = re.compile(r"[A-Za-z0-9-]{1,63}").fullmatch
"""Not only regions of AWS: for a server with one region, names such as `local` are common."""
region_options = options(
    option(
        "--region",
        metavar="REGION",
        default=defaults.DEFAULT_REGION,
        show_default=True,
        help="Region in ARNs. Clients may use any region unless --regions is given; then this is "
        "the home region, whose tables are those that the server has without --regions.",
    ),
    option(
        "--regions",
        metavar="REGION,...",
        help="Regions that the server has, each with its own tables, streams, backups, keys and "
        "functions. See `jedlik manual global-tables`.  [default: all regions are one]",
    ),
    option(
        "--accounts",
        type=click.Choice((ONE, BY_ACCESS_KEY)),
        default=ONE,
        show_default=True,
        help="by-access-key: each access key of twelve digits is an account of its own, for "
        "several teams or tests on one server without credentials.",
    ),
)


def region_settings(ctx: click.Context, options: dict[str, Any]) -> dict[str, Any]:
    """The settings in the options, which are removed. Raises click.UsageError."""
    region, listed = options.pop("region"), options.pop("regions")
    by_key = options.pop("accounts") == BY_ACCESS_KEY
    if not _FITS_ARNS(region):
        raise click.UsageError(
            f"--region takes letters, digits and hyphens, as in eu-west-1, not {region!r}", ctx
        )
    regions = _regions(ctx, listed) if listed is not None else ()
    if regions and region not in regions:
        if ctx.get_parameter_source("region") is not ParameterSource.DEFAULT:
            raise click.UsageError(f"--region {region} is not among the --regions", ctx)
        region = regions[0]
    return {"region": region, "regions": regions, "accounts_by_key": by_key}


def _regions(ctx: click.Context, listed: str) -> tuple[str, ...]:
    regions = tuple(name.strip() for name in listed.split(","))
    for name in regions:
        if not is_region(name):
            raise click.UsageError(f"--regions takes names such as eu-west-1, not {name!r}", ctx)
    if len(set(regions)) < len(regions):
        raise click.UsageError("--regions names one twice", ctx)
    for name in regions:
        warn_of_unknown_region("--regions", name)
    return regions
