"""The composite action's own script, run as a runner would run it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import boto3
import yaml

from tests.servers import ROOT, environment

ACTION = ROOT / "examples" / "github_action" / "action.yml"


def test_the_step_starts_a_server_and_says_where(tmp_path: Path) -> None:
    action = yaml.safe_load(ACTION.read_text())
    (start,) = [step for step in action["runs"]["steps"] if step.get("id") == "start"]
    commands = tmp_path / "commands"
    commands.mkdir()
    (commands / "jedlik").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m jedlik "$@"\n')
    (commands / "jedlik").chmod(0o755)
    told, output = tmp_path / "env", tmp_path / "output"
    variables = environment(
        RUNNER_TEMP=str(tmp_path), GITHUB_ENV=str(told), GITHUB_OUTPUT=str(output),
        OPTIONS="--seed " + str(_seed(tmp_path)), PATH=f"{commands}:{os.environ['PATH']}",
        PYTHONPATH=str(ROOT),
    )  # fmt: skip
    script = start["run"].replace("server=$!", 'server=$!; echo $server > "$RUNNER_TEMP/pid"')
    subprocess.run(["bash", "-e", "-c", script], env=variables, check=True, timeout=60)
    try:
        given = dict(line.split("=", 1) for line in told.read_text().splitlines())
        client = boto3.client(
            "dynamodb", endpoint_url=given["AWS_ENDPOINT_URL_DYNAMODB"],
            region_name=given["AWS_DEFAULT_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip
        assert client.list_tables()["TableNames"] == ["orders"]
        assert given["AWS_REGION"] == given["AWS_DEFAULT_REGION"]  # for SDKs that read the other
        client.close()
        assert f"endpoint={given['AWS_ENDPOINT_URL_DYNAMODB']}\nadmin=http://" in output.read_text()
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


def _seed(folder: Path) -> Path:
    file = folder / "orders.json"
    file.write_text(
        '{"TableName": "orders", "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": '
        '"id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", '
        '"AttributeType": "S"}]}'
    )
    return file
