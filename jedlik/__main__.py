"""`python -m jedlik`: the same as the command `jedlik`.

In a clone, whose commands no installer has checked, Python may be too old or lack the dependencies.
"""

import importlib.util
import sys

from jedlik.cli import main


def _missing() -> str:
    """What this Python lacks to run Jedlik, and what to do; empty if it lacks nothing."""
    if sys.version_info < (3, 11):  # noqa: UP036  in a clone, no installer has checked it
        have = ".".join(map(str, sys.version_info[:3]))
        return f"Python 3.11 or newer is needed, and {sys.executable} is {have}"
    if importlib.util.find_spec("click") is None:
        return (
            f"{sys.executable} does not have the packages that Jedlik needs; `make serve` installs "
            "them into .venv and starts the server, `pip install .` installs them here"
        )
    return ""


if __name__ == "__main__":
    lacking = _missing()
    if lacking:
        print(f"jedlik: {lacking}", file=sys.stderr)
        sys.exit(1)
    main()
