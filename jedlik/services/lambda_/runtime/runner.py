"""The program in a function's process: imports the handler, then handles one event after the other.

It runs in whatever Python the server is configured to use for functions, so it needs nothing but
the standard library. Events and results are frames on one socket (see `frames`; the forms there and
here must agree). Standard output and error are the function's log. A thread reads the socket, so
that the process ends immediately with the server, even while a handler runs.

    server -> runner   {"id": request id, "deadline": ms since the epoch, "arn", "context"} and
                       the event
    runner -> server   {"kind": "ready"} or {"kind": "failed"} with the error, once
                       {"kind": "done", "error": whether it is an error} and the result, per event

After an event the runner writes a NUL, the request id and another NUL to standard output: the
output before it belongs to that event.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import queue
import resource
import socket
import struct
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HEAD = struct.Struct(">II")


class Context:
    """The `context` argument of handlers ("Using the Lambda context object")."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = request["arn"]
        self.aws_request_id = request["id"]
        self.client_context = _client_context(request.get("context"))
        self.identity = _Members(cognito_identity_id=None, cognito_identity_pool_id=None)
        self._deadline = request["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        return max(0, int(self._deadline - time.time() * 1000))

    def log(self, message: object) -> None:
        """Write to the log."""
        sys.stdout.write(str(message))


class _Members:
    def __init__(self, **members: Any) -> None:
        self.__dict__.update(members)


def _client_context(text: Any) -> Any:
    if not text:
        return None
    data = json.loads(text)
    client = _Members(**data["client"]) if isinstance(data.get("client"), dict) else None
    return _Members(custom=data.get("custom"), env=data.get("env"), client=client)


class _Lines(logging.Handler):
    """Log records as Lambda writes them."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        text = self.format(record)
        sys.stdout.write(
            f"[{record.levelname}]\t{moment}.{int(record.msecs):03d}Z\t{self.request_id}\t{text}\n"
        )


class Failed(Exception):
    """The handler cannot be used; has the error in the form of answers."""


def error(
    kind: str, message: str, request_id: str = "", stack: Sequence[str] = ()
) -> dict[str, Any]:
    """An error in the service's form."""
    return {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": list(stack),
    }


def find_handler(name: str) -> Callable[..., Any]:
    """The function named by `module.function`. Raises Failed."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise Failed(error("Runtime.MalformedHandlerName", text))
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as failure:
        text = f"Unable to import module '{module_name}': {failure}"
        raise Failed(error("Runtime.ImportModuleError", text, stack=_stack(failure))) from failure
    except SyntaxError as failure:
        text = f"Syntax error in module '{module_name}': {failure}"
        place = f'  File "{failure.filename}" Line {failure.lineno}\n    {failure.text or ""}'
        raise Failed(error("Runtime.UserCodeSyntaxError", text, stack=[place])) from failure
    except BaseException as failure:
        kind = type(failure).__name__
        raise Failed(error(kind, str(failure), stack=_stack(failure))) from failure
    try:
        handler: Callable[..., Any] = getattr(module, function_name)
    except AttributeError:
        text = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Failed(error("Runtime.HandlerNotFound", text)) from None
    return handler


def _stack(failure: BaseException) -> Sequence[str]:
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame[0]]
    return traceback.format_list(own)


def run(handler: Callable[..., Any], request: dict[str, Any], event: bytes) -> tuple[bool, bytes]:
    """Whether it failed, and the result, for one event."""
    request_id = request["id"]
    try:
        result = handler(json.loads(event), Context(request))
    except Exception as failure:
        return True, _reported(failure, request_id)
    try:
        return False, json.dumps(result, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except Exception as failure:
        text = f"Unable to marshal response: {failure}"
        payload = error("Runtime.MarshalError", text, request_id)
        sys.stdout.write(f"[ERROR] Runtime.MarshalError: {text}\n")
        return True, json.dumps(payload).encode()


def _reported(failure: Exception, request_id: str) -> bytes:
    kind, stack = type(failure).__name__, _stack(failure)
    head = f"[ERROR] {kind}: {failure}\n"
    sys.stdout.write(head + "Traceback (most recent call last):\n" + "".join(stack))
    return json.dumps(error(kind, str(failure), request_id, stack)).encode()


def _exactly(connection: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        try:
            part = connection.recv(min(size, 1 << 20))
        except ConnectionError:  # the server was killed before it had read everything
            part = b""
        if not part:
            os._exit(0)  # the server has ended
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _receive(connection: socket.socket, events: queue.SimpleQueue[Any]) -> None:
    while True:
        head_size, size = HEAD.unpack(_exactly(connection, HEAD.size))
        events.put((json.loads(_exactly(connection, head_size)), _exactly(connection, size)))


def _send(connection: socket.socket, head: dict[str, Any], body: bytes = b"") -> None:
    packed = json.dumps(head).encode()
    connection.sendall(HEAD.pack(len(packed), len(body)) + packed + body)


def _limit_memory(mebibytes: int) -> None:
    """Limit the memory that may be allocated in addition to the interpreter's current memory."""
    try:
        statm = Path("/proc/self/statm").read_text()
        now = int(statm.split()[0]) * resource.getpagesize()
        limit = now + mebibytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (OSError, ValueError):
        pass  # not every system supports this


def _close_all_above(last: int, kept: int) -> None:
    """Close all other open files: starting this process leaves copies of the pipes."""
    for entry in list(Path("/dev/fd").iterdir()):
        descriptor = int(entry.name)
        if descriptor > last and descriptor != kept:
            with contextlib.suppress(OSError):  # the listing's own is closed already
                os.close(descriptor)


def main() -> None:
    """Serve events until the server ends."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    connection = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(connection.fileno(), False)
    _close_all_above(2, connection.fileno())
    events: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, events), daemon=True).start()
    lines = _Lines()
    logging.getLogger().addHandler(lines)
    _limit_memory(int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]))
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    try:
        handler = find_handler(os.environ["_HANDLER"])
    except Failed as failed:
        payload = failed.args[0]
        print(f"[ERROR] {payload['errorType']}: {payload['errorMessage']}", flush=True)
        _send(connection, {"kind": "failed"}, json.dumps(payload).encode())
        events.get()  # until the server ends this process
        return
    _send(connection, {"kind": "ready"})
    while True:
        request, event = events.get()
        lines.request_id = request["id"]
        is_error, result = run(handler, request, event)
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os.write(1, b"\0%b\0" % request["id"].encode())
        _send(connection, {"kind": "done", "error": is_error}, result)


if __name__ == "__main__":
    del sys.path[0]  # functions must not import modules from this file's directory
    main()
