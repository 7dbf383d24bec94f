"""Failures of `jedlik export` and `jedlik import`, once they have begun and before."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from jedlik.cli.command import main
from jedlik.cli.exits import Failure
from jedlik.cli.table_files import _run
from jedlik.kernel.remote.service_error import RemoteServiceError
from jedlik.tablefiles.formats import FileError


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("end", ["", "."])
def test_a_command_that_has_begun_says_how_to_go_on(end: str, *, begun: bool) -> None:
    async def fail(progress: Callable[[int, int | None], None]) -> None:
        if begun:
            progress(1, None)
        raise RemoteServiceError(
            "InternalServerError", f"DynamoDB at here did not answer: closed{end}"
        )

    with pytest.raises(Failure) as failed:
        _run("Importing items", fail)
    again = ": closed. Run the command again to continue where it stopped"
    assert failed.value.message.endswith(again) is begun


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "orders.csv.resume")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RemoteServiceError("InternalServerError", "DynamoDB did not answer: closed"),
            "closed. Run the",
        ),
        (FULL, "no room left for orders.csv.resume: make room, or use another disk. Run the"),
        (FileError("orders.csv is not CSV"), "orders.csv is not CSV"),
    ],
)
def test_errors_of_parallel_scans_are_reported_in_a_line_too(error: Exception, said: str) -> None:
    async def scan() -> None:
        raise error

    async def fail(progress: Callable[[int, int | None], None]) -> None:
        progress(1, None)
        async with asyncio.TaskGroup() as scans:
            scans.create_task(scan())

    with pytest.raises(Failure) as failed:
        _run("Exporting items", fail)
    assert said in failed.value.message


def test_a_directory_that_is_missing_is_named_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", "Orders", str(tmp_path / "missing" / "orders.csv")])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said == f"jedlik: {tmp_path / 'missing'} is not an existing directory\n"
