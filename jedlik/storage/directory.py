"""The data directory: who owns it, its format, and who may have it open.

    DIR/format        "jedlik data, format 5\n", or 4 where the data is encrypted; written aside,
                      flushed and renamed into place
    DIR/lock          flock'ed exclusively by the server's main process while it runs; holds
                      the name of this run, drawn by that process (16 bytes), and its number
                      (in digits, for people; older servers write none)
    DIR/workers.lock  flock'ed for sharing by each worker process
    DIR/store/        format 5: the engine's files (see `lmdb`)
    DIR/sealed/       format 4: the engine's files (see `sealed_file`)
    DIR/key           format 4: the database key, wrapped (see `key_file`)
    DIR/new           until the engine has been opened for the first time (see `completeness`)

Formats 1 and 2 are older, plain and encrypted: the same files, but no due work in the store.
Format 3 is plain, and what was committed is in LMDB's file alone, without a log. When such a
directory is opened its format becomes 5 or 4, so that no older Jedlik writes to it again; the
server adds what the store lacks (see `background.upgrade`).

A server's main process opens the directory once; its worker processes join it and share the store.
A second server is kept out by `lock`, and by `workers.lock` while a worker of an earlier server is
left, which may have another version. The kernel releases both locks when the process ends in any
way, so nothing ever has to be cleaned up by hand.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import time
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
from jedlik.storage.disk import ASIDE, give_to_owner, make_directory, replace_file, sync_directory
from jedlik.storage.failures import DataDirectoryError

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

PLAIN_FORMAT: Final = 5
ENCRYPTED_FORMAT: Final = 4
_UPGRADES: Final = {1: PLAIN_FORMAT, 2: ENCRYPTED_FORMAT, 3: PLAIN_FORMAT}
_ENCRYPTED: Final = (2, ENCRYPTED_FORMAT)
FORMAT: Final = PLAIN_FORMAT
"""The newest version of everything that is stored: key layouts, stored items, engines' files."""

_OURS: Final = frozenset(
    (
        *(LOCK, WORKERS_LOCK, PLAIN),
        *(name + end for name in (FORMAT_FILE, NEW, SEALED, KEY) for end in ("", ASIDE)),
    )
)
_IGNORED: Final = frozenset(("lost+found", ".DS_Store"))
_SCHEMES: Final = frozenset(("postgresql:", "postgres:", "file:"))
"""What a URL begins with, as part of a path."""
_FORMAT_LINE: Final = re.compile(rb"jedlik data, format ([1-9][0-9]{0,8})\n\Z")
_MAX_FORMAT_SIZE: Final = 64
_RUN_SIZE: Final = 16
_MAX_NUMBER_SIZE: Final = 9
"""Of a process: more than any system uses, and no more than `kill` takes."""
_WAIT: Final = 3.0
_PAUSE: Final = 0.02


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
        return self.format in _ENCRYPTED

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
        _write_format(self.path, version)
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
        check_complete(path, _read_format(path))
        _check_owner(path)
        lock = _open_lock(path / LOCK)
        try:
            if not _flock(lock, fcntl.LOCK_EX):
                raise DataDirectoryError(
                    f"{_in_use(path, lock)}; stop that one or use another directory"
                )
            _await_workers(path, _open_lock(path / WORKERS_LOCK), clock or SystemClock())
            _remove_unfinished(path)
            version = _check_format(path)
            if version in _UPGRADES:
                version = _UPGRADES[version]
                _write_format(path, version)
            if version == PLAIN_FORMAT:
                _make(path / PLAIN)
        except BaseException:
            os.close(lock)
            raise
        directory = cls(path, lock, version)
        directory.run = _name_run(lock)
        return directory

    @classmethod
    def join(cls, path: Path) -> DataDirectory:
        """Share a directory that the server's main process holds open; for its workers."""
        path = path.absolute()
        check_name(path)
        check_files(path)
        if _read_format(path) is None:
            raise DataDirectoryError(f"{path} holds no Jedlik data")
        version = _check_format(path)
        if not (path / LOCK).exists():
            raise DataDirectoryError(f"no Jedlik server has {path} open")
        lock = _open_lock(path / WORKERS_LOCK)
        main = -1
        try:
            # First the workers' lock, so that no new main process comes in between.
            if not _flock(lock, fcntl.LOCK_SH):
                raise DataDirectoryError(f"{path} is being opened by another Jedlik server")
            main = _open_lock(path / LOCK)
            if _flock(main, fcntl.LOCK_SH):
                raise DataDirectoryError(f"no Jedlik server has {path} open")
            run = os.pread(main, _RUN_SIZE, 0).decode("ascii", "replace")
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
        version = _read_format(path)
        check_complete(path, version)
        if version is None:
            raise DataDirectoryError(f"{path} holds no Jedlik data")
        lock: int | None = None
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(path / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        if lock is not None and not _flock(lock, fcntl.LOCK_SH):
            text = _in_use(path, lock)
            os.close(lock)
            raise DataDirectoryError(text)
        return cls(path, lock, version)

    def await_workers(self) -> None:
        """Wait, up to three seconds, until no worker process of an earlier server is left."""
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(self.path / WORKERS_LOCK, os.O_RDONLY | os.O_CLOEXEC)
            _await_workers(self.path, lock, SystemClock())

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
        raise _unusable(path, error) from error
    check_files(path.absolute())
    version = _read_format(path.absolute())
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
        raise _unusable(path, error) from error


def _check_owner(path: Path) -> None:
    """Refuse a directory that has no format file but other files, which are not ours."""
    try:
        names = {entry.name for entry in path.iterdir()} - _IGNORED
    except OSError as error:
        raise _unusable(path, error) from error
    foreign = names - _OURS
    if foreign and FORMAT_FILE not in names:
        raise DataDirectoryError(
            f"{path} holds other files ({min(foreign)}) and no Jedlik data; "
            "name an empty or a new directory"
        )


def _check_format(path: Path) -> int:
    version = _read_format(path)
    check_complete(path, version)
    if version is None:
        version = PLAIN_FORMAT
        _begin(path)
        _write_format(path, version)
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
        raise _unusable(path, error) from error


def _remove_unfinished(path: Path) -> None:
    try:
        remove_unfinished(path)
    except OSError as error:
        raise _unusable(path, error) from error


def _read_format(path: Path) -> int | None:
    file = path / FORMAT_FILE
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FORMAT_SIZE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from error
    match = _FORMAT_LINE.match(content)
    if match is None:
        raise DataDirectoryError(f"{file} was not written by Jedlik; name another directory")
    return int(match[1])


def _write_format(path: Path, version: int) -> None:
    try:
        replace_file(path / FORMAT_FILE, b"jedlik data, format %d\n" % version)
    except OSError as error:
        raise _unusable(path, error) from error


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path.parent, error) from error


def _name_run(lock: int) -> str:
    """Write the name of this run into the lock file, for the workers that join it."""
    run = os.urandom(_RUN_SIZE // 2).hex()
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{run} {os.getpid()}\n".encode(), 0)
    return run


def _in_use(path: Path, lock: int) -> str:
    """Why a directory cannot be opened, with the process that has it, if that can be found: a
    server in the background may belong to a terminal that was closed long ago."""
    text = f"{path} is in use by another Jedlik server"
    written = os.pread(lock, _MAX_NUMBER_SIZE, _RUN_SIZE).strip()
    number = int(written) if written.isdigit() else 0
    if number <= 1:  # unknown, or a container's own count
        return text
    with contextlib.suppress(PermissionError):
        try:
            os.kill(number, 0)
        except ProcessLookupError:  # it counts in another container
            return text
    return f"{text} (process {number})"


def _flock(descriptor: int, operation: int) -> bool:
    """Whether the lock was free."""
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise DataDirectoryError(
            f"the file system cannot lock files ({error.strerror}); use a local directory"
        ) from error
    return True


def _await_workers(path: Path, lock: int, clock: Clock) -> None:
    """Wait until no worker of an earlier server is left; closes their lock."""
    try:
        end = clock.monotonic() + _WAIT
        while not _flock(lock, fcntl.LOCK_EX):
            if clock.monotonic() >= end:
                raise DataDirectoryError(
                    f"worker processes of an earlier Jedlik server still use {path}; end them first"
                )
            time.sleep(_PAUSE)
    finally:
        os.close(lock)


def _unusable(path: Path, error: OSError) -> DataDirectoryError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return DataDirectoryError(f"{path} is not writable for this user: {error.strerror}")
    if error.errno == errno.EROFS:
        return DataDirectoryError(f"{path} is on a file system that is mounted read-only")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataDirectoryError(f"there is no room left for {path}: {error.strerror}")
    return DataDirectoryError(f"{path} cannot be used: {error.strerror}")
