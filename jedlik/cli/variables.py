"""The environment variables that Jedlik knows, and those that only look like it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from jedlik.cli import exits

PREFIX: Final = "JEDLIK_"
_BEYOND_OPTIONS: Final = frozenset(("JEDLIK_ROOT_KEY",))
"""Those that are no option's of `serve`."""
_TESTS: Final = "JEDLIK_TEST_"
"""What the variables of Jedlik's own test suite begin with."""


def known_variables(command: click.Command) -> set[str]:
    """The variables that a command takes."""
    options = {str(each.envvar) for each in command.params if each.envvar}
    return options | _BEYOND_OPTIONS


def warn_of_unknown_variables(environment: Mapping[str, str]) -> None:
    """Name variables that were probably meant for the running command and that it does not know."""
    known = known_variables(click.get_current_context().command)
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(_TESTS) and name not in known:
            import difflib  # noqa: PLC0415  for mistakes alone

            near = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            exits.complain(f"the variable {name} means nothing here and is ignored{meant}")
