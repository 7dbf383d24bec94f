"""Requests as bytes."""

from __future__ import annotations


def call(content: bytes, *lines: bytes, version: bytes = b"1.1") -> bytes:
    """A request that the stub answers with `content`."""
    return (
        b"POST / HTTP/%b\r\nHost: h\r\nContent-Type: application/x-amz-json-1.0\r\n"
        b"Content-Length: %d\r\n%b\r\n%b"
        % (version, len(content), b"".join(line + b"\r\n" for line in lines), content)
    )
