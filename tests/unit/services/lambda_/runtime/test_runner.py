"""A function's process ends with its server."""

from __future__ import annotations

import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jedlik.services.lambda_.runtime import runner

SECONDS = 60.0


@pytest.mark.parametrize("unread", [True, False])
def test_a_process_ends_with_its_server(tmp_path: Path, unread: bool) -> None:
    """A server that is killed may not have read all that it was sent: then the socket is reset."""
    (tmp_path / "handler.py").write_text("def handler(event, context): pass")
    variables = {
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "LAMBDA_TASK_ROOT": str(tmp_path),
        "_HANDLER": "handler.handler",
    }
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", runner.__file__, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=variables,
    )
    try:
        theirs.close()
        assert select.select([ours], [], [], SECONDS)[0], "it says that it is ready"
        if not unread:
            assert b"ready" in ours.recv(1000)
        ours.close()
        _, said = process.communicate(timeout=SECONDS)
        assert (process.returncode, said) == (0, b"")
    finally:
        process.kill()
        process.wait()
