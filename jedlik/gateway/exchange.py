"""What passes between a front door and the service: a request, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # a server without identities never loads policies
    from jedlik.auth.identity import Identity
    from jedlik.auth.policy.compile import Policy


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A listener like a VPC endpoint: what policies can test, and who may use it.

    `policies` decide what may pass through it (None: everything); `sources` are the address ranges
    of its clients."""

    vpc: str | None
    vpc_endpoint: str
    policies: tuple[Policy, ...] | None = None
    sources: tuple[IPv4Network | IPv6Network, ...] = ()

    def admits(self, client: str) -> bool:
        """Whether a client of this address may connect; without ranges, every client may."""
        if not self.sources:
            return True
        try:
            address = ip_address(client.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self.sources)


class Request:
    """One request, as it was received and before anyone has interpreted it.

    `method` and `target` (path and query) are those of the request line; `headers` has lower-case
    names, with repeated headers joined by `,`. `body` is what was sent and what the signature
    covers; `content` is what operations read: the same, without its content coding once the sender
    is known. `identity` is the sender, None until it is known. `client` is the peer's address as
    text, `request_id` the value of `x-amzn-RequestId`, `point` the access point through which the
    request came, if any. `parsed` is the parsed JSON of `content` if parsing it twice would hold up
    other requests, kept until the answer; otherwise None.
    """

    __slots__ = (
        "body", "client", "content", "headers", "identity", "method", "parsed", "point",
        "request_id", "secure", "target",
    )  # fmt: skip

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: dict[bytes, bytes],
        body: bytes,
        content: bytes,
        request_id: bytes,
        client: str = "",
        secure: bool = False,
        point: AccessPoint | None = None,
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.content = content
        self.request_id = request_id
        self.client = client
        self.secure = secure
        self.point = point
        self.identity: Identity | None = None
        self.parsed: Any = None


class Answer:
    """The status and body of an answer. The front door adds request id, checksum and length."""

    __slots__ = ("body", "content_type", "status")

    def __init__(
        self, status: int, body: bytes, content_type: bytes = b"application/x-amz-json-1.0"
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type


class HeadedAnswer(Answer):
    """An answer with headers of its own, each a line without its end."""

    __slots__ = ("headers",)

    def __init__(
        self, status: int, body: bytes, content_type: bytes, headers: tuple[bytes, ...] = ()
    ) -> None:
        super().__init__(status, body, content_type)
        self.headers = headers


class EncodedAnswer(HeadedAnswer):
    """An answer whose body already has a content coding, which is one of its headers."""

    __slots__ = ()


class Withheld(Answer):
    """No answer: the connection is cut instead, after a part of `answer` if one is given."""

    __slots__ = ("answer",)

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__(0, b"")
        self.answer = answer


Reply = Callable[[Answer], None]
"""Called with the answer: once per request, on the event loop, immediately or later."""
