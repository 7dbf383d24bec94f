"""Ways to spoil a request: its JSON as a structure, and its bytes."""

from __future__ import annotations

import copy
import gzip
import json
import random
import zlib
from typing import Any

_STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 2**64, -(2**63), 1.5, 1e308, -0.0, "", " ", "\x00", "a",
    "null", "é" * 50, "😀", "\ud7ff", "x" * 70_000, [], {}, [[]], [None], [{}], {"": None},
    {"S": 1}, {"N": "NaN"}, {"N": "1" * 500}, {"N": "1e999999999999"}, {"B": "!"}, {"SS": []},
    {"M": {"": {"S": ""}}}, {"L": [{}]}, {"X": 1}, {"S": "a", "N": "1"}, {"NULL": False},
    "arn:aws:dynamodb:us-east-1:000000000000:table/plain", "plain/../indexed", "$gt", ":v", "#n",
)  # fmt: skip

_STRANGE_TEXT: tuple[bytes, ...] = (
    b"", b"null", b"[]", b"{}", b'"x"', b"1", b"{", b"}" * 10, b"\xef\xbb\xbf{}", b"\xff\xfe",
    b'{"a":1,"a":2}', b'{"TableName":"\xed\xa0\x80"}', b'{"TableName":"\\ud800"}', b"NaN",
    b'{"TableName":1e400}', b"[" * 100_000, b'{"a":' * 50_000, b"\x00" * 100, b'{"TableName":"pl',
    b"Infinity", b"{'a':1}", b'{"Limit":1' + b"0" * 5000 + b"}", b" " * 100_000 + b"{}",
)  # fmt: skip


MOST_TEXT = 200_000
"""Characters of JSON beyond which a payload is spoilt no further."""


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in a JSON value with a key or index into it."""
    found: list[tuple[Any, Any]] = []
    rest = [value]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            found += [(part, key) for key in part]
            rest += part.values()
        elif isinstance(part, list):
            found += [(part, position) for position in range(len(part))]
            rest += part
    return found


def spoil_structure(payload: Any, draw: random.Random) -> Any:
    """A payload in which something is replaced, removed, renamed, repeated or nested deeper."""
    payload = json.loads(json.dumps(payload))
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        somewhere = places(payload)
        if not somewhere:
            return _strange(draw)
        container, key = draw.choice(somewhere)
        match draw.randint(0, 6):
            case 0 | 1:
                container[key] = _strange(draw)
            case 2:
                del container[key]
            case 3:
                container[key] = spoil_text(container[key], draw)
            case 4:
                other, place = draw.choice(somewhere)
                container[key] = copy.deepcopy(other[place])
            case 5:
                container[key] = _deeper(container[key], draw)
            case 6:
                _repeat(container, key, draw)
        # A part that is repeated is one object many times over; spoilt again without being told
        # apart, a few steps would make a tree of billions of places.
        text = json.dumps(payload)
        if len(text) > MOST_TEXT:
            break
        payload = json.loads(text)
    return payload


def spoil_text(value: Any, draw: random.Random) -> Any:
    """A string with letters changed, removed or inserted; for a number, one near it or far from
    it."""
    if isinstance(value, int | float):
        return draw.choice((value + 1, value - 1, -value, value * 1000, str(value)))
    if not isinstance(value, str):
        return _strange(draw)
    letters = list(value)
    for _ in range(draw.randint(1, 3)):
        place = draw.randint(0, len(letters))
        letters[place : place + draw.randint(0, 2)] = draw.choice(
            (
                "",
                "(",
                ")",
                ",",
                ".",
                "[",
                "]",
                ":",
                "#",
                " ",
                "=",
                "<>",
                "é",
                "\x00",
                "0",
                "-",
                "E9",
            )
        )
    return "".join(letters)


def _strange(draw: random.Random) -> Any:
    return copy.deepcopy(draw.choice(_STRANGE))


def _deeper(value: Any, draw: random.Random) -> Any:
    for _ in range(draw.choice((1, 5, 40, 90))):
        value = draw.choice(({"M": {"a": value}}, {"L": [value]}, [value], {"a": value}))
    return value


def _repeat(container: Any, key: Any, draw: random.Random) -> None:
    times = draw.choice((2, 30, 150, 2000))
    if isinstance(container, list):
        container[key:key] = [container[key]] * min(times, 200)
    else:
        for number in range(min(times, 200)):
            container[f"{key}{number}"] = container[key]


def spoil_bytes(data: bytes, draw: random.Random) -> bytes:
    """Bytes of which some are flipped, removed, repeated or inserted; or entirely different
    ones."""
    if draw.random() < 0.2:
        return draw.choice(_STRANGE_TEXT)
    spoilt = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8))):
        place = draw.randint(0, len(spoilt))
        match draw.randint(0, 4):
            case 0 if place < len(spoilt):
                spoilt[place] ^= 1 << draw.randint(0, 7)
            case 1:
                del spoilt[place : place + draw.choice((1, 3, 50))]
            case 2:
                spoilt[place:place] = draw.randbytes(draw.choice((1, 4, 100)))
            case 3:
                spoilt[place:place] = spoilt[place : place + 20] * draw.choice((1, 10))
            case 4:
                del spoilt[place:]
    return bytes(spoilt)


def spoil_headers(
    headers: list[tuple[bytes, bytes]], body: bytes, draw: random.Random
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers of which one is changed, repeated, missing or strange; the body may be encoded to
    match.

    Content-Length is left alone: `spoil_framing` is about that.
    """
    headers = list(headers)
    place = draw.randrange(len(headers))
    name, value = headers[place]
    match draw.randint(0, 7):
        case 0:
            del headers[place]
        case 1:
            headers[place] = (name, spoil_bytes(value, draw).translate(None, b"\r\n\x00"))
        case 2:
            headers.insert(place, headers[place])
        case 3:
            headers[place] = (name.swapcase(), b" \t" + value + b" ")
        case 4:
            strange = (b"X-" + b"y" * draw.choice((1, 5000)), b"z" * draw.choice((0, 100, 70_000)))
            headers += [strange] * draw.choice((1, 150))
        case 5:
            coding = draw.choice((b"gzip", b"deflate", b"br", b"identity", b"gzip, gzip", b","))
            headers.append((b"Content-Encoding", coding))
            body = draw.choice((body, gzip.compress(body), zlib.compress(body), body[:5]))
        case 6:
            headers.append((b"Accept-Encoding", draw.choice((b"gzip", b"deflate;q=x", b"*;q=0"))))
            headers.append((b"Origin", b"http://example.org"))
        case 7:
            headers.append((b"Expect", draw.choice((b"100-continue", b"200-ok"))))
    return headers, body


def spoil_framing(head: bytes, body: bytes, draw: random.Random) -> bytes:
    """A request with a wrong length, wrong chunks or wrong lines.

    `head` is the request line and headers without Content-Length and without the empty line.
    """
    length = b"Content-Length: %d\r\n" % len(body)
    match draw.randint(0, 7):
        case 0:
            wrong = draw.choice((b"-1", b"x", b"", b"1 2", b"99999999999999999999", b"0x10", b"+5"))
            return head + b"Content-Length: " + wrong + b"\r\n\r\n" + body
        case 1:
            return head + b"Content-Length: %d\r\n\r\n" % (len(body) + 100) + body
        case 2:
            return head + length + length + b"\r\n" + body
        case 3:
            chunks = draw.choice(
                (
                    b"zz\r\n",
                    b"-5\r\n",
                    b"5\r\nab\r\n",
                    b"ffffffffffffffff\r\n",
                    b"3;x=y\r\n{} \r\n0\r\n\r\n",
                )
            )
            return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + body
        case 4:
            return head + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + body
        case 5:
            return spoil_bytes(head + length + b"\r\n" + body, draw)
        case 6:
            whole = head + length + b"\r\n" + body
            return whole * draw.choice((2, 20)) + draw.randbytes(30)
    return draw.choice(
        (
            draw.randbytes(300),
            b"GET / HTTP/1.1\r\n\r\n",
            b"\r\n" * 100 + head,
            b"POST " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n",
            b"POST / HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            head.replace(b"\r\n", b"\n") + b"\n",
            head.replace(b": ", b" : ", 1) + length + b"\r\n" + body,
        )
    )
