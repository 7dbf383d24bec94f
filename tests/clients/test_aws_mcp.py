"""awslabs' DynamoDB MCP server: one of its tools works on a database, to validate a data model.

It starts DynamoDB Local itself, with Docker or Java, and has no option for an endpoint; so a
stand-in for Docker reports that its container already runs, at Jedlik's port.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from anyio.from_thread import start_blocking_portal

from tests.clients.drivers import SOURCES
from tests.clients.matrix import TOOLS, environment_of
from tests.clients.outcomes import PASS, Outcomes
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer, environment

if TYPE_CHECKING:
    from mcp import Client

MODEL = "dynamodb_data_model.json"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server that verifies signatures: the tool has Amazon's example keys, and so do the
    tests."""
    scratch = tmp_path / "server"
    scratch.mkdir()
    made = RunningServer(
        scratch, "--memory", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    yield made
    made.end_well()


def test_a_data_model_is_validated(server: RunningServer, tmp_path: Path) -> None:
    shutil.copy(SOURCES / "mcp" / MODEL, tmp_path)
    answer = call(server, tmp_path, "dynamodb_data_model_validation")
    assert "failed" not in answer.partition("\n")[0], answer
    found = json.loads((tmp_path / "dynamodb_model_validation.json").read_text())
    responses = {each["pattern_id"]: each["response"] for each in found["validation_response"]}
    assert [items_of(responses[number]) for number in ("1", "2")] == [2, 2], responses
    orders = server.client().scan(TableName="Orders")["Items"]
    assert sorted(order["user"]["S"] for order in orders) == ["u1", "u1", "u2", "u3"]
    outcomes = Outcomes("aws-mcp", TOOLS["aws-mcp"].version())
    outcomes.note("a data model validated: tables, items, access patterns", PASS)
    outcomes.keep()


def items_of(response: Any) -> int:
    """The number of items that a command of the CLI found, wherever the tool has put its answer."""
    text = response if isinstance(response, str) else json.dumps(response)
    return text.replace('\\"', '"').count('"total"') + text.count("'total'")


def call(server: RunningServer, folder: Path, tool: str) -> str:
    """The text of a tool's answer."""
    # Not at the top: it takes a second, which every run of pytest would pay that collects this.
    mcp = importlib.import_module("mcp")
    parameters = mcp.StdioServerParameters(
        command=str(environment_of("mcp")),
        args=["-m", "awslabs.dynamodb_mcp_server.server"],
        env=environment(
            PATH=f"{SOURCES / 'mcp'}{os.pathsep}{os.environ['PATH']}",
            STAND_IN_PORT=server.url.rpartition(":")[2],
            HOME=str(folder),
            AWS_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
        ),
    )
    with start_blocking_portal() as portal:
        entering: AbstractContextManager[Client] = portal.wrap_async_context_manager(
            mcp.Client(parameters)
        )
        with entering as client:
            result = portal.call(client.call_tool, tool, {"workspace_dir": str(folder)})
    return "".join(getattr(each, "text", "") for each in result.content)
