"""The options of what tables are connected with: buckets, Kinesis streams and functions."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Final

import click

from jedlik.base.extras import install
from jedlik.cli.options.option import option, options

_BUCKET: Final = re.compile(r"(?=.{2,255}$)[a-zA-Z0-9][\w.-]*[a-zA-Z0-9]", re.ASCII).fullmatch
"""S3Bucket, as the service's model has it."""

service_options = options(
    option(
        "--bucket",
        multiple=True,
        metavar="NAME=PLACE",
        help="What stands in for the bucket of that name in exports and imports: a directory, or "
        "s3://BUCKET. May be repeated.",
    ),
    option(
        "--kinesis-endpoint",
        metavar="PLACE",
        help="Where to find the Kinesis streams to which changes of tables are written: the "
        "http(s) URL of an endpoint, or a directory, in which each stream is a file of JSON lines.",
    ),
    option(
        "--no-functions",
        is_flag=True,
        help="Close the Lambda API and deliver to no triggers. Anyone who may create a function "
        "can run code with the rights of this server.",
    ),
    option(
        "--function-python",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Python interpreter that runs functions, for example that of an environment with "
        "their libraries.  [default: the server's own]",
    ),
    option(
        "--destination",
        multiple=True,
        metavar="PLACE",
        help="Directory, or http(s) URL, below which triggers may report discarded batches; also "
        "the URL below which alarms may call endpoints. May be repeated.  [default: anywhere "
        "without credentials, nowhere with]",
    ),
)


def service_settings(ctx: click.Context, given: dict[str, Any]) -> dict[str, Any]:
    """The members of `Settings` in the options, which are taken out. Raises click.UsageError."""
    return {
        "buckets": _buckets(ctx, given.pop("bucket")),
        "kinesis": _kinesis(ctx, given.pop("kinesis_endpoint")),
        "functions": not given.pop("no_functions"),
        "destinations": _destinations(ctx, given.pop("destination")),
    }


def _destinations(ctx: click.Context, places: tuple[str, ...]) -> tuple[str, ...]:
    for place in places:
        if "://" in place and not place.startswith(("http://", "https://")):
            raise click.UsageError(
                f"--destination takes a directory or an http(s) URL, not {place}", ctx
            )
    return places


def _buckets(ctx: click.Context, texts: tuple[str, ...]) -> dict[str, str]:
    """--bucket: places by the names of buckets."""
    buckets: dict[str, str] = {}
    for text in texts:
        name, equals, place = text.partition("=")
        if not (name and equals and place) or place == "s3://":
            raise click.UsageError(f"--bucket takes NAME=DIR or NAME=s3://BUCKET, not {text}", ctx)
        if not _BUCKET(name):
            raise click.UsageError(f"--bucket {text}: no request could name {name!r}", ctx)
        if name in buckets:
            raise click.UsageError(f"--bucket names {name} twice", ctx)
        if place.startswith("s3://"):
            _need_s3(ctx, text)
        buckets[name] = place
    return buckets


def _need_s3(ctx: click.Context, text: str) -> None:
    """Report a missing library at the start, rather than at the first export hours later."""
    try:
        importlib.import_module("obstore")
    except ImportError:
        raise click.UsageError(
            f"--bucket {text} takes the library obstore: {install('s3')}", ctx
        ) from None


def _kinesis(ctx: click.Context, place: str | None) -> str | None:
    if place is None or "://" not in place:
        return place
    try:
        importlib.import_module("jedlik.kernel.remote.client").check_endpoint(place)
    except ValueError as error:
        raise click.UsageError(f"--kinesis-endpoint: {error}", ctx) from error
    return place
