"""The Lambda API over the wire, through boto3, and functions that succeed, fail and are stopped."""

from __future__ import annotations

import base64
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.accounts import Account
from tests.api.making import refusal
from tests.functions import ROLE, create_function, package
from tests.servers import UNSIGNED, RunningServer
from tests.waiting import wait_until

HANDLER = """
import json, os, subprocess, sys, time, logging

def handler(event, context):
    print("hello from", context.function_name)
    logging.getLogger().warning("careful")
    what = event.get("do")
    if what == "raise":
        raise ValueError("bad thing")
    if what == "sleep":
        time.sleep(30)
    if what == "eat":
        return len(bytearray(1 << 30))
    if what == "leave a child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
        print("child", child.pid, flush=True)
    if what in ("exit", "leave a child"):
        os._exit(3)
    if what == "object":
        return object()
    if what == "remaining":
        return context.get_remaining_time_in_millis()
    if what == "count":
        globals()["COUNT"] = globals().get("COUNT", 0) + 1
        return COUNT
    if what == "open files":
        fds = [fd for fd in os.listdir("/dev/fd") if os.path.exists(f"/dev/fd/{fd}")]
        names = {fd: os.readlink(f"/dev/fd/{fd}") for fd in fds}
        return {fd: name for fd, name in names.items() if "/proc/" not in name}
    if what == "environment":
        return dict(os.environ)
    if what == "context":
        return {"arn": context.invoked_function_arn, "version": context.function_version,
                "memory": context.memory_limit_in_mb,
                "custom": context.client_context.custom if context.client_context else None}
    return event
"""


@pytest.fixture(scope="session")
def functions(running_server: RunningServer) -> Iterator[Any]:
    client = running_server.client("lambda")
    yield client
    client.close()


@pytest.fixture(scope="module")
def function(functions: Any) -> str:
    return create_function(functions, HANDLER, Timeout=2)


def invoke(functions: Any, name: str, event: Any = None, **members: Any) -> tuple[Any, Any]:
    """The result and FunctionError of an invocation."""
    given = {} if event is None else {"Payload": json.dumps(event)}
    answer = functions.invoke(FunctionName=name, **given, **members)
    content = answer["Payload"].read()
    return json.loads(content) if content else None, answer.get("FunctionError")


def test_a_function_gets_the_event_and_its_result_comes_back(functions, function):
    assert invoke(functions, function, {"a": [1, "ű"]}) == ({"a": [1, "ű"]}, None)
    assert invoke(functions, function) == ({}, None)


def test_a_handler_gets_its_context(functions, function):
    context = base64.b64encode(b'{"custom":{"a":1}}').decode()
    told, _ = invoke(functions, function, {"do": "context"}, ClientContext=context)
    assert told == {
        "arn": f"arn:aws:lambda:us-east-1:000000000000:function:{function}",
        "version": "$LATEST",
        "memory": "128",
        "custom": {"a": 1},
    }
    remaining, _ = invoke(functions, function, {"do": "remaining"})
    assert 500 < remaining <= 2000


def test_a_handler_gets_its_environment(functions, running_server):
    variables = {"GREETING": "hi", "AWS_ENDPOINT_URL_LAMBDA": "http://elsewhere"}
    name = create_function(functions, HANDLER, Environment={"Variables": variables})
    told, _ = invoke(functions, name, {"do": "environment"})
    assert told["GREETING"] == "hi"
    assert told["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert told["AWS_ENDPOINT_URL_DYNAMODB"] == running_server.url
    assert told["AWS_ENDPOINT_URL_LAMBDA"] == "http://elsewhere"
    assert not [key for key in told if key.startswith("JEDLIK")]


def test_nothing_of_the_server_is_open_in_its_process(functions, function):
    told, _ = invoke(functions, function, {"do": "open files"})
    files = {name.partition(":")[0] for name in told.values()}
    assert files <= {"/dev/null", "pipe", "socket"}
    above = {name for descriptor, name in told.items() if int(descriptor) > 2}
    assert len(above) == 1, "over which its events come"


def test_an_error_has_type_text_and_place(functions, function):
    told, error = invoke(functions, function, {"do": "raise"})
    assert error == "Unhandled"
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "bad thing")
    assert 'raise ValueError("bad thing")' in "".join(told["stackTrace"])


@pytest.mark.parametrize(
    ("what", "kind", "text"),
    [
        ("sleep", "Sandbox.Timedout", "Task timed out after 2.00 seconds"),
        ("eat", "MemoryError", ""),
        ("exit", "Runtime.ExitError", "exit status 3"),
        ("object", "Runtime.MarshalError", "not JSON serializable"),
    ],
)
def test_what_goes_wrong_is_told_and_the_next_event_is_taken(functions, function, what, kind, text):
    told, error = invoke(functions, function, {"do": what})
    assert error == "Unhandled"
    assert told["errorType"] == kind
    assert text in told["errorMessage"]
    assert invoke(functions, function, 1 if what == "" else {"a": 1}) == ({"a": 1}, None)


@pytest.mark.one_process("each worker has processes of its own for a function")
def test_a_warm_process_is_used_again_until_the_function_changes(functions):
    name = create_function(functions, HANDLER)
    counts = [invoke(functions, name, {"do": "count"})[0] for _ in range(3)]
    assert counts == [1, 2, 3]
    functions.update_function_configuration(FunctionName=name, Description="changed")
    assert invoke(functions, name, {"do": "count"})[0] == 1


def test_the_log_comes_with_the_answer(functions, function):
    answer = functions.invoke(FunctionName=function, Payload=b"{}", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ")
    assert lines[1] == f"hello from {function}"
    assert lines[2].startswith("[WARNING]\t")
    assert lines[2].endswith("\tcareful")
    assert lines[-1].startswith("REPORT RequestId: ")
    assert answer["ExecutedVersion"] == "$LATEST"


def test_the_log_of_a_function_that_was_stopped_has_what_it_wrote(functions, function):
    event = json.dumps({"do": "exit"})
    answer = functions.invoke(FunctionName=function, Payload=event, LogType="Tail")
    assert b"hello from" in base64.b64decode(answer["LogResult"])


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it takes /proc to see that")
def test_children_of_a_process_that_ends_by_itself_end_with_it(functions, function):
    event = json.dumps({"do": "leave a child"})
    answer = functions.invoke(FunctionName=function, Payload=event, LogType="Tail")
    child = re.search(rb"^child ([0-9]+)$", base64.b64decode(answer["LogResult"]), re.MULTILINE)

    def is_gone() -> bool:
        try:
            stat = Path(f"/proc/{int(child[1])}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return stat.rpartition(")")[2].split()[0] == "Z"  # no one has asked for its end yet

    wait_until(is_gone, "the child's end")


def test_dry_run_and_event(functions, function):
    assert functions.invoke(FunctionName=function, InvocationType="DryRun")["StatusCode"] == 204
    answer = functions.invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    assert (answer["StatusCode"], answer["Payload"].read()) == (202, b"")


@pytest.mark.parametrize(
    ("source", "handler", "kind"),
    [
        ("import nothing_of_that_name", "handler.handler", "Runtime.ImportModuleError"),
        ("def handler(:", "handler.handler", "Runtime.UserCodeSyntaxError"),
        ("x = 1", "handler.handler", "Runtime.HandlerNotFound"),
        ("x = 1", "handler", "Runtime.MalformedHandlerName"),
        ("raise RuntimeError('no')", "handler.handler", "RuntimeError"),
        ("import os; os._exit(1)", "handler.handler", "Runtime.ExitError"),
    ],
)
def test_a_handler_that_cannot_be_imported(functions, source, handler, kind):
    name = create_function(functions, source, Handler=handler)
    for _ in range(2):
        told, error = invoke(functions, name, {})
        assert (error, told["errorType"]) == ("Unhandled", kind)


def test_a_directory_is_a_function_and_its_changes_count(functions, tmp_path):
    (tmp_path / "handler.py").write_text("def handler(event, context):\n    return 1\n")
    code = {"S3Bucket": "directory", "S3Key": str(tmp_path)}
    name = create_function(functions, "", Code=code)
    assert invoke(functions, name, {}) == (1, None)
    (tmp_path / "handler.py").write_text("def handler(event, context):\n    return 22\n")
    assert invoke(functions, name, {}) == (22, None)
    described = functions.get_function(FunctionName=name)
    assert described["Code"]["Location"] == f"file://{tmp_path}"


class _Endpoint(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        failing = event.get("fail")
        told = {"path": self.path, "event": event}
        if failing == "quietly":
            told = {"errorType": "Oops", "errorMessage": "quiet"}
        body = json.dumps(told).encode()
        self.send_response(500 if failing == "status" else 200)
        if failing == "aloud":
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def endpoint_function(functions: Any, url: str) -> str:
    name = f"e-{abs(hash(url))}"
    functions.create_function(
        FunctionName=name, Role=ROLE, PackageType="Image", Code={"ImageUri": url}
    )
    return name


def test_an_endpoint_is_a_function(functions, endpoint):
    name = endpoint_function(functions, endpoint)
    path = "/2015-03-31/functions/function/invocations"
    assert invoke(functions, name, {"a": 1}) == ({"path": path, "event": {"a": 1}}, None)
    assert invoke(functions, name, {"fail": "aloud"})[1] == "Unhandled"
    assert invoke(functions, name, {"fail": "quietly"})[1] == "Unhandled"
    told, error = invoke(functions, name, {"fail": "status"})
    assert (error, told["errorType"]) == ("Unhandled", "Endpoint.Status")
    described = functions.get_function(FunctionName=name)
    assert described["Code"]["ImageUri"] == endpoint
    assert "Runtime" not in described["Configuration"]


def test_an_endpoint_with_a_path_is_asked_there(functions, endpoint):
    name = endpoint_function(functions, f"{endpoint}/own?x=1")
    assert invoke(functions, name, {})[0]["path"] == "/own?x=1"


def test_an_endpoint_that_is_not_there(functions):
    name = endpoint_function(functions, "http://127.0.0.1:1")
    told, error = invoke(functions, name, {})
    assert (error, told["errorType"]) == ("Unhandled", "Endpoint.Unreachable")


# --- Managing functions ---------------------------------------------------------------------------


def test_create_get_list_update_delete(functions):
    name = create_function(functions, HANDLER, Tags={"team": "a"}, Description="first")
    described = functions.get_function(FunctionName=name)
    arn = described["Configuration"]["FunctionArn"]
    assert described["Tags"] == {"team": "a"}
    assert described["Configuration"]["State"] == "Active"
    for spelled in (arn, f"{arn}:$LATEST", f"000000000000:function:{name}", f"{name}:$LATEST"):
        got = functions.get_function_configuration(FunctionName=spelled)
        assert got["FunctionName"] == name
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})
    assert name in [each["FunctionName"] for page in pages for each in page["Functions"]]
    functions.update_function_code(
        FunctionName=name, ZipFile=package("def handler(event, context):\n    return 2\n")
    )
    assert invoke(functions, name, {}) == (2, None)
    updated = functions.update_function_configuration(FunctionName=name, Timeout=7)
    assert (updated["Timeout"], updated["Description"]) == (7, "first")
    assert updated["RevisionId"] != described["Configuration"]["RevisionId"]
    functions.tag_resource(Resource=arn, Tags={"b": "c"})
    functions.untag_resource(Resource=arn, TagKeys=["team"])
    assert functions.list_tags(Resource=arn)["Tags"] == {"b": "c"}
    functions.delete_function(FunctionName=name)
    code, text = refusal(functions.get_function, FunctionName=name)
    assert (code, text) == ("ResourceNotFoundException", f"Function not found: {arn}")


def test_what_tools_ask_when_they_read_a_function(functions, function):
    named = {"FunctionName": function}
    functions.get_waiter("function_active_v2").wait(**named)
    functions.get_waiter("function_updated_v2").wait(**named)
    (version,) = functions.list_versions_by_function(**named)["Versions"]
    assert version["FunctionArn"].endswith(":$LATEST")
    assert functions.list_aliases(**named)["Aliases"] == []
    assert "CodeSigningConfigArn" not in functions.get_function_code_signing_config(**named)
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(**named)
    assert functions.get_runtime_management_config(**named)["UpdateRuntimeOn"] == "Auto"
    for call in (functions.get_policy, functions.get_function_event_invoke_config):
        assert refusal(call, **named)[0] == "ResourceNotFoundException"


def given(**members: Any) -> dict[str, Any]:
    return {
        "FunctionName": "never",
        "Role": ROLE,
        "Runtime": "python3.12",
        "Handler": "h.h",
        "Code": {"ZipFile": package("x = 1")},
        **members,
    }


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        (
            {"Runtime": "nodejs22.x"},
            "InvalidParameterValueException",
            "nodejs22.x is not available",
        ),
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "Could not unzip"),
        ({"Code": {}}, "InvalidParameterValueException", "Please provide a source"),
        ({"Code": {"S3Bucket": "mine", "S3Key": "k"}}, "InvalidParameterValueException", "no S3"),
        (
            {"Code": {"S3Bucket": "directory", "S3Key": "/no/such/place"}},
            "InvalidParameterValueException",
            "is not the absolute path",
        ),
        (
            {"Code": {"S3Bucket": "directory", "S3Key": "a\0b"}},
            "InvalidParameterValueException",
            "is not the absolute path",
        ),
        ({"Code": {"ImageUri": "x"}}, "InvalidParameterValueException", "is not the URL"),
        (
            {"Code": {"ImageUri": "http://localhost"}},
            "InvalidParameterValueException",
            "PackageType Image",
        ),
        ({"Publish": True}, "InvalidParameterValueException", "$LATEST only"),
        ({"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]}, None, "Layers is not"),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"]}}, None, "VpcConfig is not"),
        ({"Timeout": 901}, "InvalidParameterValueException", "less than or equal to 900"),
        ({"Timeout": 0}, "ValidationException", "greater than or equal to 1"),
        ({"FunctionName": "a b"}, "ValidationException", "at 'functionName' failed"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, None, "reserved keys"),
        ({"Environment": {"Variables": {"AB": "x" * 5000}}}, None, "exceeded the 4KB limit"),
    ],
)
def test_what_is_refused(running_server, members, code, text):
    client = running_server.client("lambda", parameter_validation=False)
    found = refusal(client.create_function, **given(**members))
    assert found[0] == (code or "InvalidParameterValueException")
    assert text in found[1]
    assert refusal(client.get_function, FunctionName="never")[0] == "ResourceNotFoundException"


def test_runtime_and_handler_are_needed(functions):
    members = given()
    del members["Handler"]
    assert refusal(functions.create_function, **members)[1] == (
        "Runtime and Handler are mandatory parameters for functions created with deployment "
        "packages."
    )


def test_a_function_is_created_once(functions, function):
    found = refusal(functions.create_function, **given(FunctionName=function))
    assert found == ("ResourceConflictException", f"Function already exist: {function}")


def test_a_revision_that_is_not_the_latest(functions, function):
    call = functions.update_function_configuration
    found = refusal(call, FunctionName=function, RevisionId="old", Timeout=2)
    assert found[0] == "PreconditionFailedException"


def test_an_event_that_is_no_json(functions, function):
    found = refusal(functions.invoke, FunctionName=function, Payload=b"{")
    assert found[0] == "InvalidRequestContentException"


# --- The protocol ---------------------------------------------------------------------------------


def raw(server: RunningServer, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
    connection = server.connection()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    authorization = UNSIGNED["Authorization"].replace("/dynamodb/", "/lambda/")
    sent = {"Authorization": authorization, "X-Amz-Date": UNSIGNED["X-Amz-Date"], **named}
    connection.request(method, path, body, {k: v for k, v in sent.items() if v})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers.get("x-amzn-ErrorType"), json.loads(content or b"null")


FUNCTIONS = "/2015-03-31/functions"


def test_an_unknown_path(running_server):
    status, kind, body = raw(running_server, "GET", "/2018-10-31/layers")
    assert (status, kind) == (404, "UnknownOperationException")
    assert "/2018-10-31/layers is not available" in body["Message"]
    assert raw(running_server, "PATCH", FUNCTIONS)[0] == 404


def test_a_body_that_is_no_json(running_server):
    for body in (b"{", b"[]", b'"x"'):
        status, kind, told = raw(running_server, "POST", FUNCTIONS, body)
        assert (status, kind) == (400, "InvalidRequestContentException")
        assert told["Type"] == "User"


def test_a_member_of_the_wrong_type(running_server):
    status, kind, _ = raw(running_server, "POST", FUNCTIONS, b'{"FunctionName":{"a":1}}')
    assert (status, kind) == (400, "InvalidRequestContentException")


def test_credentials_are_wanted(running_server):
    status, kind, _ = raw(running_server, "GET", FUNCTIONS, Authorization="")
    assert (status, kind) == (403, "MissingAuthenticationTokenException")


@pytest.mark.parametrize("header", ["Origin", "Sec_Fetch_Site"])
def test_web_pages_are_refused(running_server, header):
    status, kind, _ = raw(running_server, "GET", FUNCTIONS, **{header: "http://evil.example"})
    assert (status, kind) == (403, "AccessDeniedException")


def test_signatures_are_verified(start_server):
    server = start_server("--memory", "--access-key", "me", "--secret-key", "secret")
    server.credentials = ("me", "secret")
    good = server.client("lambda")
    name = create_function(good, HANDLER, Role=Account(server).role("function"))
    assert invoke(good, name, {"a": 1}) == ({"a": 1}, None)
    assert good.get_function(FunctionName=f"000000000000:function:{name}:$LATEST")
    server.credentials = ("me", "wrong")
    assert refusal(server.client("lambda").list_functions)[0] == "InvalidSignatureException"
    server.credentials = ("me", "secret")
    assert raw(server, "GET", FUNCTIONS)[0] == 403


def test_functions_can_be_switched_off(start_server):
    server = start_server("--memory", "--no-functions")
    found = refusal(server.client("lambda").list_functions)
    assert found[0] == "AccessDeniedException"
    assert "--no-functions" in found[1]


CALLING = """
import boto3

def handler(event, context):
    return boto3.client("dynamodb").list_tables()["TableNames"]
"""


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_handler_reaches_the_server_without_naming_it(start_server, tmp_path, encrypted):
    options: list[Any] = ["--memory"]
    members = {}
    if encrypted:
        options += ["--tls", "auto", "--tls-directory", tmp_path / "tls"]
        members["trust"] = tmp_path / "tls" / "ca.pem"
    server = start_server(*options, **members)
    assert server.url.startswith("https" if encrypted else "http:")
    name = create_function(server.client("lambda"), CALLING)
    assert invoke(server.client("lambda"), name, {}) == ([], None)
