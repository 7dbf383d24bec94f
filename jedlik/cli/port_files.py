"""Files with the ports of a server, for programs that start it with `--port 0`.

They exist only while the server answers.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple

from jedlik.cli import exits
from jedlik.storage.disk import open_new


class PortFiles(NamedTuple):
    """The files for the port and the admin port, if the options name them."""

    port: Path | None
    admin: Path | None

    def prepare(self) -> None:
        """Remove those of an earlier server, which no client that waits for them must find. Raises
        `exits.Failure`, also for directories that are missing: said once the server answers, this
        would come too late."""
        for file in self:
            if file is not None and not file.parent.is_dir():
                raise _unwritable(file, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
        self.remove()

    def write(self, port: int, admin_port: int | None) -> None:
        """Write them. Raises `exits.Failure`."""
        if self.admin is not None and admin_port is not None:
            write(self.admin, admin_port)
        if self.port is not None:
            write(self.port, port)

    def remove(self) -> None:
        """Remove them, if they exist. Raises `exits.Failure`."""
        for file in self:
            if file is not None:
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    raise _unwritable(file, error) from error


def write(file: Path, port: int) -> None:
    """Write a file so that it appears complete. Raises `exits.Failure`."""
    new = file.with_name(f"{file.name}.new")
    try:
        with open_new(new, 0o666) as stream:  # the directory may be one for all users
            stream.write(b"%d\n" % port)
        new.replace(file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(file: Path, error: OSError) -> exits.Failure:
    return exits.Failure(
        f"the file for the port, {file}, cannot be written: {error.strerror}", exits.USAGE
    )
