"""`jedlik serve` as a process: start-up, ports, directories, workers, signals."""

from __future__ import annotations

import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from jedlik.app.process import SAME_SIGNAL_SECONDS
from jedlik.storage.lmdb.recovery import needs_recovery
from tests.servers import RunningServer, environment, jedlik, post
from tests.waiting import wait_until

KEY_TABLE = {
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
}


def create(server: RunningServer, name: str = "Things") -> None:
    status, answer = server.call("CreateTable", {"TableName": name, **KEY_TABLE})
    assert status == 200, answer


def put(server: RunningServer, pk: str, name: str = "Things") -> None:
    status, answer = server.call("PutItem", {"TableName": name, "Item": {"pk": {"S": pk}}})
    assert status == 200, answer


def count(server: RunningServer, name: str = "Things") -> int:
    status, answer = server.call("Scan", {"TableName": name, "Select": "COUNT"})
    assert status == 200, answer
    return answer["Count"]


def workers_in(log: str) -> list[int]:
    return [int(pid) for pid in re.findall(r"worker (\d+) is ready", log)]


# --- Start-up ---------------------------------------------------------------------------------


def test_start_up_says_where_and_what(start_server, tmp_path):
    server = start_server()
    told = server.output()
    assert f"listens on   {server.url}\n" in told
    assert f"data         {tmp_path / 'data'}\n" in told
    assert "durability   fsync" in told
    assert "\x1b" not in told
    assert server.log() == ""


@pytest.mark.one_process("several workers cannot keep data in memory")
def test_lines_to_paste_work(start_server):
    server = start_server("--memory", "--region", "eu-central-1")
    told = dict(re.findall(r"^  (shell|AWS CLI|boto3|data) +(.*)$", server.output(), re.MULTILINE))
    assert told["data"] == "in memory: gone at exit"
    create(server)
    bin_ = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", f"{told['shell']}\n{told['AWS CLI']} --output text"],
        capture_output=True,
        text=True,
        env=environment(PATH=f"{bin_}:{os.environ['PATH']}"),
    )
    assert done.stdout.split() == ["TABLENAMES", "Things"], done.stderr
    variables = dict(
        assignment.split("=", 1) for assignment in shlex.split(told["shell"].removeprefix("export"))
    )
    program = f"import boto3; print({told['boto3']}.Table('Things').table_arn)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env=environment(**variables),
    )
    assert done.stdout.strip() == "arn:aws:dynamodb:eu-central-1:000000000000:table/Things", (
        done.stderr
    )


def test_options_from_the_environment(start_server):
    server = start_server(variables={"JEDLIK_REGION": "ap-south-2", "JEDLIK_DURABILITY": "relaxed"})
    assert "durability   relaxed" in server.output()
    assert "AWS_DEFAULT_REGION=ap-south-2" in server.output()


@pytest.mark.one_process("several workers cannot keep data in memory")
def test_the_command_line_wins_over_the_environment(start_server):
    server = start_server("--memory", variables={"JEDLIK_DATA": "elsewhere"})
    assert "in memory" in server.output()
    assert not Path("elsewhere").exists()


def test_data_outlive_the_server(start_server):
    first = start_server()
    create(first)
    put(first, "a")
    assert first.stop() == 0
    second = start_server()
    assert count(second) == 1


def test_a_terminal_gets_colours_unless_it_wants_none(tmp_path):
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        ours, theirs = os.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "jedlik", "serve", "--memory", "--port", "0"],
            stdout=theirs,
            stderr=subprocess.DEVNULL,
            env=environment(TERM="xterm", **variables),
        ) as process:
            told = os.read(ours, 65536)
            process.terminate()
        os.close(ours)
        os.close(theirs)
        assert b"listens on" in told
        assert (b"\x1b[" in told) is coloured


# --- What is refused ---------------------------------------------------------------------------


def refused(*arguments: str | Path, code: int, **variables: str) -> str:
    """The single line with which a command fails."""
    done = jedlik("serve", *arguments, variables=variables)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("jedlik: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_port_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = refused("--port", str(port), "--data", tmp_path / "data", code=4)
    assert f"port {port} on 127.0.0.1 is taken" in told
    assert not (tmp_path / "data").exists(), "nothing is made before the port is ours"


def test_port_taken_by_another_of_our_servers(running_server, tmp_path):
    refused("--port", str(running_server.port), "--data", tmp_path / "data", code=4)


def test_directory_in_use(start_server, tmp_path):
    start_server()
    told = refused("--port", "0", "--data", tmp_path / "data", code=3)
    assert "in use by another Jedlik server" in told
    told = refused("--port", "0", "--workers", "2", "--data", tmp_path / "data", code=3)
    assert "in use by another Jedlik server" in told


def test_directory_of_something_else(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Sir")
    assert "letter.txt" in refused("--port", "0", "--data", tmp_path, code=3)
    assert "directory" in refused("--port", "0", "--data", tmp_path / "letter.txt", code=3)


def test_directory_that_cannot_be_made():
    assert "/proc/jedlik" in refused("--port", "0", "--data", "/proc/jedlik", code=3)


def test_an_audit_log_that_cannot_be_kept():
    told = refused("--port", "0", "--memory", "--audit-log", "/proc/jedlik", code=3)
    assert "the audit log's directory /proc/jedlik" in told
    assert "(option --audit-log)" in told


def test_credentials_alone_do_not_open_other_addresses():
    told = refused(
        "--host", "0.0.0.0", "--port", "0", "--memory", code=2,
        JEDLIK_ACCESS_KEY="a", JEDLIK_SECRET_KEY="b",
    )  # fmt: skip
    assert "without TLS" in told
    assert "without credentials" not in told


def test_insecure_is_taken_at_its_word(start_server):
    server = start_server("--memory", "--host", "0.0.0.0", "--insecure")
    assert "--insecure" in server.output()
    assert f"listens on   {server.url}" in server.output()
    assert server.call("ListTables", {})[0] == 200


def test_unknown_host():
    assert "no.such.host.invalid" in refused(
        "--host", "no.such.host.invalid", "--memory", "--port", "0", code=4
    )


def test_all_addresses_of_a_name_on_one_port(start_server):
    server = start_server("--memory", "--host", "localhost")
    addresses = {info[4][0] for info in socket.getaddrinfo("localhost", server.port)}
    for address in addresses:
        with socket.create_connection((address, server.port), 5):
            pass


# --- Credentials -------------------------------------------------------------------------------


def test_only_the_credentials_given_are_taken(start_server):
    server = start_server("--memory", "--access-key", "me", "--secret-key", "secret")
    assert "signatures of me and of the keys in the data only" in server.output()
    assert "secret " not in server.output()

    def ask(access_key: str, secret_key: str) -> Any:
        server.credentials = (access_key, secret_key)
        client = server.client()
        try:
            return client.list_tables()["TableNames"]
        except client.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        finally:
            client.close()

    assert ask("me", "secret") == []
    assert ask("me", "guess") == "InvalidSignatureException"
    assert ask("you", "secret") == "UnrecognizedClientException"


def test_any_credentials_without(running_server):
    client = boto3.client(
        "dynamodb",
        endpoint_url=running_server.url,
        region_name="mars-north-1",
        aws_access_key_id="anything",
        aws_secret_access_key="at-all",
    )
    client.list_tables()
    client.close()


# --- Signals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_and_the_port_is_free(start_server, workers, number):
    server = start_server("--workers", workers)
    create(server)
    assert server.stop(number) == 0
    assert server.log() == ""
    with socket.create_server(("127.0.0.1", server.port)):
        pass


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_to_the_whole_group_counts_once(start_server, workers):
    server = start_server("--workers", workers)
    create(server)
    for _ in range(2):
        os.killpg(server.process.pid, signal.SIGTERM)
    assert server.wait() == 0


def half_sent(server: RunningServer) -> socket.socket:
    """A connection on which a part of a request was sent."""
    connection = server.socket()
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n")
    return connection


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_signal_ends_it_at_once(start_server, workers):
    server = start_server("--workers", workers)
    create(server)
    with half_sent(server) as connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not listens(server))
        assert server.process.poll() is None, "it waits for the request that has begun"
        time.sleep(SAME_SIGNAL_SECONDS + 0.1)
        server.process.send_signal(signal.SIGTERM)
        assert server.wait() == 128 + signal.SIGTERM
        assert connection.recv(1) == b""


def listens(server: RunningServer) -> bool:
    try:
        server.socket(1).close()
    except ConnectionRefusedError:
        return False
    return True


def test_what_was_accepted_is_answered(start_server):
    server = start_server()
    create(server)
    with half_sent(server) as connection:
        # The begun request has been read once a later connection is answered.
        assert server.call("ListTables", {})[0] == 200
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not listens(server))
        connection.sendall(b"\r\n{}")
        assert connection.recv(65536).startswith(b"HTTP/1.1 ")
        assert connection.recv(65536) == b""
    assert server.wait() == 0


# --- Workers -----------------------------------------------------------------------------------


def test_workers_share_port_and_data(start_server, tmp_path):
    server = start_server("--workers", "2", "--log-level", "info")
    assert "workers      2" in server.output()
    assert len(workers_in(server.log())) == 2
    create(server)
    connections = [server.connection() for _ in range(16)]
    for number, connection in enumerate(connections):
        item = {"pk": {"S": str(number)}}
        assert post(connection, "PutItem", {"TableName": "Things", "Item": item})[0] == 200
    for connection in connections:
        status, answer = post(connection, "Scan", {"TableName": "Things", "Select": "COUNT"})
        assert (status, answer["Count"]) == (200, 16)
        connection.close()
    assert needs_recovery(tmp_path / "data" / "store")
    assert server.stop() == 0
    assert not needs_recovery(tmp_path / "data" / "store")


def test_a_dead_worker_is_replaced(start_server, tmp_path):
    server = start_server("--workers", "2", "--log-level", "info")
    create(server)
    put(server, "a")
    victim = workers_in(server.log())[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: len(workers_in(server.log())) == 3)
    assert f"worker {victim} ended with signal 9" in server.log()
    put(server, "b")
    assert count(server) == 2
    assert server.stop() == 0
    # What the dead worker may have failed to flush is put in from the log.
    assert needs_recovery(tmp_path / "data" / "store")
    assert count(start_server()) == 2


def test_a_worker_that_stands_still_is_replaced(start_server):
    server = start_server("--workers", "2", "--log-level", "info")
    create(server)
    first, second = workers_in(server.log())
    os.kill(second, signal.SIGSTOP)
    wait_until(lambda: f"worker {second} was stopped by signal" in server.log())
    os.kill(second, signal.SIGCONT)
    wait_until(lambda: f"worker {second} continues" in server.log())
    os.kill(first, signal.SIGSTOP)
    wait_until(lambda: len(workers_in(server.log())) == 3)
    log = server.log()
    assert f"worker {first} has been stopped for too long and is killed" in log
    assert f"worker {second} has been stopped" not in log
    for number in range(8):
        put(server, str(number))
    assert server.stop() == 0


def test_workers_do_not_outlive_their_parent(start_server):
    server = start_server("--workers", "2", "--log-level", "info")
    create(server)
    pids = workers_in(server.log())
    server.process.kill()
    server.wait()
    wait_until(lambda: not any(alive(pid) for pid in pids))
    second = start_server("--workers", "2")
    create(second, "Others")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_server_can_follow_one_whose_parent_died(start_server):
    """It waits for workers that are still running."""
    server = start_server("--workers", "2")
    create(server)
    server.process.kill()
    server.wait()
    second = start_server()
    assert second.call("ListTables", {}) == (200, {"TableNames": ["Things"]})


def test_the_port_file_is_there_while_the_server_answers_and_no_longer(start_server, tmp_path):
    server = start_server("--memory")
    port_file = tmp_path / "server-0" / "port"
    assert port_file.read_text() == f"{server.port}\n"
    server.stop()
    assert not port_file.exists()
    port_file.write_text("1\n")  # of a server that was killed
    done = jedlik("serve", "--memory", "--port-file", port_file, "--host", "nowhere.invalid")
    assert done.returncode == 4
    assert not port_file.exists()


@pytest.mark.parametrize("content_type", [None, "application/x-www-form-urlencoded", "text/plain"])
def test_a_call_that_is_not_said_to_be_json_is_told_what_to_send(running_server, content_type):
    connection = http.client.HTTPConnection(running_server.host, running_server.port)
    headers = {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    if content_type is not None:
        headers["Content-Type"] = content_type
    connection.request("POST", "/", b"{}", headers)
    answer = connection.getresponse()
    assert answer.status == 404
    assert b"Content-Type: application/x-amz-json-1.0" in answer.read()
    connection.close()


def test_a_variable_that_means_nothing_is_named(tmp_path):
    arguments = ("serve", "--memory", "--host", "nowhere.invalid")
    done = jedlik(*arguments, variables={"JEDLIK" + "_DTA": "x"})
    assert "_DTA is unknown and ignored; did you mean JEDLIK_DATA?" in done.stderr


def test_an_engine_that_does_not_answer_is_told_of_before_it_is_given_up(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/none"
        command = [sys.executable, "-m", "jedlik", "serve", "--port", "0", "--engine", url]
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=environment()
        ) as process:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert process.poll() is None, "it is tried further"
            process.kill()
    assert "the store does not answer yet" in line
