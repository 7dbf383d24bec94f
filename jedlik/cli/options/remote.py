"""The options of commands that work on a running server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click

from jedlik.base.urls import is_origin
from jedlik.cli.options.option import options

if TYPE_CHECKING:
    from jedlik.app.remote import Remote

_DEFAULT: Final = "http://127.0.0.1:8000"
_REGION: Final = "us-east-1"

remote_options = options(
    click.option(
        "--endpoint",
        metavar="URL",
        envvar="AWS_ENDPOINT_URL_DYNAMODB",
        default=_DEFAULT,
        show_default=True,
        help="The server; if not given, AWS_ENDPOINT_URL_DYNAMODB.",
    ),
    click.option(
        "--region",
        metavar="REGION",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        default=_REGION,
        show_default=True,
        help="Region that requests are signed for.",
    ),
)


def remote_of(ctx: click.Context, given: dict[str, Any]) -> Remote:
    """The server in the options. Raises click.UsageError."""
    from jedlik.app.remote import Remote, credentials_of  # noqa: PLC0415 (help does without it)

    if not is_origin(given["endpoint"]):
        raise click.UsageError(f"--endpoint is a URL such as {_DEFAULT}", ctx)
    return Remote(given["endpoint"], given["region"], credentials_of(os.environ))
