"""Which signatures are accepted, and the texts with which others are refused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from jedlik.auth.identity import Identity
from jedlik.auth.sigv4 import OpenVerifier, Verifier
from jedlik.base.errors import (
    IncompleteSignatureException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ServiceError,
    UnrecognizedClientException,
)
from tests.simulated_clock import SimulatedClock

Signed = Any
Signer = Callable[..., Signed]

ACCESS_KEY = "AKIDEXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BODY = b"{}"
WRONG = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def message(error: type[ServiceError], verify: Callable[[Any], Identity], request: Signed) -> str:
    with pytest.raises(error) as caught:
        verify(request)
    return caught.value.message


# --- The service's published examples -------------------------------------------------------------


class Vector:
    """A request of the signature test suite."""

    def __init__(self, line: str, signature: str, body: bytes = b"", **headers: str) -> None:
        method, target = line.split(" ", 1)
        self.method = method.encode()
        self.target = target.encode()
        self.body = body
        self.headers = {
            name.replace("_", "-").encode(): value.encode() for name, value in headers.items()
        }
        self.headers[b"host"] = b"example.amazonaws.com"
        self.headers[b"x-amz-date"] = b"20150830T123600Z"
        names = b";".join(sorted(self.headers))
        self.headers[b"authorization"] = (
            b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            b"SignedHeaders=%b, Signature=%b" % (names, signature.encode())
        )


@pytest.mark.parametrize(
    "vector",
    [
        Vector("GET /", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector("POST /", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            "GET /?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        Vector(
            "GET /example/..",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        Vector("GET //", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Vector("GET /ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        Vector(
            "GET /example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
        Vector(
            "GET /",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            my_header1=" value1",
            my_header2=' "a   b   c"',
        ),
        Vector(
            "POST /",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            b"Param1=value1",
            content_type="application/x-www-form-urlencoded",
        ),
    ],
)
def test_published_examples(vector: Vector) -> None:
    clock = SimulatedClock(1440938160.0)  # 2015-08-30, 12:36
    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, services=("service",))
    expected = Identity(ACCESS_KEY, "000000000000", "us-east-1", "service")
    assert verifier.verify(vector) == expected
    assert verifier.verify(vector) == expected  # from what is kept
    vector.body += b" "
    assert message(InvalidSignatureException, verifier.verify, vector) == WRONG


# --- What botocore signs --------------------------------------------------------------------------


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("token", [None, "session/token+with=signs"])
def test_a_right_signature(
    sign: Signer, verifier: Verifier, in_query: bool, token: str | None
) -> None:
    # botocore takes the body for parameters where it signs a query
    request = sign(b"" if in_query else b"{}", in_query=in_query, token=token)
    for _ in range(3):
        identity = verifier.verify(request)
        assert identity == Identity(ACCESS_KEY, "000000000000", "eu-west-1", "dynamodb")


def test_many_requests_of_one_client(sign: Signer, verifier: Verifier) -> None:
    requests = [sign(b'{"n": %d}' % number) for number in range(20)]
    for request in requests:
        verifier.verify(request)
    for request, other in pairwise(requests):
        request.body = other.body
        assert message(InvalidSignatureException, verifier.verify, request) == WRONG


def test_many_values_of_a_signed_header(sign: Signer, verifier: Verifier) -> None:
    """What is kept of one value lets no request through with another one."""
    requests = [sign(b"{}", X_Note=f"n{number}") for number in range(200)]
    for _ in range(2):
        for request in requests:
            verifier.verify(request)
        for request, other in pairwise(requests):
            changed = {**request.headers, b"x-note": other.headers[b"x-note"]}
            wrong = replace(request, headers=changed)
            assert message(InvalidSignatureException, verifier.verify, wrong) == WRONG


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Note": "a  b   c"},
        {"X_Note": "trailing "},
        {"X_Note": "a: b"},
        {"X_Note": ""},
        {"X_Note": "100%b"},
        {"X_100%s": "name"},
        {"Content_Encoding": "gzip"},
    ],
)
def test_header_values_in_their_canonical_form(
    sign: Signer, verifier: Verifier, headers: dict[str, str]
) -> None:
    for number in range(3):
        verifier.verify(sign(b"{}" + b" " * number, **headers))


@pytest.mark.parametrize(
    "target",
    ["/?b=2&a=1&a=0", "/?a", "/?a=%20b%2F&c=%C3%A9", "/?x=~-._", "/a%20b", "/a/./b/../c/", "/é"],
)
def test_paths_and_queries(sign: Signer, verifier: Verifier, target: str) -> None:
    verifier.verify(sign(target=target))


def test_identity_has_the_region_and_account(sign: Signer, clock: SimulatedClock) -> None:
    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, account="123456789012")
    identity = verifier.verify(sign(region="local"))
    assert identity == Identity(ACCESS_KEY, "123456789012", "local", "dynamodb")


def test_other_layouts_of_the_header(sign: Signer, verifier: Verifier) -> None:
    request = sign()
    parts = dict(
        part.split(b"=", 1) for part in request.headers[b"authorization"][17:].split(b", ")
    )
    for order, separator in (
        (("Credential", "SignedHeaders", "Signature"), b","),
        (("Signature", "Credential", "SignedHeaders"), b", "),
        (("SignedHeaders", "Signature", "Credential"), b" ,  "),
    ):
        request.headers[b"authorization"] = b"AWS4-HMAC-SHA256 " + separator.join(
            name.encode() + b"=" + parts[name.encode()] for name in order
        )
        for _ in range(2):
            assert verifier.verify(request).access_key == ACCESS_KEY


def test_the_date_header_will_do(verifier: Verifier) -> None:
    vector = Vector("POST /", "0" * 64)
    vector.headers[b"date"] = b"Sun, 30 Aug 2015 12:36:00 GMT"
    del vector.headers[b"x-amz-date"]
    vector.headers[b"authorization"] = vector.headers[b"authorization"].replace(
        b"SignedHeaders=host;x-amz-date", b"SignedHeaders=host"
    )
    verifier = Verifier(
        {ACCESS_KEY: SECRET_KEY}.get, SimulatedClock(1440938160.0), services=("service",)
    )
    # The date was read and current, so what is wrong is the signature.
    assert message(InvalidSignatureException, verifier.verify, vector) == WRONG
    vector.headers[b"date"] = b"Sun, 30 Aug 2015 12:06:00 GMT"
    assert message(InvalidSignatureException, verifier.verify, vector) == (
        "Signature expired: 20150830T120600Z is now earlier than 20150830T122100Z "
        "(20150830T123600Z - 15 min.)"
    )


def test_a_presigned_request_lives_as_long_as_it_says(
    sign: Signer, verifier: Verifier, clock: SimulatedClock
) -> None:
    request = sign(b"", in_query=True, expires=7200)
    clock.advance(7100)
    verifier.verify(request)
    clock.advance(200)
    text = message(InvalidSignatureException, verifier.verify, request)
    assert text.startswith("Signature expired: ")
    assert text.endswith(" - 120 min.)")


@pytest.mark.parametrize("expires", [b"0", b"604801", b"-5", b"x", b""])
def test_how_long_it_may_live(sign: Signer, verifier: Verifier, expires: bytes) -> None:
    request = sign(b"", in_query=True)
    request.target = request.target.replace(b"Expires=3600", b"Expires=" + expires)
    message(IncompleteSignatureException, verifier.verify, request)


# --- Keys -----------------------------------------------------------------------------------------


def test_a_key_that_nobody_has(sign: Signer, verifier: Verifier) -> None:
    for in_query in (False, True):
        request = sign(b"", access_key="AKIDOTHER", in_query=in_query)
        assert message(UnrecognizedClientException, verifier.verify, request) == (
            "The security token included in the request is invalid."
        )


def test_a_wrong_secret(sign: Signer, verifier: Verifier) -> None:
    verifier.verify(sign())
    assert message(InvalidSignatureException, verifier.verify, sign(secret="x")) == WRONG


def test_uses_of_keys_are_told_when_it_was_asked_for(sign: Signer, clock: SimulatedClock) -> None:
    told: list[tuple[str, str, str, float]] = []

    def note(*use: Any) -> float:
        told.append(use)
        return clock.now() + 60

    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, note=note)
    request = sign()
    start = clock.now()
    for _ in range(3):
        verifier.verify(request)
    use = (ACCESS_KEY, "dynamodb", "eu-west-1")
    assert told == [(*use, start)]
    clock.advance(59)
    verifier.verify(request)
    clock.advance(1)
    verifier.verify(request)
    assert told == [(*use, start), (*use, start + 60)]
    # What is not right is no use, and one in a query is told each time.
    message(InvalidSignatureException, verifier.verify, sign(secret="wrong"))
    clock.advance(60)
    message(InvalidSignatureException, verifier.verify, sign(secret="wrong"))
    assert len(told) == 2
    verifier.verify(sign(b"", in_query=True))
    assert told[2:] == [(*use, start + 120)]


def test_a_key_that_is_changed_or_withdrawn(sign: Signer, clock: SimulatedClock) -> None:
    keys = {ACCESS_KEY: SECRET_KEY}
    verifier = Verifier(keys.get, clock)
    request = sign()
    verifier.verify(request)
    keys[ACCESS_KEY] = "another"
    message(InvalidSignatureException, verifier.verify, request)
    verifier.verify(sign(secret="another"))
    del keys[ACCESS_KEY]
    message(UnrecognizedClientException, verifier.verify, request)
    keys[ACCESS_KEY] = SECRET_KEY
    verifier.verify(request)


def test_many_clients(sign: Signer, clock: SimulatedClock) -> None:
    verifier = Verifier({f"AKID{n}": f"secret {n}" for n in range(1100)}.get, clock)
    request = sign(access_key="AKID0", secret="secret 0")
    for number in range(1100):
        one = sign(access_key=f"AKID{number}", secret=f"secret {number}")
        assert verifier.verify(one).access_key == f"AKID{number}"
    verifier.verify(request)
    assert verifier._kept.weight <= verifier._kept.max_bytes
    assert len(verifier._kept) < 3000


def test_long_headers_do_not_fill_the_memory(sign: Signer, verifier: Verifier) -> None:
    """They are kept with what follows from them, for anyone who has a key."""
    kept = verifier._kept
    kept.max_bytes = 500_000
    for number in range(60):
        verifier.verify(sign(X_Note=f"{number}" + "x" * 9_000))
        assert kept.weight >= sum(
            sum(map(len, values)) for one in kept._entries.values() for values in one.starts
        )
    assert 100_000 < kept.weight <= kept.max_bytes
    for number in range(100):
        verifier.verify(sign(X_Note="x" * 9_000, **{f"X_Other_{number}": "x" * 9_000}))
        verifier.verify(sign(X_Note="y" * 9_000, **{f"X_Other_{number}": "x" * 9_000}))
    assert 250_000 < kept.weight <= kept.max_bytes
    assert len(kept) < 30


# --- Refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, b"", b"Bearer abc", b"AWS AKID:c2ln", b"Basic AWS4-"])
def test_no_signature_at_all(sign: Signer, verifier: Verifier, header: bytes | None) -> None:
    request = sign()
    del request.headers[b"authorization"]
    if header is not None:
        request.headers[b"authorization"] = header
    for each in (verifier, OpenVerifier()):
        assert message(MissingAuthenticationTokenException, each.verify, request) == (
            "Request is missing Authentication Token"
        )


def test_two_signatures(sign: Signer, verifier: Verifier) -> None:
    request = sign()
    request.target = b"/?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    for each in (verifier, OpenVerifier()):
        assert message(InvalidSignatureException, each.verify, request) == (
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
            "header."
        )


@pytest.mark.parametrize("minutes", [14, -14])
def test_a_clock_that_is_a_little_off(
    sign: Signer, verifier: Verifier, clock: SimulatedClock, minutes: int
) -> None:
    request = sign()
    verifier.verify(request)
    clock._now += minutes * 60
    verifier.verify(request)


@pytest.mark.parametrize("kept", [True, False])
def test_a_clock_that_is_far_off(
    sign: Signer, verifier: Verifier, clock: SimulatedClock, kept: bool
) -> None:
    request = sign()
    date = request.headers[b"x-amz-date"].decode()
    if kept:
        verifier.verify(request)
    start = clock.now()

    def at(seconds: float) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))

    clock._now = start + 16 * 60
    assert message(InvalidSignatureException, verifier.verify, request) == (
        f"Signature expired: {date} is now earlier than {at(start + 60)} "
        f"({at(start + 960)} - 15 min.)"
    )
    clock._now = start - 16 * 60
    assert message(InvalidSignatureException, verifier.verify, request) == (
        f"Signature not yet current: {date} is still later than {at(start - 60)} "
        f"({at(start - 960)} + 15 min.)"
    )


@pytest.mark.parametrize("kept", [True, False])
def test_headers_that_must_be_signed(sign: Signer, verifier: Verifier, kept: bool) -> None:
    request = sign()
    if kept:
        verifier.verify(request)
    for name in (b"x-added", b"x-amz-cf-id"):
        request.headers[name] = b"of no importance"
        verifier.verify(request)
    for name, shown in (
        (b"host", "'Host' or ':authority'"),
        (b"x-amz-target", "'x-amz-target'"),
        (b"x-amz-security-token", "'x-amz-security-token'"),
    ):
        changed = sign(token="token")
        header = changed.headers[b"authorization"]
        changed.headers[b"authorization"] = header.replace(name, b"x-added")
        changed.headers[b"x-added"] = b"1"
        for _ in range(2):
            assert message(InvalidSignatureException, verifier.verify, changed) == (
                f"{shown} must be a 'SignedHeader' in the AWS Authorization."
            )


def test_a_target_added_to_a_request_without_one() -> None:
    vector = Vector("POST /", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")
    clock = SimulatedClock(1440938160.0)
    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, services=("service",))
    verifier.verify(vector)
    vector.headers[b"x-amz-target"] = b"DynamoDB_20120810.DeleteTable"
    assert message(InvalidSignatureException, verifier.verify, vector) == (
        "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."
    )


def test_a_signed_header_that_is_not_there(sign: Signer, verifier: Verifier) -> None:
    request = sign(X_Note="here")
    gone = sign(X_Note="here")
    del gone.headers[b"x-note"]
    assert message(InvalidSignatureException, verifier.verify, gone) == WRONG
    verifier.verify(request)
    assert message(InvalidSignatureException, verifier.verify, gone) == WRONG


def test_a_scope_that_does_not_fit_is_refused(sign: Signer, verifier: Verifier) -> None:
    def refused(**arguments: str) -> str:
        return message(InvalidSignatureException, verifier.verify, sign(**arguments))

    assert refused(service="s3") == "Credential should be scoped to correct service: 'dynamodb'. "
    request = sign()
    header = request.headers[b"authorization"]
    date = request.headers[b"x-amz-date"].decode()
    request.headers[b"authorization"] = header.replace(
        f"{date[:8]}/eu-west-1/dynamodb/aws4_request".encode(), b"20200101//sqs/aws5"
    )
    assert message(InvalidSignatureException, verifier.verify, request) == (
        "Credential should be scoped to a valid region. "
        "Credential should be scoped to correct service: 'dynamodb'. "
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. "
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        f"HTTP: '20200101' != '{date[:8]}', from '{date}'."
    )


def test_a_region_may_be_prescribed(sign: Signer, clock: SimulatedClock) -> None:
    verifier = Verifier({ACCESS_KEY: SECRET_KEY}.get, clock, regions=("eu-west-1",))
    verifier.verify(sign())
    assert message(InvalidSignatureException, verifier.verify, sign(region="us-east-1")) == (
        "Credential should be scoped to a valid region. This server has eu-west-1. "
    )


def test_a_day_that_is_not_that_of_the_date(
    sign: Signer, verifier: Verifier, clock: SimulatedClock
) -> None:
    request = sign()
    verifier.verify(request)
    date = request.headers[b"x-amz-date"]
    clock.advance(24 * 3600)
    later = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(clock.now())).encode()
    request.headers[b"x-amz-date"] = later
    assert message(InvalidSignatureException, verifier.verify, request).startswith(
        f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
        f"HTTP: '{date[:8].decode()}' != "
    )


def test_another_algorithm(sign: Signer, verifier: Verifier) -> None:
    request = sign()
    header = request.headers[b"authorization"]
    request.headers[b"authorization"] = header.replace(b"SHA256 ", b"SHA25 ", 1)
    assert message(IncompleteSignatureException, verifier.verify, request) == (
        "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "
    )


@pytest.mark.parametrize("in_query", [False, True])
def test_a_hash_that_is_not_the_bodys(sign: Signer, verifier: Verifier, in_query: bool) -> None:
    body = b"" if in_query else BODY
    right = hashlib.sha256(body).hexdigest()
    verifier.verify(sign(body, in_query=in_query, X_Amz_Content_SHA256=right))
    verifier.verify(sign(body, in_query=in_query))
    # botocore signs with these in the place of the body's hash; they are added unsigned as well.
    for said in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64, right.upper()):
        request = sign(body, in_query=in_query, X_Amz_Content_SHA256=said)
        assert message(InvalidSignatureException, verifier.verify, request) == WRONG
        request = sign(body, in_query=in_query)
        request.headers[b"x-amz-content-sha256"] = said.encode()
        assert message(InvalidSignatureException, verifier.verify, request) == WRONG


def test_an_open_server_knows_one_algorithm_too(sign: Signer) -> None:
    request = sign()
    OpenVerifier().verify(request)
    header = request.headers[b"authorization"]
    request.headers[b"authorization"] = header.replace(b"HMAC", b"ECDSA-P256", 1)
    assert message(IncompleteSignatureException, OpenVerifier().verify, request) == (
        "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256' (only AWS4-HMAC-SHA256 for now). "
    )
