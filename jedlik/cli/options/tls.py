"""The options of `jedlik serve` for TLS."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from jedlik.app.settings import TlsSettings, default_tls_directory
from jedlik.cli.options.option import option, options

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_MAX_NAME_LENGTH: Final = 253
_LABEL: Final = "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME: Final = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*").fullmatch


tls_options = options(
    option(
        "--tls",
        type=click.Choice(["auto"]),
        help="Serve HTTPS. auto: with a certificate that the server creates itself, signed by an "
        "authority that it creates at its first start; at start-up it prints the file that "
        "clients should trust.",
    ),
    option(
        "--tls-cert",
        type=_FILE,
        metavar="FILE",
        help="Serve HTTPS with this certificate (PEM, including any intermediate certificates). "
        "Changed files are reloaded without a restart, immediately on SIGHUP.",
    ),
    option(
        "--tls-key",
        type=_FILE,
        metavar="FILE",
        help="The certificate's private key (PEM), if it is not in the same file.",
    ),
    option(
        "--tls-client-ca",
        type=_FILE,
        metavar="FILE",
        help="Accept only clients with a certificate from one of these authorities (PEM).",
    ),
    option(
        "--tls-name",
        multiple=True,
        metavar="NAME",
        help="An additional name or address for the certificate of --tls auto. May be repeated.",
    ),
    option(
        "--tls-directory",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Where --tls auto keeps its authority and certificates.  "
        "[default: ~/.config/jedlik/tls]",
    ),
)


def _refuse_of_auto(ctx: click.Context) -> None:
    """Raise click.UsageError if the command line has options that have no effect without --tls
    auto; in the environment, they may be meant for other starts."""
    for name in ("tls_name", "tls_directory"):
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"--{name.replace('_', '-')} needs --tls auto", ctx)


def _is_name(text: str) -> bool:
    """Whether this is an address, a host's name (RFC 1123), or `*.` before such a name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return len(text) <= _MAX_NAME_LENGTH and _HOST_NAME(text) is not None
    return True


def tls_settings(ctx: click.Context, options: dict[str, Any]) -> TlsSettings | None:
    """The settings in the options, which are removed. Raises click.UsageError."""
    auto = options.pop("tls") is not None
    certificate, key = options.pop("tls_cert"), options.pop("tls_key")
    client_ca = options.pop("tls_client_ca")
    names, directory = options.pop("tls_name"), options.pop("tls_directory")
    if auto and certificate is not None:
        raise click.UsageError("--tls auto and --tls-cert exclude each other; use one of them", ctx)
    if key is not None and certificate is None:
        raise click.UsageError("--tls-key needs --tls-cert", ctx)
    if not auto:
        _refuse_of_auto(ctx)
    elif wrong := [name for name in names if not _is_name(name)]:
        raise click.UsageError(
            f"--tls-name: {wrong[0]!r} is neither a host name nor an address", ctx
        )
    if not auto and certificate is None:
        if client_ca is not None:
            raise click.UsageError("--tls-client-ca needs --tls auto or --tls-cert", ctx)
        return None
    return TlsSettings(
        certificate, key, client_ca, directory or default_tls_directory(), tuple(names)
    )
