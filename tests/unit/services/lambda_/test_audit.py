"""For every parameter that may contain a secret, the test decides whether records show it."""

from __future__ import annotations

import pytest

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.lambda_ import audit, shapes


def test_every_member_of_lambda_is_shown_or_hidden() -> None:
    members = {
        member for operation in shapes.OPERATIONS for member, _, _ in shapes.SHAPES[operation[4]][1]
    }
    assert members == audit.SHOWN | audit.HIDDEN
    assert not audit.SHOWN & audit.HIDDEN
    assert {"Code", "ZipFile", "Environment", "Payload"} <= audit.HIDDEN


@pytest.mark.parametrize("target", ["/2015-03-31/nothing", "/", "/2015-03-31/functions/%ff/code"])
def test_any_path_of_lambdas(target: str) -> None:
    """What is no call of the API has no event; no path fails."""
    request = Request(b"PUT", target.encode(), {}, b"", b"nonsense", b"ID")
    event = audit.EVENTS.describe(request, Answer(400, b""), Arns())
    assert (event is None) is not target.endswith("/code")


@pytest.mark.parametrize("body", [b'{"TagKeys":null}', b'{"TagKeys":5}', b'{"Resource":[]}', b"[]"])
def test_any_body_of_lambdas(body: bytes) -> None:
    target = b"/2017-03-31/tags/arn%3Ax?tagKeys=a&tagKeys=b"
    request = Request(b"DELETE", target, {}, body, body, b"ID")
    request.identity = Identity("AKID", "000000000000", "us-east-1", "lambda")
    event = audit.EVENTS.describe(request, Answer(400, b""), Arns())
    assert event is not None
    assert event.parameters == {"TagKeys": ["a", "b"], "Resource": "arn:x"}
