"""`jedlik serve`."""

from __future__ import annotations

import contextlib
import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import click
from click.core import ParameterSource

from jedlik.app import settings as defaults
from jedlik.app.addresses.exposure import UnsafeSettings
from jedlik.app.addresses.listening import AddressError
from jedlik.app.process import WorkersFailed
from jedlik.app.running import run
from jedlik.app.settings import Settings
from jedlik.app.tls.files import CertificateError
from jedlik.app.trail import AuditDirectoryError
from jedlik.base import log
from jedlik.base.limits import (
    DEFAULT_VECTOR_MEMORY,
)
from jedlik.cli import exits, start_up
from jedlik.cli.conversion import ConversionBar
from jedlik.cli.options.admin import admin_options, check_admin
from jedlik.cli.options.capacity import capacity_options
from jedlik.cli.options.credentials import credential_options, credentials_of
from jedlik.cli.options.dax import dax_options, dax_settings
from jedlik.cli.options.engine import check_engine, engine_options
from jedlik.cli.options.faults import fault_options, fault_plan, latency
from jedlik.cli.options.logging import check_logging, logging_options
from jedlik.cli.options.numbers import Number, WholeNumber
from jedlik.cli.options.option import option as _option
from jedlik.cli.options.region import region_options, region_settings
from jedlik.cli.options.replication import replication_options, replication_settings
from jedlik.cli.options.root_key import lies_within, root_key, root_key_options
from jedlik.cli.options.sections import SectionedCommand
from jedlik.cli.options.services import service_options, service_settings
from jedlik.cli.options.tls import tls_options, tls_settings
from jedlik.cli.port_files import PortFiles
from jedlik.cli.terminal import show
from jedlik.cli.variables import warn_of_unknown_variables
from jedlik.console.mode import ConsoleMode
from jedlik.seeding.seed import Seed, SeedError
from jedlik.services.dynamodb.tables.stream import MAX_SHARDS, StreamSettings
from jedlik.storage.engine import Durability
from jedlik.storage.failures import DataDirectoryError, EngineUnusable


@click.command(cls=SectionedCommand, epilog=exits.EPILOG)
@_option(
    "--host",
    metavar="ADDRESS",
    default=defaults.DEFAULT_HOST,
    show_default=True,
    help="Address to listen on.",
)
@_option(
    "--port",
    type=WholeNumber(0, 65535),
    default=defaults.DEFAULT_PORT,
    show_default=True,
    metavar="PORT",
    help="Port to listen on; 0 picks a free one.",
)
@_option(
    "--data",
    type=click.Path(readable=False, path_type=Path),  # why not is the directory's to say
    metavar="DIR",
    help=f"Directory in which the data is kept.  [default: ./{defaults.DEFAULT_DIRECTORY}]",
)
@_option("--memory", is_flag=True, help="Keep the data in memory; it is lost at exit.")
@engine_options
@_option(
    "--workers",
    type=WholeNumber(1, defaults.MAX_WORKERS),
    default=1,
    show_default=True,
    metavar="N",
    help="Number of processes that serve the same data on the same port; at most one per core is "
    "useful.",
)
@_option(
    "--durability",
    type=click.Choice(get_args(Durability)),
    default="fsync",
    show_default=True,
    help="fsync: a write is on disk before it is answered, so that even a power failure does not "
    "lose it. relaxed: it reaches the disk up to a second later; faster, but a power failure or "
    "a crash of the operating system (not of the server) may lose writes that were answered or, "
    "with --workers and a disk that reorders writes, even damage the store.",
)
@credential_options
@region_options
@replication_options
@_option(
    "--transition-seconds",
    type=Number(0.0, 86400.0),
    default=0.0,
    show_default=True,
    metavar="S",
    help="How long tables and indexes stay CREATING, UPDATING or DELETING. Waiters "
    "look every 20 seconds unless they are given a shorter delay.",
)
@_option(
    "--vector-memory",
    type=WholeNumber(1, defaults.MAX_VECTOR_MEMORY),
    default=DEFAULT_VECTOR_MEMORY,
    show_default=True,
    metavar="MIB",
    help="Memory, in MiB, in which each worker holds the vectors of the indexes that are searched.",
)
@_option(
    "--restorable-delay",
    type=Number(0.0, 86400.0),
    default=0.0,
    show_default=True,
    metavar="S",
    help="How many seconds the latest moment to which a table can be restored lies in the past.",
)
@service_options
@_option(
    "--stream-shards",
    type=WholeNumber(1, MAX_SHARDS),
    default=defaults.DEFAULT_STREAM_SETTINGS.shards,
    show_default=True,
    metavar="N",
    help="Open shards per stream, and thus how many readers can share the work.",
)
@_option(
    "--stream-shard-lifetime",
    type=Number(1.0, 86400.0),
    default=defaults.DEFAULT_STREAM_SETTINGS.shard_lifetime,
    show_default=True,
    metavar="S",
    help="Seconds until a shard is closed and its children take over.",
)
@capacity_options
@_option(
    "--ttl-interval",
    type=Number(0.01, 86400.0),
    default=defaults.DEFAULT_TTL_INTERVAL,
    show_default=True,
    metavar="S",
    help="Seconds between checks for expired items.",
)
@_option(
    "--insecure",
    is_flag=True,
    help="Allow an address that other machines can reach even without TLS or authentication.",
)
@_option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="An additional host name by which clients may address a server without credentials, "
    "besides localhost, IP addresses and names without dots. May be repeated.",
)
@_option(
    "--console",
    type=click.Choice(get_args(ConsoleMode)),
    metavar="MODE",
    help="The web pages at /console: on; read-only, which lets no page in a browser change "
    "anything; off.  [default: on on a loopback address, else off]",
)
@dax_options
@tls_options
@root_key_options
@_option(
    "--access-point",
    multiple=True,
    metavar="NAME=HOST:PORT[,vpc=ID][,source=RANGE][,policy=FILE]",
    help="An additional address to listen on, like a VPC endpoint: policies see it as "
    "aws:SourceVpce NAME. May be repeated.",
)
@admin_options
@fault_options
@logging_options
@_option(
    "--audit-log",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Directory for an audit log: one line of JSON, in CloudTrail's format, for every "
    "request that does not concern items.",
)
@_option(
    "--audit-data-events",
    is_flag=True,
    help="Also record reads and writes of items, and calls of functions, in the audit log.",
)
@_option(
    "--seed",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="File, or folder of files, with tables and items to start with: CloudFormation and SAM "
    "templates, Terraform plans as JSON, NoSQL Workbench models, CSV, DynamoDB JSON. Tables that "
    "already exist are left as they are. May be repeated.",
)
@_option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to which the port is written once the server answers; it is removed at start and "
    "at exit.",
)
@_option(
    "--log-level",
    type=click.Choice(log.LEVELS),
    default="warning",
    show_default=True,
    help="Lowest level that is logged to standard error.",
)
@click.pass_context
def serve(ctx: click.Context, /, log_level: str, port_file: Path | None, **options: Any) -> None:
    """Run the server.

    SIGTERM or Ctrl+C stops it once the requests that it has accepted are answered; a second one
    stops it immediately. Everything that was acknowledged is safe either way.

    Every option has an environment variable too: that of --port-file is JEDLIK_PORT_FILE.
    """
    bar = ConversionBar()
    files = PortFiles(port_file, options["admin_port_file"])
    settings = replace(_settings(ctx, options), progress=bar)
    log.configure(log_level)
    warn_of_unknown_variables(os.environ)
    files.prepare()
    try:
        run(settings, lambda made, port, closed: _ready(made, port, files, closed=closed))
    except AddressError as error:
        raise exits.Failure(str(error), exits.ADDRESS) from error
    except SeedError as error:
        raise exits.Failure(f"{error} (option --seed)", exits.USAGE) from error
    except AuditDirectoryError as error:
        raise exits.Failure(f"{error} (option --audit-log)", exits.DIRECTORY) from error
    except DataDirectoryError as error:
        raise exits.Failure(f"{error} (option --data)", exits.DIRECTORY) from error
    except EngineUnusable as error:
        raise exits.Failure(f"the data cannot be used: {error}", exits.ENGINE) from error
    except (UnsafeSettings, CertificateError) as error:
        raise exits.Failure(str(error), exits.USAGE) from error
    except WorkersFailed as error:
        raise exits.Failure(str(error), exits.FOUND) from error
    finally:
        bar.close()
        files.remove()


def _settings(ctx: click.Context, options: dict[str, Any]) -> Settings:
    """The settings in the options. Raises click.UsageError if options contradict each other."""
    in_memory = _in_memory(ctx, options)
    check_engine(ctx, options)
    check_admin(ctx, options)
    check_logging(ctx, options)
    credentials = credentials_of(ctx, options)
    options["faults"] = fault_plan(ctx, options)
    options["latency"] = latency(ctx, options["latency"])
    directory = options.pop("data") or defaults.DEFAULT_DIRECTORY
    options.pop("memory")
    options["access_points"] = _access_points(ctx, options.pop("access_point"))
    tls = tls_settings(ctx, options)
    options["dax"] = dax_settings(ctx, options)
    key_file = options["root_key_file"]
    key = root_key(options)
    if key is not None and in_memory:
        raise click.UsageError("--memory keeps nothing at rest, so it takes no root key", ctx)
    if in_memory and options["workers"] > 1:
        raise click.UsageError(
            "--memory belongs to one process and cannot be shared by "
            f"--workers {options['workers']}; use --data, or one worker",
            ctx,
        )
    if options["audit_data_events"] and options["audit_log"] is None:
        raise click.UsageError("--audit-data-events needs --audit-log", ctx)
    regions = region_settings(ctx, options)
    own = regions["regions"] or (regions["region"],)
    replication = replication_settings(ctx, options, own)
    if replication["peers"] and regions["accounts_by_key"]:
        raise click.UsageError("--peer and --accounts by-access-key exclude each other", ctx)
    streams = StreamSettings(options.pop("stream_shards"), options.pop("stream_shard_lifetime"))
    return Settings(
        **service_settings(ctx, options),
        allowed_hosts=options.pop("allow_host"),
        seed=_seed(ctx, options.pop("seed")),
        stream_settings=streams,
        directory=None if in_memory or options["engine"] else directory,
        credentials=credentials,
        **regions,
        **replication,
        tls=tls,
        root_key=key,
        root_key_beside_data=key_file is not None and lies_within(key_file, directory),
        **options,
    )


def _seed(ctx: click.Context, paths: tuple[Path, ...]) -> Seed | None:
    if not paths:
        return None
    try:
        seed = importlib.import_module("jedlik.seeding.reading").read_seeds(paths)
    except SeedError as error:
        raise click.UsageError(f"--seed: {error}", ctx) from error
    for note in seed.notes:
        show(f"seed: {note}", err=True)
    found: Seed = seed
    return found


def _access_points(ctx: click.Context, texts: tuple[str, ...]) -> tuple[Any, ...]:
    if not texts:
        return ()
    # Loading policies takes longer than a server without access points takes to start.
    from jedlik.app.addresses.access_points import AccessPointError, read_access_point  # noqa: PLC0415

    try:
        return tuple(map(read_access_point, texts))
    except AccessPointError as error:
        raise click.UsageError(f"--access-point: {error}", ctx) from error


def _in_memory(ctx: click.Context, options: dict[str, Any]) -> bool:
    """--memory or --data: the command line wins over the environment."""
    if not options["memory"] or options["data"] is None:
        return bool(options["memory"])
    sources = ctx.get_parameter_source("memory"), ctx.get_parameter_source("data")
    if sources[0] is sources[1]:
        raise click.UsageError("--memory and --data exclude each other; use one of them", ctx)
    return sources[0] is ParameterSource.COMMANDLINE


def _ready(settings: Settings, port: int, files: PortFiles, *, closed: bool) -> None:
    with contextlib.suppress(BrokenPipeError):  # the parent need not read
        start_up.announce(settings, port, closed=closed)
    files.write(port, settings.admin_port)
