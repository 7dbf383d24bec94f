"""Translates the command line of DynamoDB Local: `jedlik -port 8000 -inMemory -sharedDb`.

Developer guide, "DynamoDB local usage notes", "Command line options".
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Final

import click

_WITH_VALUE: Final = {"-port": "--port", "-dbPath": "--data"}
_FLAGS: Final = {
    "-inMemory": ("--memory",),
    "-sharedDb": (),
    "-delayTransientStatuses": ("--transition-seconds", "2"),
    "-optimizeDbBeforeStartup": (),
    "-disableTelemetry": (),
    "-help": ("--help",),
}
_CORS: Final = "-cors"
_VERSION: Final = "-version"
_JAR: Final = "-jar"
_OF_JAVA: Final = ("-D", "-X")
_SHAPE: Final = re.compile("-[A-Za-z]{2,}").fullmatch
KNOWN: Final = frozenset((*_WITH_VALUE, *_FLAGS, _CORS, _VERSION))
"""DynamoDB Local's options: one hyphen and several letters, unlike all of Jedlik's."""


def translated(arguments: Sequence[str]) -> list[str] | None:
    """The same arguments for Jedlik; None if they are not DynamoDB Local's. Raises click.UsageError
    for options without a counterpart."""
    arguments = [part for each in arguments for part in _parts(each)]
    if _JAR not in arguments and not KNOWN.intersection(arguments):
        return None
    if _VERSION in arguments:
        return ["version"]
    return ["serve", *_options(arguments)]


def _parts(argument: str) -> list[str]:
    """An argument, or option and value of one like `-port=8000`, which is understood there too."""
    option, separator, value = argument.partition("=")
    return [option, value] if separator and option in _WITH_VALUE else [argument]


def nearest(arguments: Sequence[str]) -> tuple[str, str] | None:
    """An argument that is probably a misspelled option, and that option."""
    import difflib  # noqa: PLC0415  for mistakes alone

    lower = {each.lower(): each for each in KNOWN}
    for argument in arguments:
        if _SHAPE(argument) and argument not in KNOWN:
            for near in difflib.get_close_matches(argument.lower(), lower, 1):
                return argument, lower[near]
    return None


def hint(arguments: Sequence[str]) -> str:
    """The hint after a command line that was translated."""
    return f"these are DynamoDB Local's options; the same here: jedlik {shlex.join(arguments)}"


def _options(arguments: list[str]) -> Iterator[str]:
    given = iter(arguments[1:] if arguments[0] == "serve" else arguments)
    for argument in given:
        if argument in _WITH_VALUE:
            value = next(given, None)
            if value is None:
                raise click.UsageError(f"{argument} needs a value")
            yield from (_WITH_VALUE[argument], value)
        elif argument in _FLAGS:
            yield from _FLAGS[argument]
        elif argument == _CORS:
            raise click.UsageError(
                "-cors has no counterpart: pages from this machine may ask, and no others"
            )
        elif argument == _JAR:
            next(given, None)
        elif not argument.startswith(_OF_JAVA):
            yield argument
