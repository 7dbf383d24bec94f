"""The lines that `jedlik serve` prints when it answers: its addresses, its data, and how to call
it."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from typing import TextIO

import click

from jedlik import __version__
from jedlik.app.addresses import hosts
from jedlik.app.addresses.hosts import is_this_machine
from jedlik.app.settings import Settings, TlsSettings
from jedlik.app.tls.files import CA_FILE
from jedlik.base.printable import printable
from jedlik.cli.places import without_password
from jedlik.console.mode import mode_of
from jedlik.console.router import ROOT

_DURABILITY = {
    "fsync": "every write is on the disk before it is answered",
    "relaxed": "a power failure may lose the last second of writes",
}
_ANY_KEY = "local"


def has_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to write in colour: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not environment.get("NO_COLOR")


def lines(settings: Settings, port: int, *, closed: bool) -> list[tuple[str, str]]:
    """The lines, as label and text. `closed` says whether requests must be signed by a known
    caller: with the credentials in the settings, or by a user in the store."""
    scheme = "https" if settings.tls else "http"
    endpoint = f"{scheme}://{hosts.endpoint(settings.host, port)}"
    others = " and every other address" if hosts.is_wildcard(settings.host) else ""
    pairs = [("listens on", f"{endpoint}{others}")]
    pairs += _console(settings, endpoint)
    for each in settings.access_points:
        place = hosts.endpoint(each.host, each.port)
        pairs.append(("and on", f"{scheme}://{place} (access point {each.point.vpc_endpoint})"))
    pairs.append(("data", _data(settings)))
    if settings.root_key is not None:
        pairs.append(("encrypted", f"under root key {settings.root_key.id.hex()}"))
    if settings.root_key_beside_data:
        pairs.append(("warning", "the root key is kept beside the data: who takes one has both"))
    if settings.directory is not None:
        pairs.append(("durability", f"{settings.durability}: {_DURABILITY[settings.durability]}"))
    if settings.workers > 1:
        pairs.append(("workers", str(settings.workers)))
    if settings.regions:
        pairs.append(("regions", ", ".join(settings.regions)))
    pairs.append(("credentials", _credentials(settings, closed=closed)))
    if settings.tls is not None:
        pairs.append(("TLS", _tls(settings.tls)))
    if settings.dax is not None and settings.dax.port:
        pairs.append(("DAX", f"dax://{hosts.endpoint(settings.host, settings.dax.port)}"))
    pairs += [("bucket", f"{name} is {place}") for name, place in settings.buckets.items()]
    if settings.audit_log is not None:
        pairs.append(("audit log", str(settings.audit_log.absolute())))
    pairs += _for_suites(settings, scheme)
    if settings.insecure:
        pairs.append(("warning", f"--insecure: {_insecurity(settings, closed=closed)}"))
    pairs += [
        ("", ""),
        ("shell", _export(settings, endpoint, closed=closed)),
        ("AWS CLI", f"aws dynamodb list-tables --endpoint-url {endpoint}"),
        ("boto3", f'boto3.resource("dynamodb", endpoint_url="{endpoint}")'),
    ]
    return pairs


def _export(settings: Settings, endpoint: str, *, closed: bool) -> str:
    """The environment variables that clients need: some read one name of the region, some the
    other (AWS CLI and boto3: AWS_DEFAULT_REGION, JavaScript and Java: AWS_REGION)."""
    key, secret = ("YOUR-ACCESS-KEY", "YOUR-SECRET-KEY") if closed else (_ANY_KEY, _ANY_KEY)
    if settings.credentials is not None:
        key = settings.credentials.access_key
    export = (
        f"export AWS_ACCESS_KEY_ID={shlex.quote(key)} AWS_SECRET_ACCESS_KEY={secret} "
        f"AWS_REGION={settings.region} AWS_DEFAULT_REGION={settings.region} "
        f"AWS_ENDPOINT_URL_DYNAMODB={endpoint} AWS_ENDPOINT_URL_DYNAMODB_STREAMS={endpoint}"
    )
    if settings.tls is not None and settings.tls.certificate is None:
        bundle = settings.tls.directory.absolute() / CA_FILE
        export += f" AWS_CA_BUNDLE={shlex.quote(str(bundle))}"
    return export


def announce(settings: Settings, port: int, *, closed: bool) -> None:
    """Print the lines to standard output."""
    coloured = has_colour(sys.stdout, os.environ)

    def style(text: str, **look: bool | str) -> str:
        return click.style(text, **look) if coloured else text  # type: ignore[arg-type]

    text = [f"{style('Jedlik', bold=True)} {__version__}"]
    for label, pairs in lines(settings, port, closed=closed):
        colour = {"warning": "yellow", "listens on": "green"}.get(label)
        value = printable(pairs)
        shown = style(value, fg=colour) if colour else value
        text.append(f"  {style(f'{label:<11}', dim=True)}  {shown}".rstrip())
    click.echo("\n".join(text), color=coloured)
    sys.stdout.flush()


def _console(settings: Settings, endpoint: str) -> list[tuple[str, str]]:
    """Where the console is, or why there is not one, unless an option switched it off."""
    mode = mode_of(settings.console, loopback=is_this_machine(settings.host))
    if mode != "off":
        return [("console", f"{endpoint}{ROOT}{'' if mode == 'on' else f' ({mode})'}")]
    if settings.console is None:
        return [("console", "off, since other machines can reach it; --console on starts it")]
    return []


def _for_suites(settings: Settings, scheme: str) -> list[tuple[str, str]]:
    """The addresses for operators and test suites, besides the API."""
    pairs = []
    if settings.admin_port is not None:
        place = hosts.endpoint(settings.admin_host, settings.admin_port)
        calls = "/metrics, /testing" if settings.testing else "/metrics"
        pairs.append(("admin", f"{scheme}://{place} ({calls})"))
    if settings.faults is not None:
        pairs.append(("faults", f"on purpose, by {len(settings.faults.rules)} rules"))
    return pairs


def _data(settings: Settings) -> str:
    if settings.engine is not None:
        return f"in the shared database {without_password(settings.engine)}"
    if settings.directory is None:
        return "in memory: gone at exit"
    return str(settings.directory.absolute())


def _tls(tls: TlsSettings) -> str:
    by = "by an authority of the server's own" if tls.certificate is None else str(tls.certificate)
    return by if tls.client_ca is None else f"{by}; clients must show a certificate"


def _insecurity(settings: Settings, *, closed: bool) -> str:
    """What is missing for safety; whether that matters depends on the server's sockets."""
    lacks = [] if settings.tls else ["TLS"]
    if not closed:
        lacks.append("authentication")
    return f"no {' and no '.join(lacks)}, also for clients on other machines" if lacks else "unused"


def _credentials(settings: Settings, *, closed: bool) -> str:
    if settings.credentials is not None:
        return f"signatures of {settings.credentials.access_key} and of the keys in the data only"
    if closed:
        # A directory's store is open in one server only.
        when = "" if settings.engine is not None else " once the server is stopped"
        return f"signatures of the keys in the data only (`jedlik keys list` shows them{when})"
    accounts = "; twelve digits are an account of their own" if settings.accounts_by_key else ""
    return f"any{accounts}; signatures are not checked"
