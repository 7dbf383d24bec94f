"""Files with the ports of a server: of an earlier one, and where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from jedlik.cli.exits import USAGE, Failure
from jedlik.cli.port_files import PortFiles
from jedlik.cli.serve import serve


def test_those_of_an_earlier_server_are_removed(tmp_path: Path) -> None:
    files = PortFiles(tmp_path / "port", tmp_path / "admin")
    files.write(8000, 9090)
    assert ((tmp_path / "port").read_text(), (tmp_path / "admin").read_text()) == (
        "8000\n",
        "9090\n",
    )
    files.prepare()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("option", ["--port-file", "--admin-port-file"])
def test_a_missing_directory_is_named_before_anything_is_opened(
    tmp_path: Path, option: str
) -> None:
    file = tmp_path / "missing" / "port"
    given = ["--data", str(tmp_path / "data"), "--admin-port", "0", option, str(file)]
    done = CliRunner().invoke(serve, given, standalone_mode=False)
    assert isinstance(done.exception, Failure)
    assert done.exception.code == USAGE
    assert str(done.exception.message).startswith(f"the file for the port, {file}, cannot be")
    assert not (tmp_path / "data").exists()
