"""The output of functions, in a file per function."""

from __future__ import annotations

from jedlik.services.lambda_.model import ZIP, Code, Function
from jedlik.services.lambda_.runtime import logs
from jedlik.services.lambda_.runtime.invocation import UNHANDLED, Invocation
from jedlik.services.lambda_.runtime.logs import FunctionLogs

FUNCTION = Function("f", "u", "1", "c", "role", Code(ZIP, "", 0, ""), 0.0)


def test_lines_of_an_invocation(tmp_path):
    whole = FunctionLogs(tmp_path).keep(FUNCTION, Invocation("r", b"1", log=b"hi", seconds=0.0015))
    assert whole.decode().splitlines() == [
        "START RequestId: r Version: $LATEST",
        "hi",
        "END RequestId: r",
        "REPORT RequestId: r\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB",
    ]
    assert (tmp_path / "f.log").read_bytes() == whole


def test_an_error_shows_where_the_function_wrote_nothing(tmp_path):
    told = b'{"errorType":"T","errorMessage":"m"}'
    whole = FunctionLogs(tmp_path).keep(FUNCTION, Invocation("r", told, UNHANDLED))
    assert b"\nT: m\n" in whole


def test_a_file_that_has_grown_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "MAX_FILE", 300)
    kept = FunctionLogs(tmp_path)
    for _ in range(10):
        kept.keep(FUNCTION, Invocation("r", b"1", log=b"x" * 50))
    assert {each.name for each in tmp_path.iterdir()} <= {"f.log", "f.log.1"}
    assert (tmp_path / "f.log.1").stat().st_size < 600


def test_a_directory_that_cannot_be_written_stops_nothing(tmp_path):
    (tmp_path / "file").touch()
    assert FunctionLogs(tmp_path / "file" / "logs").keep(FUNCTION, Invocation("r", b"1"))
