"""An open data directory: taken by a server, joined by its workers, or only read."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jedlik.base.clock import Clock, SystemClock
from jedlik.storage.completeness import (
    FORMAT_FILE,
    KEY,
    LOCK,
    NEW,
    PLAIN,
    SEALED,
    WORKERS_LOCK,
    check_complete,
    check_files,
    remove_unfinished,
)
from jedlik.storage.directory.format_file import (
    ENCRYPTED,
    FORMAT,
    PLAIN_FORMAT,
    UPGRADES,
    read_format,
    write_format,
)
from jedlik.storage.directory.locks import (
    await_workers,
    flock,
    in_use,
    name_run,
    open_lock,
    run_name,
)
from jedlik.storage.directory.unusable import unusable
from jedlik.storage.disk import ASIDE, give_to_owner, make_directory, replace_file, sync_directory
from jedlik.storage.failures import DataDirectoryError

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

_OURS: Final = frozenset(
    (
        *(LOCK, WORKERS_LOCK, PLAIN),
        *(name + end for name in (FORMAT_FILE, NEW, SEALED, KEY) for end in ("", ASIDE)),
    )
)
_IGNORED: Final = frozenset(("lost+found", ".DS_Store"))
_SCHEMES: Final = frozenset(("postgresql:", "postgres:", "file:"))
"""What a URL begins with, as part of a path."""


class DataDirectory:
    """An open data directory. Every problem is a `DataDirectoryError` that says what to do."""

    def __init__(self, path: Path, lock: int | None, version: int) -> None:
        self.path = path
        self.plain = path / PLAIN
        """The engine's files in the plain format."""
        self.sealed = path / SEALED
        """The engine's files in the encrypted format."""
        self.format = version
        self.run = ""
        """The name of this run, which all processes that use the directory share."""
        self._lock = lock

    @property
    def encrypted(self) -> bool:
        """Whether the data is encrypted."""
        return self.format in ENCRYPTED

    def must_open_with(self, root_key: RootKey | None) -> None:
        """Raise DataDirectoryError if the data is encrypted and there is no root key."""
        if self.encrypted and root_key is None:
            raise DataDirectoryError(
                f"{self.path} is encrypted: give its root key (--root-key-file, "
                "--root-key-command or the variable JEDLIK_ROOT_KEY)"
            )

    @property
    def store(self) -> Path:
        """The engine's files in the present format."""
        return self.sealed if self.encrypted else self.plain

    def mark_complete(self) -> None:
        """Note that the directory is complete: its engine has created its files."""
        new = self.path / NEW
        if new.exists():
            new.unlink(missing_ok=True)
            sync_directory(self.path)

    def set_format(self, version: int) -> None:
        """Change the format of the directory durably."""
        write_format(self.path, version)
        self.format = version

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None) -> DataDirectory:
        """Take the directory for this process, the server's main one; make it if it is missing.

        Waits up to three seconds for the worker processes of a server that has just died.
        """
        path = path.absolute()
        check_name(path)
        _make(path)
        check_files(path)
        check_complete(path, read_format(path))
        _check_owner(path)
        lock = open_lock(path / LOCK)
        try:
            if not flock(lock, fcntl.LOCK_EX):
                raise DataDirectoryError(
                    f"{in_use(path, lock)}; stop that one or use another directory"
                )
            await_workers(path, open_lock(path / WORKERS_LOCK), clock or SystemClock())
            _remove_unfinished(path)
            version = _check_format(path)
            if version in UPGRADES:
                version = UPGRADES[version]
                write_format(path, version)
            if version == PLAIN_FORMAT:
                _make(path / PLAIN)
        except BaseException:
            os.close(lock)
            raise
        directory = cls(path, lock, version)
        directory.run = name_run(lock)
        return directory

    @classmethod
    def join(cls, path: Path) -> DataDirectory:
        """Share a directory that the server's main process holds open; for its workers."""
        path = path.absolute()
        check_name(path)
        check_files(path)
        if read_format(path) is None:
            raise DataDirectoryError(f"{path} holds no Jedlik data")
        version = _check_format(path)
        if not (path / LOCK).exists():
            raise DataDirectoryError(f"no Jedlik server has {path} open")
        lock = open_lock(path / WORKERS_LOCK)
        main = -1
        try:
            # First the workers' lock, so that no new main process comes in between.
            if not flock(lock, fcntl.LOCK_SH):
                raise DataDirectoryError(f"{path} is being opened by another Jedlik server")
            main = open_lock(path / LOCK)
            if flock(main, fcntl.LOCK_SH):
                raise DataDirectoryError(f"no Jedlik server has {path} open")
            run = run_name(main)
        except BaseException:
            os.close(lock)
            raise
        finally:
            if main >= 0:
                os.close(main)
        directory = cls(path, lock, version)
        directory.run = run
        return directory

    @classmethod
    def open_read_only(cls, path: Path) -> DataDirectory:
        """Read a directory that cannot be written to, such as a backup's; nothing in it changes.

        If its lock is there, it is held as readers do, so that no server begins to write.
        """
        path = path.absolute()
        check_name(path)
        check_files(path)
        version = read_format(path)
        check_complete(path, version)
        if version is None:
            raise DataDirectoryError(f"{path} holds no Jedlik data")
        lock: int | None = None
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(path / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        if lock is not None and not flock(lock, fcntl.LOCK_SH):
            text = in_use(path, lock)
            os.close(lock)
            raise DataDirectoryError(text)
        return cls(path, lock, version)

    def await_workers(self) -> None:
        """Wait, up to three seconds, until no worker process of an earlier server is left."""
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(self.path / WORKERS_LOCK, os.O_RDONLY | os.O_CLOEXEC)
            await_workers(self.path, lock, SystemClock())

    def must_be_idle(self) -> None:
        """Raise DataDirectoryError if a server may have opened the directory while it was read: one
        without a lock, which nothing kept from it."""
        if self._lock is None and (self.path / LOCK).exists():
            raise DataDirectoryError(f"a Jedlik server has opened {self.path} meanwhile")

    def close(self) -> None:
        """Release the directory. Its engine must have been closed before."""
        if self._lock is not None:
            with contextlib.suppress(OSError):  # nothing is lost without it
                give_to_owner(self.path)
            os.close(self._lock)
            self._lock = None


def holds_data(path: Path) -> bool:
    """Whether this is a data directory, of any format. Raises as `open` does."""
    try:
        if not path.is_dir():
            return False
    except OSError as error:
        raise unusable(path, error) from error
    check_files(path.absolute())
    version = read_format(path.absolute())
    check_complete(path.absolute(), version)
    return version is not None


def check_name(path: Path) -> None:
    """Raise DataDirectoryError for a name that is not UTF-8: neither LMDB nor SQLite opens it. And
    for a URL: data in a directory `postgresql:` would be missed where it was meant to be."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise DataDirectoryError(f"the name of {path} is not UTF-8; use another") from error
    if _SCHEMES.intersection(path.parts):
        raise DataDirectoryError(
            f"{path} is a URL and not a directory; `jedlik serve` takes a shared engine by --engine"
        )


def _make(path: Path) -> None:
    try:
        make_directory(path)
    except FileExistsError as error:
        raise DataDirectoryError(f"{path} is not a directory") from error
    except NotADirectoryError as error:
        raise DataDirectoryError(f"{path} lies below something that is not a directory") from error
    except OSError as error:
        raise unusable(path, error) from error


def _check_owner(path: Path) -> None:
    """Refuse a directory that has no format file but other files, which are not ours."""
    try:
        names = {entry.name for entry in path.iterdir()} - _IGNORED
    except OSError as error:
        raise unusable(path, error) from error
    foreign = names - _OURS
    if foreign and FORMAT_FILE not in names:
        raise DataDirectoryError(
            f"{path} holds other files ({min(foreign)}) and no Jedlik data; "
            "name an empty or a new directory"
        )


def _check_format(path: Path) -> int:
    version = read_format(path)
    check_complete(path, version)
    if version is None:
        version = PLAIN_FORMAT
        _begin(path)
        write_format(path, version)
    elif version > FORMAT:
        raise DataDirectoryError(
            f"{path} has data format {version}, made by a newer Jedlik; "
            f"this one knows formats up to {FORMAT}"
        )
    return version


def _begin(path: Path) -> None:
    """Mark the directory as one that is being created."""
    try:
        replace_file(path / NEW, b"")
    except OSError as error:
        raise unusable(path, error) from error


def _remove_unfinished(path: Path) -> None:
    try:
        remove_unfinished(path)
    except OSError as error:
        raise unusable(path, error) from error
