"""Options that can come from the environment too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[FunctionT], FunctionT]:
    """An option with its environment variable: `--access-key` and JEDLIK_ACCESS_KEY."""
    first = name.partition("/")[0].removeprefix("--")
    variable = f"JEDLIK_{first.replace('-', '_').upper()}"
    return click.option(name, envvar=variable, show_envvar=True, **attributes)


def options(*added: Callable[[Any], Any]) -> Callable[[FunctionT], FunctionT]:
    """Options that several commands share, or that belong together, in the order of the help."""

    def add(function: FunctionT) -> FunctionT:
        for each in reversed(added):
            function = each(function)
        return function

    return add
