"""Where the root key comes from: a file, a command's output, or the environment."""

from __future__ import annotations

import importlib
import os
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jedlik.cli.exits import USAGE, Failure
from jedlik.cli.option import FunctionT, option

if TYPE_CHECKING:
    from jedlik.kms.root_key import RootKey

VARIABLE: Final = "JEDLIK_ROOT_KEY"
_COMMAND_SECONDS: Final = 60.0
_MOST: Final = 4096
"""Bytes to read of a file: a key has 64 or so, and a wrong file may be large."""


def root_key_options(function: FunctionT) -> FunctionT:
    """Adds the options to a command."""
    for each in reversed(_OPTIONS):
        function = each(function)
    return function


_OPTIONS: Final = (
    option(
        "--root-key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Encrypt the data under the root key in this file: 32 bytes as 64 hexadecimal digits "
        f"or in base64. The variable {VARIABLE} may hold the key itself instead. Data that are "
        "plain so far are encrypted at start-up.",
    ),
    option(
        "--root-key-command",
        metavar="COMMAND",
        help="Take the root key from what this command prints, such as a vault's client.",
    ),
)


def root_key(options: dict[str, Any]) -> RootKey | None:
    """The root key that the options or the environment name; takes them out of `options`.

    Raises `Failure` with one line that never shows the key.
    """
    file, command = options.pop("root_key_file"), options.pop("root_key_command")
    variable = os.environ.get(VARIABLE)
    sources = [name for name, value in _named(file, command, variable) if value is not None]
    if not sources:
        return None
    if len(sources) > 1:
        raise Failure(f"{' and '.join(sources)} exclude each other; use one of them", USAGE)
    if file is not None:
        return parsed(_read(file), str(file))
    if command is not None:
        return parsed(_output(command), f"what {sources[0]} printed")
    return parsed(variable or "", f"the variable {VARIABLE}")


def read_root_key(file: Path) -> RootKey:
    """The root key in a file. Raises `Failure`."""
    return parsed(_read(file), str(file))


def lies_within(file: Path, directory: Path) -> bool:
    """Whether a key is kept beside the data that it protects."""
    return file.resolve().is_relative_to(directory.resolve())


def parsed(text: str, source: str) -> RootKey:
    """The root key that a text is. Raises `Failure`."""
    module = importlib.import_module("jedlik.kms.root_key")
    try:
        key: RootKey = module.RootKey.parse(text)
    except module.RootKeyError as error:
        raise Failure(f"{source}: {error}", USAGE) from error
    return key


def _named(file: Path | None, command: str | None, variable: str | None) -> tuple[Any, ...]:
    return (
        ("--root-key-file", file),
        ("--root-key-command", command),
        (f"the variable {VARIABLE}", variable),
    )


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST).decode("latin-1")
    except OSError as error:
        raise Failure(f"the root key's file {file} cannot be read: {error.strerror}", USAGE) from (
            error
        )


def _output(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  whoever starts the server names the command
            shlex.split(command), stdout=subprocess.PIPE, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, ValueError, IndexError) as error:
        raise Failure(f"--root-key-command cannot be run: {error}", USAGE) from error
    except subprocess.TimeoutExpired as error:
        raise Failure(
            f"--root-key-command printed no key within {_COMMAND_SECONDS:g} seconds", USAGE
        ) from error
    if done.returncode:
        raise Failure(f"--root-key-command ended with exit code {done.returncode}", USAGE)
    return done.stdout.decode("latin-1")
