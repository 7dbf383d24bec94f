"""What was probably meant by a wrong command line: a misspelled option, one of another command, or
a directory, URL or port without its option.

Other programs differ in which of these they take as arguments, so people guess.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Final

import click

from jedlik.cli.options import dynamodb_local

_ENGINE: Final = re.compile("postgres(ql)?://").match
_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((\S+)").match
_NAMES_A_PLACE: Final = ("--data", "--engine")
"""Options of `serve` for what some other commands take as the argument PLACE."""
_PLACES: Final = ("place", "places")
"""Names of that argument."""


def unknown_option(error: click.NoSuchOption, given: Sequence[str], serve: click.Command) -> str:
    """The message about an option that does not exist, with what was probably meant."""
    old = dynamodb_local.nearest(given)
    if old is not None:
        return _instead(old[0], old[1])
    context = error.ctx
    by_letter = _by_letter(error, serve)
    if context is not None and context.parent is None:
        name = by_letter or error.option_name
        if _has(serve, name):
            return f"{name} is an option of a command: jedlik serve {name}"
    if context is not None and error.option_name in _NAMES_A_PLACE:
        for argument in context.command.params:
            if isinstance(argument, click.Argument) and argument.name in _PLACES:
                value = _value(error.option_name, given) or "PLACE"
                return (
                    f"No such option '{error.option_name}': its value is an argument here, as in "
                    f"`{context.command_path} {value}`"
                )
    if by_letter is not None:
        return _instead(error.option_name, by_letter)
    if error.possibilities:
        [nearest] = difflib.get_close_matches(error.option_name, error.possibilities, 1, 0.0)
        return _instead(error.option_name, nearest)
    return error.format_message().rstrip(".")


def extra_argument(error: click.UsageError) -> str | None:
    """The message about an argument that belongs to an option; None if it is not such an error."""
    found = _EXTRA(error.message)
    if found is None or error.ctx is None:
        return None
    value = found[1].rstrip(")")
    for option in _options_for(value):
        if _has(error.ctx.command, option):
            return f"Got unexpected extra argument ({value}). Did you mean '{option} {value}'?"
    return None


def _options_for(value: str) -> Iterator[str]:
    """Options to which a value of this form could belong."""
    if _ENGINE(value):
        yield "--engine"
    elif "://" in value:
        yield from ("--endpoint", "--admin")
    elif value.isdecimal():
        yield "--port"
    else:
        yield "--data"


def _instead(given: str, meant: str) -> str:
    return f"No such option '{given}'. Did you mean '{meant}'?"


def _has(command: click.Command, option: str) -> bool:
    return any(option in each.opts for each in command.params)


def _value(option: str, given: Sequence[str]) -> str | None:
    """The value given with an option, as in `--data DIR` or `--data=DIR`."""
    for argument, following in zip(given, [*given[1:], None], strict=True):
        if argument == option:
            return following
        if argument.startswith(f"{option}="):
            return argument.partition("=")[2]
    return None


def _by_letter(error: click.NoSuchOption, serve: click.Command) -> str | None:
    """The first option that begins with the letter of one such as `-p`, as other programs have."""
    if error.ctx is None or error.option_name.startswith("--"):
        return None
    asked = [error.ctx.command, *([serve] if error.ctx.parent is None else [])]
    names = (name for one in asked for each in one.params for name in each.opts)
    return next((name for name in names if name.startswith(f"-{error.option_name[:2]}")), None)
