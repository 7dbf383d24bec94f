"""The root key, from a file, a command's output, or the environment."""

from __future__ import annotations

import importlib
import os
import select
import shlex
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from jedlik.cli.exits import USAGE, Failure
from jedlik.cli.options.option import FunctionT, option

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

VARIABLE: Final = "JEDLIK_ROOT_KEY"
_COMMAND_SECONDS: Final = 60.0
_MAX_BYTES: Final = 4096
"""Bytes that are read of a file: a key has about 64, and a wrong file may be large."""


_FORM: Final = (
    "32 bytes as 64 hexadecimal digits or in base64. "
    f"Alternatively, the variable {VARIABLE} may hold the key itself."
)
_from_command = option(
    "--root-key-command",
    metavar="COMMAND",
    help="Take the root key from the output of this command, such as a vault's client. It is run "
    "without a shell.",
)


def root_key_options(function: FunctionT) -> FunctionT:
    """Adds the options to a command that encrypts plain data."""
    return _from_file(
        f"Encrypt the data under the root key in this file: {_FORM} Data that is still plain is "
        "encrypted at start-up."
    )(_from_command(function))


def opening_root_key_options(function: FunctionT) -> FunctionT:
    """Adds the options to a command that leaves plain data plain."""
    return _from_file(
        f"Open encrypted data with the root key in this file: {_FORM} Plain data stays plain."
    )(_from_command(function))


def _from_file(help_text: str) -> Callable[[FunctionT], FunctionT]:
    return option(
        "--root-key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=help_text,
    )


def root_key(options: dict[str, Any]) -> RootKey | None:
    """The root key in the options, which are removed, or in the environment. Raises `Failure` with
    one line that never shows the key."""
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
    """Whether a file is within the data directory that it protects."""
    return file.resolve().is_relative_to(directory.resolve())


def parsed(text: str, source: str) -> RootKey:
    """The root key in a text. Raises `Failure`."""
    module = importlib.import_module("jedlik.crypto.root_key")
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
            return stream.read(_MAX_BYTES).decode("latin-1")
    except OSError as error:
        raise Failure(f"the root key's file {file} cannot be read: {error.strerror}", USAGE) from (
            error
        )


def _output(command: str) -> str:
    """The output of a command, which is killed if it prints more than `_MAX_BYTES` or takes too
    long."""
    end = time.monotonic() + _COMMAND_SECONDS
    with _started(command) as process:
        try:
            printed = _read_until(process, end)
            code = process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            raise Failure(
                f"--root-key-command printed no key within {_COMMAND_SECONDS:g} seconds", USAGE
            ) from error
        finally:
            process.kill()
    if code:
        raise Failure(f"--root-key-command ended with exit code {code}", USAGE)
    return printed.decode("latin-1")


def _read_until(process: subprocess.Popen[bytes], end: float) -> bytes:
    """The output until it is closed, read until the time `end`. Raises `TimeoutExpired` and
    `Failure`. Later than that nothing waits for the pipe, which a process that the command started
    may hold open."""
    assert process.stdout is not None
    pipe = process.stdout.fileno()
    printed = b""
    while select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
        piece = os.read(pipe, _MAX_BYTES)
        printed += piece
        if not piece:
            return printed
        if len(printed) > _MAX_BYTES:
            raise Failure("--root-key-command prints more than a key", USAGE)
    raise subprocess.TimeoutExpired(process.args, _COMMAND_SECONDS)


def _started(command: str) -> subprocess.Popen[bytes]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Failure(f"--root-key-command cannot be run: {error}", USAGE) from error
    if not words:
        raise Failure("--root-key-command is empty", USAGE)
    try:
        return subprocess.Popen(words, stdout=subprocess.PIPE)  # noqa: S603  it is the starter's
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Failure(f"--root-key-command cannot be run: {words[0]}: {why}", USAGE) from error
