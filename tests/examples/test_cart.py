"""The shopping cart in two regions, as in its program and the manual."""

from pathlib import Path

import pytest

from tests.examples.programs import EXAMPLES, ROOT, program
from tests.servers import RunningServer, free_port

OUTPUT = """\
in us-east-1 {'tea': 1}, in eu-west-1 {'tea': 1}
us-east-1 is lost; eu-west-1 goes on with {'tea': 1}
in us-east-1 {'tea': 2}, in eu-west-1 {'bread': 1, 'tea': 5}
us-east-1 is back; both have {'bread': 1, 'tea': 5}
"""


@pytest.mark.slow
def test_a_region_is_lost_and_comes_back(tmp_path: Path) -> None:
    port = free_port()
    server = RunningServer(
        tmp_path, "--memory", "--regions", "us-east-1,eu-west-1", "--admin-port", str(port)
    )
    try:
        shown = program(
            "cart.py", "--endpoint-url", server.url, "--admin-url", f"http://127.0.0.1:{port}"
        )
    finally:
        server.kill()
    assert shown == OUTPUT


def test_the_manual_prints_what_the_program_does() -> None:
    page = (ROOT / "docs" / "global-tables.md").read_text()
    source = (EXAMPLES / "cart.py").read_text()
    begin = source.index("def lose_and_return")
    function = source[begin : source.index("\n\n\n", begin)]
    indented = "\n".join(f"    {line}" if line else "" for line in function.splitlines())
    assert indented in page
    assert "\n".join(f"    {line}" for line in OUTPUT.splitlines()) in page
