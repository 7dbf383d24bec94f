"""`jedlik dax` as a process."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import botocore.session
from amazondax import AmazonDaxClient

from tests.forked import Forked
from tests.servers import ACCESS_KEY, REGION, SECRET_KEY, START_SECONDS, environment


class Alone:
    """A cache in a process of its own."""

    def __init__(self, scratch: Path, url: str, *options: str | Path) -> None:
        port_file = scratch / "dax-port"
        port_file.unlink(missing_ok=True)
        self.log = scratch / "dax-log"
        arguments = ["dax", "--upstream", url, "--port", "0", "--port-file", str(port_file)]
        self.process = Forked(
            [*arguments, *map(str, options)],
            environment(AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY),
            scratch, scratch / "dax-output", self.log,
        )  # fmt: skip
        end = time.monotonic() + START_SECONDS
        while not port_file.exists():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def client(self, secret_key: str = SECRET_KEY) -> AmazonDaxClient:
        session = botocore.session.Session()
        session.set_credentials(ACCESS_KEY, secret_key)
        url = f"dax://127.0.0.1:{self.port}"
        return AmazonDaxClient(session, region_name=REGION, endpoint_url=url)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)
