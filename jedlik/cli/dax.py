"""`jedlik dax`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from jedlik.app import settings as defaults
from jedlik.app.addresses.exposure import UnsafeSettings
from jedlik.app.addresses.hosts import endpoint
from jedlik.app.addresses.listening import AddressError
from jedlik.app.dax.standalone import StandaloneSettings, run
from jedlik.app.remote import credentials_of
from jedlik.base import log
from jedlik.base.limits import MIB
from jedlik.base.urls import is_origin
from jedlik.cli import exits, port_files
from jedlik.cli.options.dax import MAX_MEMORY, place_of
from jedlik.cli.options.numbers import WholeNumber
from jedlik.dax import settings as of_dax
from jedlik.dax.cache import TimesToLive
from jedlik.services.dax_control.model import DEFAULT_TTL_MILLIS
from jedlik.storage.failures import DataDirectoryError

DEFAULT_DIRECTORY: Final = Path("jedlik-dax-data")
_TTL: Final = WholeNumber(0, 2**31 - 1)


@click.command()
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="The DynamoDB endpoint to cache: another Jedlik's, or the service's.",
)
@click.option(
    "--region",
    metavar="REGION",
    default=defaults.DEFAULT_REGION,
    show_default=True,
    help="Region that requests to it are signed for.",
)
@click.option(
    "--host",
    metavar="ADDRESS",
    default=defaults.DEFAULT_HOST,
    show_default=True,
    help="Address to listen on.",
)
@click.option(
    "--port",
    type=WholeNumber(0, 65535),
    default=of_dax.DEFAULT_PORT,
    show_default=True,
    metavar="PORT",
    help="Port to listen on; 0 picks a free one.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=DEFAULT_DIRECTORY,
    show_default=True,
    metavar="DIR",
    help="Directory for attribute lists, whose numbers clients keep forever.",
)
@click.option(
    "--memory",
    is_flag=True,
    help="Keep attribute lists in memory instead; clients must then be restarted with the cache.",
)
@click.option(
    "--advertise",
    metavar="HOST[:PORT]",
    help="Address at which clients reach it, if it differs from where it listens.",
)
@click.option(
    "--cache",
    type=WholeNumber(1, MAX_MEMORY),
    default=of_dax.DEFAULT_MEMORY // MIB,
    show_default=True,
    metavar="MIB",
    help="Memory for the cache, in MiB.",
)
@click.option(
    "--record-ttl-millis",
    type=_TTL,
    default=DEFAULT_TTL_MILLIS,
    show_default=True,
    metavar="MS",
    help="How long items stay cached; 0: until room is needed for others.",
)
@click.option(
    "--query-ttl-millis",
    type=_TTL,
    default=DEFAULT_TTL_MILLIS,
    show_default=True,
    metavar="MS",
    help="How long results of Query and Scan stay cached; 0: they are not cached.",
)
@click.option("--access-key", metavar="ID", help="Access key that clients must sign with.")
@click.option(
    "--secret-key",
    envvar="JEDLIK_SECRET_KEY",
    metavar="KEY",
    help="The secret key that belongs to it.",
)
@click.option(
    "--insecure",
    is_flag=True,
    help="Allow an address that other machines can reach; there is no TLS.",
)
@click.option(
    "--port-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File to which the port is written once it answers, as for serve.",
)
@click.option(
    "--log-level", type=click.Choice(log.LEVELS), default="warning", show_default=True,
    help="Lowest level that is logged.",
)  # fmt: skip
@click.pass_context
def dax(ctx: click.Context, /, log_level: str, port_file: Path | None, **given: Any) -> None:
    """Run the DAX cache alone, in front of any DynamoDB endpoint.

    Requests to the endpoint are signed with AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
    AWS_SESSION_TOKEN from the environment.
    """
    settings = _settings(ctx, given)
    log.configure(log_level)

    def announce(port: int) -> None:
        click.echo(f"DAX at dax://{endpoint(settings.host, port)}, in front of {given['upstream']}")
        if port_file is not None:
            port_files.write(port_file, port)

    try:
        run(settings, announce)
    except AddressError as error:
        raise exits.Failure(str(error), exits.ADDRESS) from error
    except DataDirectoryError as error:
        raise exits.Failure(f"{error} (option --data)", exits.DIRECTORY) from error
    except UnsafeSettings as error:
        raise exits.Failure(str(error), exits.USAGE) from error


def _settings(ctx: click.Context, given: dict[str, Any]) -> StandaloneSettings:
    """The settings that the options mean. Raises click.UsageError."""
    if not is_origin(given["upstream"]):
        raise click.UsageError("--upstream is a URL such as http://127.0.0.1:8000", ctx)
    access_key, secret_key = given["access_key"], given["secret_key"]
    if (access_key is None) != (secret_key is None):
        raise click.UsageError("--access-key and --secret-key go together", ctx)
    advertised = given["advertise"]
    return StandaloneSettings(
        upstream=given["upstream"],
        region=given["region"],
        node=credentials_of(os.environ),
        host=given["host"],
        port=given["port"],
        directory=None if given["memory"] else given["data"],
        advertised=None if advertised is None else place_of(ctx, "--advertise", advertised),
        memory=given["cache"] * MIB,
        lives=TimesToLive(given["record_ttl_millis"] / 1000.0, given["query_ttl_millis"] / 1000.0),
        clients=None if access_key is None else defaults.Credentials(access_key, secret_key),
        insecure=given["insecure"],
    )
