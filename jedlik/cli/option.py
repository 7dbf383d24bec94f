"""Options that can come from the environment too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def option(name: str, **attributes: Any) -> Callable[[FunctionT], FunctionT]:
    """An option with its environment variable: `--access-key` and JEDLIK_ACCESS_KEY."""
    variable = f"JEDLIK_{name.removeprefix('--').replace('-', '_').upper()}"
    return click.option(name, envvar=variable, show_envvar=True, **attributes)
