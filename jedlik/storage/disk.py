"""Files on the disk: opened safely, made durable, and their errors in words."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from jedlik.base.limits import MIB
from jedlik.storage.failures import StorageFull

NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
NEARLY_FULL: Final = 64 * 1024 * 1024
"""When the disk is nearly full, the system may cut a write short, which stores report as an
input/output error. With less room than this (more than a batch of tasks writes), such an error
means a full disk, not a broken one."""

ASIDE: Final = ".new"
"""The end of the names under which files and folders are made before they replace others."""

RESERVED: Final = 20
"""This part of the disk is its reserve: copies of tables (backups, restores, exports, imports) wait
until more is left, so that those who may make them cannot stop all writes."""
MAX_RESERVE: Final = 1024 * MIB


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Add the file's name to an OSError, which errors of writes lack."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def in_words(error: OSError) -> str:
    """An error of a file in words; for a full disk with advice."""
    if error.errno in NO_ROOM:
        return f"there is no room left for {error.filename}: make room, or use another disk"
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)


def open_new(path: Path, mode: int = 0o600) -> BinaryIO:
    """A new file to write and read, which replaces any file with that name. An existing file is
    never written to: it could be a link, or belong to another user of the directory."""
    path.unlink(missing_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with about(path):
        return os.fdopen(os.open(path, flags, mode), "w+b")


def open_own(path: Path) -> BinaryIO:
    """A file of our own, to read and write. Raises PermissionError if it is a link or belongs to
    another user, except the directory's owner: they could replace it anyway, and on some mounts all
    files belong to one user.
    """
    refused = PermissionError(
        errno.EPERM, "this is a link, or belongs to another user; remove it", str(path)
    )
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise refused from error
        raise
    found = os.fstat(descriptor)
    owners = (os.geteuid(), path.parent.stat().st_uid)
    if not stat.S_ISREG(found.st_mode) or found.st_uid not in owners or found.st_nlink > 1:
        os.close(descriptor)
        raise refused
    return os.fdopen(descriptor, "r+b")


def room(file: Path) -> int:
    """Bytes by which a file can still grow, if the system says so."""
    disk = os.statvfs(file.parent)
    left = disk.f_bavail * disk.f_frsize
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit != resource.RLIM_INFINITY:
        size = file.stat().st_size if file.exists() else 0
        left = min(left, limit - size)
    return left


def check_reserve(directory: Path) -> None:
    """Raise StorageFull if the disk has no more than its reserve left."""
    disk = os.statvfs(directory)
    reserve = min(MAX_RESERVE, disk.f_blocks * disk.f_frsize // RESERVED)
    if disk.f_bavail * disk.f_frsize < reserve:
        raise StorageFull(f"the last {reserve / MIB:.0f} MiB of the disk are kept for requests")


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot, and need not
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a directory and its missing parents, durably: every new name is on the disk."""
    missing = [path]
    while not missing[-1].parent.exists():
        missing.append(missing[-1].parent)
    for directory in reversed(missing):
        directory.mkdir(mode=0o700, exist_ok=True)
        sync_directory(directory.parent)


def replace_file(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file durably: readers find either the old or the new one. To be called by one
    process at a time, since the temporary file has a fixed name."""
    new = file.with_name(file.name + ASIDE)
    with open_new(new, mode) as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
    sync_directory(file.parent)


def give_to_owner(directory: Path) -> None:
    """Give what root made in another user's directory to that user. A server that runs as this user
    could not open it otherwise, after one command that an administrator ran as root. A file with
    several names is left as it is: this user may have linked one of root's own into the directory.
    """
    owner = directory.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    # Resolved, since the walk follows no link: /var/lib/jedlik is one where systemd made it.
    for _, folders, files, at in os.fwalk(directory.resolve()):
        for name in (*folders, *files):
            # A link is not followed, and what else refuses to be opened stays as it is.
            with contextlib.suppress(OSError), _opened(name, at) as descriptor:
                found = os.fstat(descriptor)
                single = stat.S_ISREG(found.st_mode) and found.st_nlink == 1
                if found.st_uid == 0 and (single or stat.S_ISDIR(found.st_mode)):
                    os.fchown(descriptor, owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def _opened(name: str, at: int) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=at)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def append_line(descriptor: int, line: bytes) -> None:
    """Append a line to a file that is open for reading and appending, by one write if the disk has
    room. A last line that was cut off by a full disk is ended first, so that only it is lost.
    Raises OSError."""
    size = os.fstat(descriptor).st_size
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def keep_to_ourselves(directory: Path) -> None:
    """Keep the open files of a directory from processes that this one starts. For libraries that
    open files without O_CLOEXEC: the process of a function could write to the files that it
    inherits."""
    ours = set(_identities(directory))
    for entry in list(Path("/dev/fd").iterdir()):
        descriptor = int(entry.name)
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is closed by now
            opened = os.fstat(descriptor)
            if (opened.st_dev, opened.st_ino) in ours:
                os.set_inheritable(descriptor, False)


def _identities(directory: Path) -> Iterator[tuple[int, int]]:
    """Device and inode of each file, without those that another process removes meanwhile."""
    for file in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):
            found = file.stat()
            yield found.st_dev, found.st_ino
