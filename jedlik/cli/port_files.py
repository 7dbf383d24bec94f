"""The file that a server's port is written to once it answers."""

from __future__ import annotations

from pathlib import Path

from jedlik.cli import exits


def write_port(file: Path, port: int) -> None:
    """Write it, so that readers find all of it or nothing. Raises `exits.Failure`."""
    new = file.with_name(f"{file.name}.new")
    try:
        new.write_text(f"{port}\n")
        new.replace(file)
    except OSError as error:
        raise exits.Failure(
            f"the file for the port, {file}, cannot be written: {error.strerror}", exits.USAGE
        ) from error
