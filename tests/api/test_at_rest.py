"""`jedlik serve` with a root key: contents of the data directory, wrong keys, conversion."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from tests.api.planted import MARKERS, check_planted, forms, plant
from tests.functions import create_function
from tests.servers import RunningServer, jedlik
from tests.waiting import wait_until


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "root.key"
    done = jedlik("keys", "new-root", file)
    assert done.returncode == 0, done.stderr
    return file


def plant_functions(server: RunningServer) -> None:
    """Have a function write markers to its log and fail with them, called by a trigger and
    directly."""
    client, functions = server.client(), server.client("lambda")
    m = MARKERS
    source = (
        f"PLANTED = {m['value']!r}\n"
        "def handler(event, context):\n"
        "    print(PLANTED, event, flush=True)\n"
        "    raise ValueError(PLANTED)\n"
    )
    name = create_function(functions, source, Description=m["description"])
    stream = client.describe_table(TableName=m["table"])["Table"]["LatestStreamArn"]
    mapping = functions.create_event_source_mapping(
        EventSourceArn=stream, FunctionName=name, StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
    )  # fmt: skip
    answer = functions.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
    assert m["value"].encode() in base64.b64decode(answer["LogResult"])

    def has_failed() -> bool:
        found = functions.get_event_source_mapping(UUID=mapping["UUID"])
        return "PROBLEM" in found["LastProcessingResult"]

    wait_until(has_failed, "the trigger to have run")
    client.close()
    functions.close()


def found_in(directory: Path) -> set[tuple[str, str]]:
    """The files with a marker in their content or name, and which marker it is."""
    found = set()
    for file in directory.rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        for name, marker in MARKERS.items():
            if marker in str(file) or any(form in content for form in forms(marker)):
                found.add((file.name, name))
    return found


def test_the_search_finds_what_is_plain(start_server, tmp_path):
    server = start_server()
    plant(server)
    server.stop()
    found = {marker for _, marker in found_in(tmp_path / "data")}
    # What a token was is kept as a hash.
    assert found == MARKERS.keys() - {"token"}


@pytest.mark.parametrize("end", ["stop", "kill"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_no_marker_anywhere(start_server, tmp_path, key_file, end, workers):
    """Neither while it runs, nor after an orderly or a sudden end; log and output included."""
    options = ("--root-key-file", key_file, "--log-level", "debug", "--workers", workers)
    scratch = tmp_path / "scratch"
    variables = {"TMPDIR": str(tmp_path / "temporary")}
    (tmp_path / "temporary").mkdir()
    server = start_server(*options, scratch=scratch, variables=variables)
    plant(server)
    check_planted(server)
    plant_functions(server)
    assert found_in(tmp_path) == set()
    server.kill() if end == "kill" else server.stop()
    assert found_in(tmp_path) == set()
    root = bytes.fromhex(key_file.read_text())
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert root not in file.read_bytes()
    again = start_server(*options, scratch=scratch)
    check_planted(again)
    assert again.stop() == 0
    done = jedlik("verify", tmp_path / "data", "--root-key-file", key_file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "No problem found" in done.stdout


def test_plain_data_become_encrypted(start_server, tmp_path, key_file):
    server = start_server()
    plant(server)
    plant_functions(server)
    server.stop()
    plain = {file for file, _ in found_in(tmp_path / "data")}
    assert "handler.py" in plain
    assert any(file.endswith(".log") for file in plain)
    server = start_server("--root-key-file", key_file)
    check_planted(server)
    assert found_in(tmp_path / "data") == set()
    assert "encrypted    under root key" in server.output()
    assert "warning" not in server.output()


@pytest.mark.parametrize(
    "command",
    [("verify", "{}"), ("keys", "list", "{}"), ("keys", "new", "{}"), ("copy", "{}", "{}-copy")],
    ids=" ".join,
)
def test_only_the_server_encrypts_what_is_plain(start_server, tmp_path, key_file, command):
    data = tmp_path / "data"
    start_server(data=data).stop()
    done = jedlik(*(word.format(data) for word in command), "--root-key-file", key_file)
    assert done.returncode == 0, done.stderr
    done = jedlik("verify", data)  # without the root key
    assert done.returncode == 0, done.stderr


def test_a_new_directory_is_encrypted_from_the_first(start_server, tmp_path, key_file):
    """Whichever command makes it; and a plain directory is never mistaken for an encrypted one."""
    data, copied = tmp_path / "data", tmp_path / "copied"
    start_server(data=data).stop()
    with_key = ("--root-key-file", key_file)
    assert jedlik("keys", "new", tmp_path / "new", *with_key).returncode == 0
    assert jedlik("copy", data, copied, *with_key).returncode == 0
    for place in (tmp_path / "new", copied):
        done = jedlik("verify", place)
        assert done.returncode == 3
        assert "give its root key" in done.stderr
    plain = tmp_path / "plain"
    start_server(data=plain).stop()
    done = jedlik("copy", copied, plain, *with_key)
    assert done.returncode == 3
    assert "holds plain data" in done.stderr
    assert jedlik("verify", plain).returncode == 0


def refused(*options: str | Path, code: int, **variables: str) -> str:
    done = jedlik("serve", "--port", "0", *options, variables=variables)
    assert done.returncode == code, done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_wrong_keys_are_one_line(start_server, tmp_path, key_file):
    start_server("--root-key-file", key_file).stop()
    data = ("--data", tmp_path / "data")
    other = tmp_path / "other.key"
    jedlik("keys", "new-root", other)
    assert "wrong root key" in refused(*data, "--root-key-file", other, code=3)
    assert "wrong root key" in refused(*data, "--root-key-file", other, "--workers", "2", code=3)
    assert "give its root key" in refused(*data, code=3)
    assert "not a root key" in refused(*data, code=2, JEDLIK_ROOT_KEY="secret-but-wrong")
    assert "secret-but" not in refused(*data, code=2, JEDLIK_ROOT_KEY="secret-but-wrong")
    assert "cannot be read" in refused(*data, "--root-key-file", tmp_path / "none", code=2)
    assert "not a root key" in refused(*data, "--root-key-command", "echo hello", code=2)
    assert "exit code 1" in refused(*data, "--root-key-command", "false", code=2)
    assert "cannot be run" in refused(*data, "--root-key-command", "/no/such", code=2)
    assert "cannot be run" in refused(*data, "--root-key-command", "'", code=2)
    assert "exclude each other" in refused(
        *data, "--root-key-file", other, "--root-key-command", "x", code=2
    )
    assert "--memory" in refused("--memory", "--root-key-file", other, code=2)


def test_all_sources_are_the_same_key(start_server, key_file):
    start_server("--root-key-file", key_file).stop()
    material = bytes.fromhex(key_file.read_text())
    server = start_server(variables={"JEDLIK_ROOT_KEY": base64.b64encode(material).decode()})
    assert server.stop() == 0
    server = start_server("--root-key-command", f"cat '{key_file}'")
    assert server.stop() == 0
    server = start_server(variables={"JEDLIK_ROOT_KEY_FILE": str(key_file)})
    assert server.stop() == 0


def test_a_key_beside_the_data_is_said(start_server, tmp_path):
    data = tmp_path / "data"
    start_server(data=data).stop()
    jedlik("keys", "new-root", data / "root.key")
    server = start_server("--root-key-file", data / "root.key", data=data)
    assert "the root key is kept beside the data" in server.output()


def test_a_new_root_key_is_the_users_alone_and_overwrites_nothing(key_file):
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    before = key_file.read_bytes()
    assert len(bytes.fromhex(before.decode())) == 32
    done = jedlik("keys", "new-root", key_file)
    assert done.returncode == 2
    assert "exists" in done.stderr
    assert key_file.read_bytes() == before
    assert jedlik("keys", "new-root", key_file / "x").returncode == 2


def test_another_root_key(start_server, tmp_path, key_file):
    server = start_server("--root-key-file", key_file)
    plant(server)
    new = tmp_path / "new.key"
    jedlik("keys", "new-root", new)
    data = tmp_path / "data"
    assert "in use" in jedlik("keys", "rewrap", data, key_file, new).stderr
    server.stop()
    assert "wrong root key" in jedlik("keys", "rewrap", data, new, key_file).stderr
    done = jedlik("keys", "rewrap", data, key_file, new)
    assert done.returncode == 0, done.stderr
    check_planted(start_server("--root-key-file", new))
    plain = tmp_path / "plain"
    start_server(data=plain).stop()
    assert "not encrypted" in jedlik("keys", "rewrap", plain, new, new).stderr
    assert jedlik("keys", "rewrap", tmp_path / "none", new, new).returncode == 3
