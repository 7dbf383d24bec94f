"""examples/triggers.py, deployed and run against a running server."""

from __future__ import annotations

import pytest

from tests.conftest import StartServer
from tests.examples.programs import program
from tests.servers import ACCESS_KEY, SECRET_KEY


@pytest.fixture(params=["open", "closed"])
def url(request: pytest.FixtureRequest, server: str, start_server: StartServer) -> str:
    """The URL of a server without credentials, and of one where policies decide."""
    if request.param == "open":
        return server
    keys = ("--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY)
    return start_server("--memory", *keys).url


@pytest.mark.slow
def test_functions_keep_an_audit_log_and_sums(url):
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    output = program("triggers.py", "--endpoint-url", url, "--table", "Watched", **keys)
    rows = [line.split() for line in output.splitlines()]
    assert ["AK", "263", "61.33"] in rows
    assert ["WA", "64", "47.47"] in rows
    assert "MODIFY   Sea-Tac -> Seattle-Tacoma International" in output
    assert "REMOVE   Boeing Field/King County Intl -> None" in output
