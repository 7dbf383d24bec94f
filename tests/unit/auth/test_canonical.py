"""The canonical form of a request, which is signed."""

from __future__ import annotations

import pytest

from jedlik.auth.canonical import has_loose_space, request_start, template, trimmed


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/", b"/", b""),
        (b"", b"/", b""),
        (b"/a b", b"/a%20b", b""),
        (b"/a%20b", b"/a%2520b", b""),
        (b"/a/../b/./c", b"/b/c", b""),
        (b"/../..", b"/", b""),
        (b"//a//b/", b"/a/b/", b""),
        (b"/-._~", b"/-._~", b""),
        (b"/?b=2&a=1", b"/", b"a=1&b=2"),
        (b"/?a=2&a=1", b"/", b"a=1&a=2"),
        (b"/?a", b"/", b"a="),
        (b"/?a=b=c", b"/", b"a=b%3Dc"),
        (b"/?a=%2f", b"/", b"a=%2F"),
        (b"/?a=/", b"/", b"a=%2F"),
        (b"/?a=x+y", b"/", b"a=x%2By"),
        (b"/?&&a=1&", b"/", b"a=1"),
        (b"/?a=1?2", b"/", b"a=1%3F2"),
        (b"/?X-Amz-Signature=1&a=2", b"/", b"X-Amz-Signature=1&a=2"),
    ],
)
def test_path_and_query(target: bytes, path: bytes, query: bytes) -> None:
    start = request_start(b"POST", target, presigned=False)
    assert start == b"POST\n" + path + b"\n" + query + b"\n"


def test_the_signature_of_a_presigned_query_is_left_out() -> None:
    start = request_start(b"GET", b"/?X-Amz-Signature=1&a=2", presigned=True)
    assert start == b"GET\n/\na=2\n"


def test_the_template_takes_values() -> None:
    made = template(b"POST\n/%\n\n", [b"host", b"x-%d"], b"host;x-%d")
    assert made % (b"h:1", b"50%") == b"POST\n/%\n\nhost:h:1\nx-%d:50%\n\nhost;x-%d\n"


@pytest.mark.parametrize(
    ("value", "signed"),
    [
        (b"a b", b"a b"),
        (b" a", b"a"),
        (b"a ", b"a"),
        (b"a  b", b"a b"),
        (b"a\tb", b"a b"),
        (b"\ta", b"a"),
        (b"", b""),
    ],
)
def test_loose_space_is_found_and_trimmed(value: bytes, signed: bytes) -> None:
    assert trimmed(value) == signed
    if value != signed:
        assert has_loose_space(b"host:h\nx:" + value + b"\n\nhost;x\nhash")
    else:
        assert not has_loose_space(b"host:h\nx:" + value + b"\n\nhost;x\nhash")
