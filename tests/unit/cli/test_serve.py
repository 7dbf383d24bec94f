"""Options of `jedlik serve` that are refused before anything is opened."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from jedlik.cli.serve import serve


def test_a_bucket_in_s3_takes_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    given = ["--data", str(tmp_path / "data"), "--bucket", "lake=s3://company-lake"]
    done = CliRunner().invoke(serve, given)
    assert done.exit_code == 2
    assert "takes the library obstore: pip install 'jedlik[s3]'" in done.output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["b", "a b", "a/b", "-ab", "ab.", "bücher", "b" * 256])
def test_a_bucket_that_no_request_can_name(tmp_path: Path, name: str) -> None:
    given = ["--data", str(tmp_path / "data"), "--bucket", f"{name}={tmp_path}"]
    done = CliRunner().invoke(serve, given)
    assert done.exit_code == 2
    assert "no request could name" in done.output
    assert not (tmp_path / "data").exists()
