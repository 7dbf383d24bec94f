"""A root key from the output of a command: the one for AWS KMS in the manual."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jedlik.cli.exits import Failure
from jedlik.cli.options import root_key as root_key_options
from tests.docs.pages import text
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, RunningServer, environment, jedlik

SECTION = "### A root key under a key of AWS KMS"
SECONDS = 60.0


@pytest.fixture
def kms(tmp_path: Path) -> Iterator[Any]:
    """A client of the key service that has the key named in the manual."""
    scratch = tmp_path / "kms"
    scratch.mkdir()
    server = RunningServer(scratch, "--memory")
    client = server.client("kms")
    key = client.create_key()["KeyMetadata"]["KeyId"]
    client.create_alias(AliasName="alias/jedlik", TargetKeyId=key)
    yield client
    client.close()
    server.kill()


def settings_of(client: Any) -> dict[str, str]:
    """The environment in which the AWS CLI calls a client's server."""
    return environment(
        PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        AWS_ENDPOINT_URL=client.meta.endpoint_url,
        AWS_ACCESS_KEY_ID=ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY=SECRET_KEY,
        AWS_DEFAULT_REGION=REGION,
    )


def blocks() -> list[str]:
    """The indented blocks of the manual's section: one for a new root key, one for an old one."""
    _, _, section = text("securing.md").partition(SECTION)
    section = section.partition("\n| Guarantee")[0]
    return re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)


def run(lines: str, folder: Path, variables: dict[str, str]) -> None:
    done = subprocess.run(
        ["bash", "-c", f"set -eu -o pipefail\n{lines}"],
        capture_output=True, text=True, timeout=SECONDS, cwd=folder, env=variables,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def serving() -> tuple[str, str]:
    """The lines of the first block before `jedlik serve`, and the command of its option."""
    lines, _, serve = blocks()[0].partition("    jedlik serve ")
    option, command = shlex.split(serve.replace("\\\n", " "))
    assert option == "--root-key-command"
    return lines, command


def test_the_root_key_under_a_key_of_kms(start_server, tmp_path: Path, kms: Any) -> None:
    variables = settings_of(kms)
    lines, command = serving()
    run(lines, tmp_path, variables)
    options = ("--root-key-command", command.replace("fileb://", f"fileb://{tmp_path}/"))
    server = start_server(*options, variables=variables)
    assert "under root key" in server.output()
    assert server.stop() == 0
    server = start_server(*options, variables=variables)
    assert server.stop() == 0
    kms.disable_key(KeyId=kms.describe_key(KeyId="alias/jedlik")["KeyMetadata"]["KeyId"])
    done = jedlik("serve", "--data", tmp_path / "data", *options, variables=variables)
    assert done.returncode == 2
    assert "DisabledException" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("jedlik: --root-key-command ended with exit")


def test_a_root_key_in_use_under_a_key_of_kms(start_server, tmp_path: Path, kms: Any) -> None:
    file = tmp_path / "root.key"
    assert jedlik("keys", "new-root", file).returncode == 0
    assert start_server("--root-key-file", file).stop() == 0
    run(blocks()[1], tmp_path, settings_of(kms))
    file.unlink()
    _, command = serving()
    command = command.replace("fileb://", f"fileb://{tmp_path}/")
    server = start_server("--root-key-command", command, variables=settings_of(kms))
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("sleep 60", "printed no key within 0.05 seconds"),
        ("sh -c 'sleep 2 & wait'", "printed no key within 0.05 seconds"),
        ("sh -c 'exec >&-; sleep 60'", "printed no key within 0.05 seconds"),
        ("yes", "prints more than a key"),
        (" ", "is empty"),
        ("/no/such --flag", "cannot be run: /no/such: No such file or directory"),
        ("\0", "cannot be run"),
    ],
)
def test_commands_that_give_no_key(monkeypatch, command: str, told: str) -> None:
    if "within" in told:
        monkeypatch.setattr(root_key_options, "_COMMAND_SECONDS", 0.05)
    with pytest.raises(Failure, match=re.escape(f"--root-key-command {told}")):
        root_key_options.root_key({"root_key_file": None, "root_key_command": command})
