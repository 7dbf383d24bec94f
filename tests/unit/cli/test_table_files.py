"""Failures of `jedlik export` and `jedlik import`, once they have begun and before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jedlik.app.remote import RemoteError
from jedlik.cli.exits import Failure
from jedlik.cli.table_files import _run


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("end", ["", "."])
def test_a_command_that_has_begun_says_how_to_go_on(end: str, *, begun: bool) -> None:
    async def fail(progress: Callable[[int, int | None], None]) -> None:
        if begun:
            progress(1, None)
        raise RemoteError("InternalServerError", f"DynamoDB at here did not answer: closed{end}")

    with pytest.raises(Failure) as failed:
        _run("Importing items", fail)
    again = ": closed. Run the command again to continue where it stopped"
    assert failed.value.message.endswith(again) is begun
