"""For every parameter that may contain a secret, the test decides whether records show it."""

from __future__ import annotations

import pytest

from jedlik.auth.identity import Identity
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Arns
from jedlik.services.iam import audit


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        (b"Action=CreateLoginProfile&UserName=ada&Password=secret", {}),
        (b"Action=Nothing&UserName=ada", {}),
        (b"Action=GetUser&Password=secret&UserName=ada", {"UserName": "ada"}),
        (b"Action=GetSessionToken&TokenCode=123456&SerialNumber=s", {"SerialNumber": "s"}),
        (b"Action=TagUser&Tags.member.1.Key=a", {"Tags.member.1.Key": "a"}),
    ],
)
def test_of_iam_and_sts(form: bytes, shown: dict[str, str]) -> None:
    request = Request(b"POST", b"/", {}, b"", form, b"ID")
    request.identity = Identity("AKID", "000000000000", "us-east-1", "iam")
    event = audit.EVENTS.describe(request, Answer(400, b""), Arns())
    assert event.parameters == shown


def test_of_a_stranger_only_the_action_is_read() -> None:
    form = b"Action=TagUser&Version=2010-05-08&UserName=ada&" + b"a=b&" * 10_000
    request = Request(b"POST", b"/", {}, b"", form, b"ID")
    event = audit.EVENTS.describe(request, Answer(403, b""), Arns())
    assert (event.name, event.parameters) == ("TagUser", {})
