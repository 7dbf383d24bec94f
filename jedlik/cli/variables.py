"""The environment variables that Jedlik knows, and warnings of others that look like them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click

from jedlik.cli import exits

PREFIX: Final = "JEDLIK_"
_BEYOND_OPTIONS: Final = frozenset(("JEDLIK_ROOT_KEY",))
"""Variables that belong to no option of `serve`."""
_TESTS: Final = "JEDLIK_TEST_"
"""The prefix of the variables of Jedlik's own test suite."""


def known_variables(command: click.Command) -> set[str]:
    """The variables that a command takes."""
    options = {str(each.envvar) for each in command.params if each.envvar}
    return options | _BEYOND_OPTIONS


def warn_of_unknown_variables(environment: Mapping[str, str]) -> None:
    """Warn of variables that were probably meant for the command, but that it does not know."""
    known = known_variables(click.get_current_context().command)
    for name in sorted(environment):
        if name.startswith(PREFIX) and not name.startswith(_TESTS) and name not in known:
            import difflib  # noqa: PLC0415  for mistakes alone

            near = difflib.get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]}?" if near else ""
            exits.complain(f"the variable {name} is unknown and ignored{meant}")
