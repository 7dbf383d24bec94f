"""`jedlik serve`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

import click
from click.core import ParameterSource

from jedlik.app import settings as defaults
from jedlik.app.exposure import UnsafeSettings
from jedlik.app.listening import AddressError
from jedlik.app.running import run
from jedlik.app.settings import Credentials, Settings
from jedlik.app.supervisor import WorkersFailed
from jedlik.base import log
from jedlik.cli import exits, start_up
from jedlik.model.stream import MAX_SHARDS, StreamSettings
from jedlik.storage.environment import Durability
from jedlik.storage.failures import DataDirectoryError, EngineUnusable

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def _option(name: str, **attributes: Any) -> Callable[[FunctionT], FunctionT]:
    """An option with its environment variable: `--access-key` and JEDLIK_ACCESS_KEY."""
    variable = f"JEDLIK_{name.removeprefix('--').replace('-', '_').upper()}"
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


@click.command(epilog=exits.EPILOG)
@_option("--host", default=defaults.DEFAULT_HOST, show_default=True, help="Address to listen on.")
@_option(
    "--port",
    type=click.IntRange(0, 65535),
    default=defaults.DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@_option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help=f"Directory that the data are kept in.  [default: ./{defaults.DEFAULT_DIRECTORY}]",
)
@_option("--memory", is_flag=True, help="Keep the data in memory: they are gone at exit.")
@_option(
    "--engine",
    metavar="URL",
    help="Keep the data in a shared database that speaks the PostgreSQL protocol instead, as any "
    "number of other nodes may: postgresql://user@host1,host2/name. Passwords are better in the "
    "environment (PGPASSWORD, or this variable). See docs/scale-out.md.",
)
@_option(
    "--read-engine",
    metavar="URL",
    help="Standbys of the shared database that eventually consistent reads may go to.",
)
@_option(
    "--workers",
    type=click.IntRange(1, defaults.MAX_WORKERS),
    default=1,
    show_default=True,
    metavar="N",
    help="Processes that serve the same data on the same port. One per core at most.",
)
@_option(
    "--durability",
    type=click.Choice(get_args(Durability)),
    default="fsync",
    show_default=True,
    help="fsync: a write is on the disk before it is answered, so that even a power failure does "
    "not lose it. relaxed: it is there a second later; faster, but a power failure or a crash of "
    "the operating system (not of the server) may lose writes that were answered, or even damage "
    "the store where the disk reorders writes.",
)
@_option("--access-key", metavar="ID", help="Access key that requests must be signed with.")
@_option(
    "--secret-key",
    metavar="KEY",
    help="The secret key that belongs to it; better in the environment, where no list of "
    "processes shows it. Without the two any credentials are taken.",
)
@_option(
    "--region",
    default=defaults.DEFAULT_REGION,
    show_default=True,
    help="Region that ARNs name. Clients may use any.",
)
@_option(
    "--transition-seconds",
    type=click.FloatRange(0.0, 86400.0),
    default=0.0,
    show_default=True,
    metavar="S",
    help="How long tables and indexes stay CREATING, UPDATING or DELETING.",
)
@_option(
    "--stream-shards",
    type=click.IntRange(1, MAX_SHARDS),
    default=defaults.DEFAULT_STREAM_SETTINGS.shards,
    show_default=True,
    metavar="N",
    help="Open shards of a stream: as many readers can share its work.",
)
@_option(
    "--stream-shard-lifetime",
    type=click.FloatRange(1.0, 86400.0),
    default=defaults.DEFAULT_STREAM_SETTINGS.shard_lifetime,
    show_default=True,
    metavar="S",
    help="Seconds until a shard is closed and others go on in its place.",
)
@_option(
    "--ttl-interval",
    type=click.FloatRange(0.01, 86400.0),
    default=defaults.DEFAULT_TTL_INTERVAL,
    show_default=True,
    metavar="S",
    help="Seconds between two looks for items that have expired.",
)
@_option(
    "--insecure",
    is_flag=True,
    help="Serve an address that other machines reach although there is no TLS, and without "
    "--access-key no authentication.",
)
@_option(
    "--port-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="File to write the port to once the server answers.",
)
@_option(
    "--log-level",
    type=click.Choice(log.LEVELS),
    default="warning",
    show_default=True,
    help="Least level of what is logged to standard error.",
)
@click.pass_context
def serve(ctx: click.Context, /, log_level: str, port_file: Path | None, **options: Any) -> None:
    """Run the server.

    SIGTERM or Ctrl+C ends it once the requests that it accepted are answered; a second one ends it
    at once. What was answered is safe either way.
    """
    settings = _settings(ctx, options)
    log.configure(log_level)
    try:
        run(settings, lambda port: _ready(settings, port, port_file))
    except AddressError as error:
        raise exits.Failure(str(error), exits.ADDRESS) from error
    except DataDirectoryError as error:
        raise exits.Failure(f"{error} (option --data)", exits.DIRECTORY) from error
    except EngineUnusable as error:
        raise exits.Failure(f"the data cannot be used: {error}", exits.ENGINE) from error
    except UnsafeSettings as error:
        raise exits.Failure(str(error), exits.USAGE) from error
    except WorkersFailed as error:
        raise exits.Failure(str(error), exits.FOUND) from error


def _settings(ctx: click.Context, options: dict[str, Any]) -> Settings:
    """The settings that the options mean. Raises click.UsageError where they contradict."""
    in_memory = _in_memory(ctx, options)
    _check_engine(ctx, options)
    access_key, secret_key = options.pop("access_key"), options.pop("secret_key")
    directory = options.pop("data") or defaults.DEFAULT_DIRECTORY
    options.pop("memory")
    if bool(access_key) != bool(secret_key):
        given, lacks = ("access", "secret") if access_key else ("secret", "access")
        raise click.UsageError(f"--{given}-key needs --{lacks}-key beside it", ctx)
    if in_memory and options["workers"] > 1:
        raise click.UsageError(
            "--memory belongs to one process and cannot be shared by "
            f"--workers {options['workers']}; use --data, or one worker",
            ctx,
        )
    streams = StreamSettings(options.pop("stream_shards"), options.pop("stream_shard_lifetime"))
    return Settings(
        stream_settings=streams,
        directory=None if in_memory or options["engine"] else directory,
        credentials=Credentials(access_key, secret_key) if access_key else None,
        **options,
    )


def _in_memory(ctx: click.Context, options: dict[str, Any]) -> bool:
    """--memory or --data: the command line wins over the environment."""
    if not options["memory"] or options["data"] is None:
        return bool(options["memory"])
    sources = ctx.get_parameter_source("memory"), ctx.get_parameter_source("data")
    if sources[0] is sources[1]:
        raise click.UsageError("--memory and --data exclude each other; use one of them", ctx)
    return sources[0] is ParameterSource.COMMANDLINE


def _check_engine(ctx: click.Context, options: dict[str, Any]) -> None:
    """What goes with --engine and what does not. Raises click.UsageError."""
    url = options["engine"]
    if url is None:
        if options["read_engine"] is not None:
            raise click.UsageError("--read-engine needs --engine beside it", ctx)
        return
    for name in ("engine", "read_engine"):
        given = options[name]
        if given is not None and not given.startswith(("postgresql://", "postgres://")):
            shown = f"--{name.replace('_', '-')}"
            raise click.UsageError(f"{shown} is to be a URL such as postgresql://host/name", ctx)
    for other in ("memory", "data"):
        if options[other] and ctx.get_parameter_source(other) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--engine and --{other} exclude each other", ctx)
    if options["durability"] != "fsync":
        raise click.UsageError(
            "--durability is the shared engine's own matter: its synchronous_commit decides", ctx
        )


def _ready(settings: Settings, port: int, port_file: Path | None) -> None:
    with contextlib.suppress(BrokenPipeError):  # whoever started it need not read
        start_up.announce(settings, port)
    if port_file is not None:
        new = port_file.with_name(f"{port_file.name}.new")
        try:
            new.write_text(f"{port}\n")
            new.replace(port_file)
        except OSError as error:
            raise exits.Failure(
                f"the file for the port, {port_file}, cannot be written: {error.strerror}",
                exits.USAGE,
            ) from error
