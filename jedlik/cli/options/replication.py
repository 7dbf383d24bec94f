"""The options of `jedlik serve` for replicas in other regions, and for stale reads."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from jedlik.app.addresses.hosts import is_this_machine
from jedlik.app.settings import Credentials, PeerSettings
from jedlik.base.urls import is_origin
from jedlik.cli.options.known_regions import warn_of_unknown_region
from jedlik.cli.options.numbers import WholeNumber
from jedlik.cli.options.option import option, options
from jedlik.kernel.realms import is_region
from jedlik.services.dynamodb.tables.replicas import ReplicationSettings

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_MILLISECONDS: Final = re.compile(r"([0-9]{1,7})(ms)?").fullmatch
_DURATION: Final = re.compile(r"([0-9]{1,9})(ms|s)").fullmatch
_KEYS: Final = ("aws_access_key_id", "aws_secret_access_key")


replication_options = options(
    option(
        "--peer",
        multiple=True,
        metavar="REGION=URL",
        help="Another Jedlik server that serves that region: replicas of tables there receive "
        "changes from here. Must be https, except on this machine. May be repeated.",
    ),
    option(
        "--peer-credentials",
        type=_FILE,
        metavar="FILE",
        help="Credentials for signing calls to peers: a credentials file as used by AWS tools, "
        "with the access key in [default] or in a section named after the region.  [default: "
        "--access-key and --secret-key]",
    ),
    option(
        "--peer-ca",
        type=_FILE,
        metavar="FILE",
        help="Certificate authorities of the peers' certificates (PEM).  [default: those the "
        "machine trusts]",
    ),
    option(
        "--replication-delay",
        multiple=True,
        metavar="[REGION=]TIME",
        help="How long changes are held back before they are sent to other regions, or to one: "
        "500ms, 2s. Lets tests show the effect of distance.  [default: 0s]",
    ),
    option(
        "--eventual-delay",
        metavar="MS",
        help="By how many milliseconds eventually consistent reads, including those of global "
        "secondary indexes, deliberately lag behind. Lets tests show how a program copes with "
        "stale reads.  [default: 0]",
    ),
    option(
        "--replication-queue",
        type=WholeNumber(1000, 10**12),
        default=ReplicationSettings().max_pending,
        show_default=True,
        metavar="N",
        help="How many changes of a table may wait for a region that cannot be reached. Beyond "
        "that they are dropped from the queue, and the whole table is sent later.",
    ),
)


def replication_settings(
    ctx: click.Context, options: dict[str, Any], regions: tuple[str, ...]
) -> dict[str, Any]:
    """The settings in the options, which are removed; `regions` are the server's own. Raises
    click.UsageError."""
    peers = _peers(ctx, options.pop("peer"), regions)
    file, authorities = options.pop("peer_credentials"), options.pop("peer_ca")
    delays = _delays(ctx, options.pop("replication_delay"))
    delay = delays.pop("", 0.0)
    return {
        "peers": peers,
        "peer_credentials": {} if file is None else _credentials(ctx, file, peers),
        "peer_ca": _checked_authorities(ctx, authorities),
        "replication": ReplicationSettings(delay, delays, options.pop("replication_queue")),
        "eventual_delay": _eventual_delay(ctx, options),
    }


def _peers(
    ctx: click.Context, texts: tuple[str, ...], own: tuple[str, ...]
) -> tuple[PeerSettings, ...]:
    peers: dict[str, PeerSettings] = {}
    for text in texts:
        region, _, url = text.partition("=")
        if not is_region(region) or not is_origin(url):
            raise click.UsageError(
                f"--peer takes REGION=https://HOST:PORT, such as "
                f"eu-west-1=https://jedlik.example.com:8000, not {text}",
                ctx,
            )
        if url.startswith("http:") and not is_this_machine(urlsplit(url).hostname or ""):
            raise click.UsageError(
                f"--peer {region}: between machines changes go over TLS: https, not {url}", ctx
            )
        if region in own or region in peers:
            where = "this server's own" if region in own else "named twice"
            raise click.UsageError(f"--peer: the region {region} is {where}", ctx)
        warn_of_unknown_region("--peer", region)
        peers[region] = PeerSettings(region, url)
    return tuple(peers.values())


def _credentials(
    ctx: click.Context, file: Path, peers: tuple[PeerSettings, ...]
) -> dict[str, Credentials]:
    # Loaded only if there are peers: most servers have none, and start faster without it.
    configparser = importlib.import_module("configparser")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise click.UsageError(f"--peer-credentials: {file} cannot be read: {error}", ctx) from None
    found: dict[str, Credentials] = {}
    for peer in peers:
        section = parser[peer.region] if peer.region in parser else parser["DEFAULT"]
        if "default" in parser and peer.region not in parser:
            section = parser["default"]
        access_key, secret = (section.get(name, "") for name in _KEYS)
        if not access_key or not secret:
            raise click.UsageError(
                f"--peer-credentials: {file} has no {_KEYS[0]} and {_KEYS[1]} in [default] or "
                f"[{peer.region}]",
                ctx,
            )
        found[peer.region] = Credentials(access_key, secret)
    return found


def _checked_authorities(ctx: click.Context, file: Path | None) -> Path | None:
    if file is not None:
        try:
            importlib.import_module("ssl").create_default_context(cafile=str(file))
        except OSError as error:  # ssl.SSLError is one too
            raise click.UsageError(f"--peer-ca: {file} cannot be used: {error}", ctx) from None
    return file


def _delays(ctx: click.Context, texts: tuple[str, ...]) -> dict[str, float]:
    """Seconds by region; the empty name stands for all others."""
    delays: dict[str, float] = {}
    for text in texts:
        region, _, time = text.rpartition("=")
        found = _DURATION(time)
        if found is None or (region and not is_region(region)):
            raise click.UsageError(
                f"--replication-delay takes 500ms, 2s or eu-west-1=500ms, not {text}", ctx
            )
        delays[region] = int(found[1]) / (1000 if found[2] == "ms" else 1)
    return delays


def _eventual_delay(ctx: click.Context, options: dict[str, Any]) -> float:
    """Seconds."""
    text = options.pop("eventual_delay")
    if text is None:
        return 0.0
    found = _MILLISECONDS(text)
    if found is None:
        raise click.UsageError(f"--eventual-delay takes milliseconds, such as 500, not {text}", ctx)
    if options.get("engine") is not None:
        raise click.UsageError(
            "--eventual-delay is for data in memory or in a directory, not for --engine", ctx
        )
    return int(found[1]) / 1000
