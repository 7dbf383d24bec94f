"""Which processes have ended, on one machine and on several."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from jedlik.kernel.leases import acquire
from jedlik.kernel.processes import AnyMachine, OneServer
from jedlik.storage.directory.data_directory import DataDirectory
from jedlik.storage.open import StorageSettings, open_storage


def test_processes_of_a_shared_engine_may_always_be_there() -> None:
    assert AnyMachine().owner("id") == "id"
    assert not AnyMachine().is_gone("id")
    assert not AnyMachine().is_gone("run/1/id")


def test_a_process_of_this_run_is_gone_when_it_has_ended() -> None:
    processes = OneServer("run")
    assert not processes.is_gone(processes.owner("id"))
    assert not processes.is_gone("run/1/id")  # somebody else's process, and there
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert processes.is_gone(f"run/{child.pid}/id")


def test_whatever_is_not_of_this_run_is_gone() -> None:
    processes = OneServer("run")
    assert processes.is_gone(f"earlier/{os.getpid()}/id")
    assert processes.is_gone("an id as earlier versions have them")
    assert processes.is_gone("run/nonsense")
    assert processes.is_gone("")


def test_a_run_has_one_name_for_all_of_its_processes_and_the_next_has_another(
    tmp_path: Path,
) -> None:
    main = DataDirectory.open(tmp_path / "data")
    worker = DataDirectory.join(tmp_path / "data")
    assert worker.run == main.run != ""
    worker.close()
    main.close()
    later = DataDirectory.open(tmp_path / "data")
    assert later.run != main.run
    later.close()


def test_leases_of_a_server_that_was_killed_wait_for_nobody(tmp_path: Path) -> None:
    async def take(now: float) -> bool:
        storage = open_storage(StorageSettings(tmp_path / "data"))
        assert storage.directory is not None
        processes = OneServer(storage.directory.run)
        owner = processes.owner("id")
        lease = await acquire(storage.engine, "job", owner, now, 15, processes.is_gone)
        again = await acquire(storage.engine, "job", "other", now, 15, processes.is_gone)
        await storage.close()
        return lease is not None and again is None

    assert asyncio.run(take(100.0))
    assert asyncio.run(take(101.0))
