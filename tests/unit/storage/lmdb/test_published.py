"""The number of published records is one for all processes, and only grows."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jedlik.storage.lmdb.published import FILE, Published, forget


def test_each_sees_what_another_one_publishes(tmp_path: Path) -> None:
    first, second = Published(tmp_path), Published(tmp_path)
    assert first.number == 0
    first.advance(3)
    assert second.number == 3
    second.advance(1 << 60)
    assert first.number == 1 << 60
    first.close()
    assert second.number == 1 << 60
    second.close()


def test_it_does_not_go_back(tmp_path: Path) -> None:
    first, second = Published(tmp_path), Published(tmp_path)
    first.advance(7)
    second.advance(6)
    assert (first.number, second.number) == (7, 7)
    first.close()
    second.close()


def test_of_many_at_once_the_greatest_stays(tmp_path: Path) -> None:
    pages = [Published(tmp_path) for _ in range(4)]

    def advance(place: int) -> None:
        for number in range(place, 2000, len(pages)):
            pages[place].advance(number)

    threads = [threading.Thread(target=advance, args=(place,)) for place in range(len(pages))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert pages[0].number == 1999
    for page in pages:
        page.close()


def test_it_is_kept_for_a_process_that_joins(tmp_path: Path) -> None:
    program = "import os, sys; from pathlib import Path\n"
    program += "from jedlik.storage.lmdb.published import Published\n"
    program += "Published(Path(sys.argv[1])).advance(5); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert done.returncode == -9
    joined = Published(tmp_path)
    assert joined.number == 5
    joined.close()


def test_the_whole_page_is_on_the_disk(tmp_path: Path) -> None:
    """A page that has no place on the disk ends the process that writes to it, once that is
    full."""
    Published(tmp_path).close()
    status = (tmp_path / FILE).stat()
    assert status.st_blocks * 512 >= status.st_size == 4096
    assert status.st_mode & 0o777 == 0o600


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        Published(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_it_can_be_forgotten_and_keeps_its_page(tmp_path: Path) -> None:
    forget(tmp_path)
    assert not (tmp_path / FILE).exists()
    page = Published(tmp_path)
    page.advance(5)
    page.close()
    forget(tmp_path)
    assert (tmp_path / FILE).stat().st_size == 4096
    page = Published(tmp_path)
    assert page.number == 0
    page.close()
