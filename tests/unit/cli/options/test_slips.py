"""Slips of the command line: what was probably meant is named."""

from __future__ import annotations

import pytest

from jedlik.cli.command import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "./orders"], "argument (./orders). Did you mean '--data ./orders'?"),
        (["serve", "a", "b"], "argument (a). Did you mean '--data a'?"),
        (["serve", "9000"], "(9000). Did you mean '--port 9000'?"),
        (
            ["serve", "postgresql://localhost/x"],
            "Did you mean '--engine postgresql://localhost/x'?",
        ),
        (["serve", "http://127.0.0.1:9000"], "extra argument (http://127.0.0.1:9000) ("),
        (["tail", "http://127.0.0.1:9090"], "Did you mean '--admin http://127.0.0.1:9090'?"),
        (
            ["export", "T", "t.csv", "http://127.0.0.1:8000"],
            "Did you mean '--endpoint http://127.0.0.1:8000'?",
        ),
        (["verify", "--data", "./d"], "its value is an argument here, as in `jedlik verify ./d`"),
        (["verify", "--data=./d"], "as in `jedlik verify ./d`"),
        (["verify", "--data"], "as in `jedlik verify PLACE`"),
        (["keys", "list", "--data", "d"], "as in `jedlik keys list d`"),
        (["tail", "--data", "d"], "No such option '--data'"),
    ],
)
def test_what_was_probably_meant_is_named(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    [line] = capsys.readouterr().err.splitlines()
    assert said in line
