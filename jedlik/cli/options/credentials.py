"""The options of the one access key that a server may have besides its identities."""

from __future__ import annotations

import re
from typing import Any, Final

import click

from jedlik.app.settings import Credentials
from jedlik.cli.options.option import option, options

_BEYOND_NAMING: Final = re.compile(r"[^!-~]|[,/]").search
"""Characters that cannot be in the access key of a signature's Credential."""

credential_options = options(
    option("--access-key", metavar="ID", help="Access key that requests must be signed with."),
    option(
        "--secret-key",
        metavar="KEY",
        help="The secret key that belongs to it; better set in the environment, where it does not "
        "show in the list of processes. Without an access key and secret key, any credentials are "
        "accepted.",
    ),
)


def credentials_of(ctx: click.Context, given: dict[str, Any]) -> Credentials | None:
    """The credentials in the options, which are taken out. Raises click.UsageError for options that
    would leave the server open, or closed to everyone."""
    access_key, secret_key = given.pop("access_key"), given.pop("secret_key")
    if access_key is None and secret_key is None:
        return None
    if access_key is None:
        raise click.UsageError("--secret-key needs --access-key", ctx)
    if secret_key is None:
        raise click.UsageError("--access-key needs --secret-key", ctx)
    if not access_key or not secret_key:
        name = "--secret-key" if access_key else "--access-key"
        raise click.UsageError(f"{name} is empty; leave both out to take any credentials", ctx)
    if _BEYOND_NAMING(access_key):
        raise click.UsageError(
            "--access-key has a character that no signature can name it with: it takes printable "
            "ASCII without spaces, commas and slashes",
            ctx,
        )
    return Credentials(access_key, secret_key)
