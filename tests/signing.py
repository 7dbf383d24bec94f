"""Signed requests written out by hand, so that any part of a signature can be wrong.

Our own signer, after "Create a signed AWS API request" (IAM user guide), since those of SDKs cannot
sign wrongly. Servers that accept its requests show that it signs correctly.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import socket
import time
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from tests.servers import ACCESS_KEY, REGION, SECRET_KEY

Headers = list[tuple[str, str]]


@dataclass
class Sent:
    """A request as sent; `host` is its Host header."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header that occurs once."""
        (value,) = [value for each, value in self.headers if each == name]
        return value

    def put(self, name: str, value: str | None) -> Sent:
        """Set a header's value wherever it occurs; None removes it."""
        kept = [(each, value or "") for each, _ in self.headers if each == name]
        others = [pair for pair in self.headers if pair[0] != name]
        self.headers = others + ([] if value is None else kept or [(name, value)])
        return self

    def replace(self, old: str, new: str) -> Sent:
        """Replace a text in the Authorization header."""
        before = self.header("Authorization")
        assert old in before
        return self.put("Authorization", before.replace(old, new))

    def bytes(self) -> bytes:
        """Request line, headers and body."""
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{n}: {v}" for n, v in self.headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(self.body)}", "", ""])
        return head.encode("latin-1") + self.body


@dataclass
class Draft:
    """A request to be signed, and the credentials.

    Its signing time is `moment`, in seconds since the epoch (None: now), less `age`.
    """

    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"
    target: str = "/"
    host: str = "localhost"
    service: str = "dynamodb"
    region: str = REGION
    terminator: str = "aws4_request"
    algorithm: str = "AWS4-HMAC-SHA256"
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    token: str | None = None
    moment: float | None = None
    age: float = 0.0
    day: str | None = None
    """The date of the credential's scope, if not that of the signature."""
    unsigned: tuple[str, ...] = ()
    """Headers that are sent but not signed."""
    body_hash: str | None = None
    """The text that is signed instead of the body's hash."""

    def but(self, **parts: Any) -> Draft:
        """The same with other parts; `headers` are added to the existing ones."""
        headers = {**self.headers, **parts.pop("headers", {})}
        return replace(self, headers=headers, **parts)

    @property
    def date(self) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime((self.moment or time.time()) - self.age))

    def signed(self) -> Sent:
        """With an Authorization header."""
        date = self.date
        headers = {"Host": self.host, "X-Amz-Date": date, **self.headers}
        if self.token is not None:
            headers["X-Amz-Security-Token"] = self.token
        names = self._names(headers)
        signature = self._signature(date, headers, self.target)
        authorization = (
            f"{self.algorithm} Credential={self.access_key}/{self._scope(date)}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        sent = [*headers.items(), ("Authorization", authorization)]
        return Sent(self.method, self.target, sent, self.body)

    def presigned(self, expires: str = "3600", token_in_query: bool = True) -> Sent:
        """With a signature in the query."""
        date = self.date
        headers = {"Host": self.host, **self.headers}
        parameters = {
            "X-Amz-Algorithm": self.algorithm,
            "X-Amz-Credential": f"{self.access_key}/{self._scope(date)}",
            "X-Amz-Date": date,
            "X-Amz-Expires": expires,
        }
        if self.token is not None:
            where = parameters if token_in_query else headers
            where["X-Amz-Security-Token"] = self.token
        parameters["X-Amz-SignedHeaders"] = ";".join(self._names(headers))
        query = "&".join(f"{name}={quote(text, safe='~')}" for name, text in parameters.items())
        mark = "&" if "?" in self.target else "?"
        target = f"{self.target}{mark}{query}"
        signature = self._signature(date, headers, target)
        return Sent(
            self.method, f"{target}&X-Amz-Signature={signature}", list(headers.items()), self.body
        )

    def _names(self, headers: dict[str, str]) -> list[str]:
        return sorted(name.lower() for name in headers if name not in self.unsigned)

    def _scope(self, date: str) -> str:
        return f"{self.day or date[:8]}/{self.region}/{self.service}/{self.terminator}"

    def _signature(self, date: str, headers: dict[str, str], target: str) -> str:
        path, _, query = target.partition("?")
        values = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
        names = self._names(headers)
        canonical = [
            self.method,
            quote(path, safe="/~"),
            "&".join(sorted(query.split("&"))),
            *(f"{name}:{values[name]}" for name in names),
            "",
            ";".join(names),
            self.body_hash or hashlib.sha256(self.body).hexdigest(),
        ]
        text = "\n".join(canonical).encode()
        scope = self._scope(date)
        to_sign = f"{self.algorithm}\n{date}\n{scope}\n{hashlib.sha256(text).hexdigest()}"
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, to_sign.encode(), "sha256").hex()


def exchange(address: tuple[str, int], sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (names in lower case) and body of the answer to these bytes."""
    with socket.create_connection(address, 30) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        body = answer.read()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body
