"""How to install a library that only some uses of Jedlik need."""

from __future__ import annotations


def install(extra: str) -> str:
    """The command for the libraries of one of the package's extras, for the end of a message.

    A clone's environment has no package of the name `jedlik` after `make serve`, so pip would look
    for it elsewhere; `make venv` installs the libraries of all extras.
    """
    return f"pip install 'jedlik[{extra}]', or in a clone: make venv"
