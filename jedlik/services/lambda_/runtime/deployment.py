"""Where a function's code is on this machine.

A deployment package is unpacked once, into a temporary directory that is then renamed after its
content, so that several processes may do it concurrently. A directory is used as it is; its *state*
(the newest change of its files) distinguishes warm processes from those with old code, so that an
edited handler is used from the next event on.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jedlik.services.lambda_.errors import InvalidParameterValueException, InvalidZipFileException
from jedlik.services.lambda_.runtime.short_lived import ShortLivedDirectory

MAX_UNZIPPED: Final = 262_144_000
"""Bytes of all files (Lambda quotas: "Deployment package size")."""

_MAX_LOOKED_AT: Final = 5_000
_SIGNATURE: Final = b"PK"
"""What zips begin with. Archives with anything before it are refused: if that were the first byte
of sealed values, the two could not be distinguished (see `sealing.open_rings`).
"""
_NOT_CODE: Final = frozenset(("__pycache__", ".git", ".venv", "node_modules"))


def sha256_of(data: bytes) -> str:
    """CodeSha256: base64 of the hash."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode("ascii")


def check_package(package: bytes) -> None:
    """Raise InvalidParameterValueException unless this is a zip that can be unpacked."""
    try:
        if not package.startswith(_SIGNATURE):
            raise zipfile.BadZipFile
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            size = sum(each.file_size for each in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    if size > MAX_UNZIPPED:
        raise InvalidParameterValueException(
            f"Unzipped size must be smaller than {MAX_UNZIPPED} bytes"
        )


def check_directory(path: str) -> None:
    """Raise InvalidParameterValueException unless this is a directory that can be read."""
    if not (path.startswith("/") and os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK)):  # noqa: PTH112
        raise InvalidParameterValueException(
            f"Error occurred while looking for the code: {path} is not the absolute path of a "
            "directory that the server can read."
        )


def state_of(directory: Path) -> int:
    """A number that changes when a file of the directory does."""
    newest = count = 0
    for entry in _files(directory):
        with contextlib.suppress(OSError):
            newest = max(newest, entry.stat().st_mtime_ns)
        count += 1
        if count >= _MAX_LOOKED_AT:
            break
    return hash((newest, count))


def _files(directory: Path | str) -> Iterator[os.DirEntry[str]]:
    try:
        entries = list(os.scandir(directory))
    except OSError:
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield entry
        elif entry.is_dir(follow_symlinks=False) and entry.name not in _NOT_CODE:
            yield from _files(entry.path)


def _in_memory() -> Path | None:
    """A directory for files in memory only; None if the system has none."""
    shared = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a directory of the user's own in it
    usable = shared.is_dir() and os.access(shared, os.W_OK) and not _is_without_code(shared)
    return shared if usable else None


def _is_without_code(place: Path) -> bool:
    """Whether libraries cannot be loaded from this directory."""
    return bool(os.statvfs(place).f_flag & getattr(os, "ST_NOEXEC", 0))


class Packages:
    """Unpacked packages, in a directory of the server's or in one that is removed with it."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory
        self._temporary: ShortLivedDirectory | None = None

    def root(self) -> Path:
        """Where functions' files are kept; made at the first call."""
        if self._directory is not None:
            self._directory.mkdir(mode=0o700, exist_ok=True)
            return self._directory
        if self._temporary is None:
            parent = _in_memory() or Path(tempfile.gettempdir())
            self._temporary = ShortLivedDirectory(parent)
        return self._temporary.path

    def place_of(self, package_sha256: str) -> Path:
        """Where a package with this hash (base64) is unpacked."""
        return self.root() / "code" / base64.b64decode(package_sha256).hex()

    def unpack(self, package: bytes, package_sha256: str) -> Path:
        """Unpack a package, unless that is done. Raises InvalidZipFileException."""
        place = self.place_of(package_sha256)
        if place.is_dir():
            return place
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=place.parent, prefix="new-"))
        try:
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(aside)
            with contextlib.suppress(OSError):  # another process may have been first
                aside.rename(place)
        except Exception as error:  # an archive may cause more errors than are documented
            # A system error without its path, which is the server's.
            why = error.strerror if isinstance(error, OSError) else error
            raise InvalidZipFileException(
                f"Lambda could not unzip the deployment package: {why}"
            ) from error
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return place

    def close(self) -> None:
        """Remove what must not outlive the server."""
        if self._temporary is not None:
            self._temporary.close()
            self._temporary = None
