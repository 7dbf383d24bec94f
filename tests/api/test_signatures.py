"""Every kind of broken signature is refused with the right error, and does nothing.

Each row has a way to break a request and the expected failure, for which each API has its own name
and status. Each request would create something if it were accepted: so after each refusal, a
correct request of the same signer checks that nothing was created.

Names and statuses: "Common Errors" of the DynamoDB, KMS and IAM API references and of the Lambda
developer guide; texts: the answers of the services, the same in all of them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from jedlik.auth.sessions import Session, Sessions
from jedlik.base.clock import SystemClock
from jedlik.base.ids import RandomIds
from jedlik.crypto.secret_box import KEY_SIZE, Seal
from jedlik.services.dynamodb.database.database import Database
from jedlik.storage.open import StorageSettings, open_storage
from tests.api.broken_signatures import (
    EXPIRED,
    INCOMPLETE,
    INVALID,
    KINDS,
    MISSING,
    SESSION,
    UNKNOWN,
    Kind,
    Tokens,
)
from tests.api.right_signatures import RIGHT
from tests.servers import ACCESS_KEY, SECRET_KEY, RunningServer
from tests.signing import Draft, Sent, exchange
from tests.simulated_clock import SimulatedClock

FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON_1_0 = "application/x-amz-json-1.0"
JSON_1_1 = "application/x-amz-json-1.1"
FUNCTIONS = "/2015-03-31/functions"

# --- The APIs -------------------------------------------------------------------------------------


def table(target: str, body: dict[str, Any]) -> Draft:
    headers = {"Content-Type": JSON_1_0, "X-Amz-Target": f"DynamoDB_20120810.{target}"}
    return Draft(json.dumps(body).encode(), headers)


def key(operation: str) -> Draft:
    headers = {"Content-Type": JSON_1_1, "X-Amz-Target": f"TrentService.{operation}"}
    return Draft(b"{}", headers, service="kms")


def form(text: str, service: str = "iam") -> Draft:
    return Draft(text.encode(), {"Content-Type": FORM}, service=service)


class Api(NamedTuple):
    """`making` creates something, `listing` lists what was created; `empty` is its answer
    before."""

    making: Draft
    listing: Draft
    empty: str
    errors: dict[str, tuple[int, str]]


IN_JSON = {
    MISSING: (400, "MissingAuthenticationTokenException"),
    INCOMPLETE: (400, "IncompleteSignatureException"),
    INVALID: (400, "InvalidSignatureException"),
    UNKNOWN: (400, "UnrecognizedClientException"),
    EXPIRED: (400, "ExpiredTokenException"),
}
IN_XML = {
    MISSING: (403, "MissingAuthenticationToken"),
    INCOMPLETE: (400, "IncompleteSignature"),
    INVALID: (403, "SignatureDoesNotMatch"),
    UNKNOWN: (403, "InvalidClientTokenId"),
    EXPIRED: (403, "ExpiredToken"),
}
APIS = {
    "dynamodb": Api(
        table(
            "CreateTable",
            {
                "TableName": "made",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            },
        ),
        table("ListTables", {}),
        r'"TableNames":\[\]',
        IN_JSON,
    ),
    "kms": Api(key("CreateKey"), key("ListKeys"), r'"Keys":\[\]', IN_JSON),
    "lambda": Api(
        Draft(
            json.dumps(
                {
                    "FunctionName": "made",
                    "Role": "arn:aws:iam::000000000000:role/r",
                    "PackageType": "Image",
                    "Code": {"ImageUri": "http://127.0.0.1:9"},
                }
            ).encode(),
            target=FUNCTIONS,
            service="lambda",
        ),
        Draft(b"", method="GET", target=f"{FUNCTIONS}/", service="lambda"),
        r'"Functions":\[\]',
        {failure: (403, name) for failure, (_, name) in IN_JSON.items()},
    ),
    "iam": Api(
        form("Action=CreateUser&Version=2010-05-08&UserName=made"),
        form("Action=ListUsers&Version=2010-05-08"),
        "<Users></Users>",
        IN_XML,
    ),
    "sts": Api(
        form("Version=2011-06-15&Action=GetCallerIdentity", "sts"),
        form("Version=2011-06-15&Action=GetCallerIdentity", "sts"),
        ":root</Arn>",
        IN_XML,
    ),
}

# --- The server -----------------------------------------------------------------------------------


class Site(NamedTuple):
    server: RunningServer
    tokens: Tokens


async def tokens_in(directory: Path) -> Tokens:
    """Tokens of a store, made before its server starts, since a server makes no expired ones."""
    clock = SystemClock()
    storage = open_storage(StorageSettings(directory))
    database = Database(storage.engine, clock, RandomIds())
    own = await database.identities.ensure_key()
    await storage.close()

    def token(seal: Seal, age: float) -> str:
        begins = clock.now() - age
        session = Session(*SESSION.values(), begins, begins + 900, administrator=ACCESS_KEY)
        return Sessions(SimulatedClock(begins), lambda: seal).token(session)

    other = Seal(b"k" * KEY_SIZE, os.urandom)
    return Tokens(token(own, 0), token(own, 1000), token(other, 0))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    scratch = tmp_path_factory.mktemp("signatures")
    tokens = asyncio.run(tokens_in(scratch / "data"))
    server = RunningServer(
        scratch, "--data", scratch / "data", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY
    )
    yield Site(server, tokens)
    server.end_well()


def asked(site: Site, sent: Sent) -> tuple[int, str, str]:
    """Status, the error's name and the whole text of the answer."""
    status, headers, body = exchange((site.server.host, site.server.port), sent.bytes())
    text = body.decode()
    name = headers.get("x-amzn-errortype")
    if name is None:
        found = re.search(r'"__type":"(?:[\w.]+#)?(\w+)"|<Code>(\w+)</Code>', text)
        name = "" if found is None else found[1] or found[2]
    return status, name, text


# --- Refusals -------------------------------------------------------------------------------------


def check_that_nothing_is_there(site: Site, api: str) -> None:
    status, _, text = asked(site, APIS[api].listing.signed())
    assert status == 200, text
    assert re.search(APIS[api].empty, text), text


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_broken_signature(site: Site, kind: Kind) -> None:
    for api, spoken in APIS.items():
        draft = spoken.making
        status, name, text = asked(site, kind.broken(draft, site.tokens))
        assert (status, name) == spoken.errors[kind.failure], (api, text)
        assert re.search(kind.text.replace("{service}", draft.service), text), (api, text)
        check_that_nothing_is_there(site, api)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff"])
def test_signatures_come_before_what_a_body_says(site: Site, body: bytes) -> None:
    for api in ("dynamodb", "kms", "lambda"):
        draft, spoken = APIS[api].making.but(body=body), APIS[api]
        for kind in KINDS[::10]:
            status, name, text = asked(site, kind.broken(draft, site.tokens))
            assert (status, name) == spoken.errors[kind.failure], (api, kind.name, text)
        status, name, text = asked(site, draft.signed())
        assert status == 400, text
        assert name in (
            "SerializationException", "InvalidRequestContentException", "ValidationException",
        ), text  # fmt: skip


@pytest.mark.parametrize("api", APIS)
def test_a_body_in_signed_chunks(site: Site, api: str) -> None:
    """Only S3 has `aws-chunked`: here the chunks' headers would be a part of the body. DynamoDB
    answers a coding that it cannot undo with an internal error."""
    draft = APIS[api].making
    status, name, text = asked(
        site, draft.but(headers={"Content-Encoding": "aws-chunked"}).signed()
    )
    expected = (400, "MalformedHttpRequestException")
    if api == "dynamodb":
        expected = (500, "InternalServerError")
    assert (status, name) == expected
    assert "Unsupported content encoding: aws-chunked." in text
    check_that_nothing_is_there(site, api)


# --- What is right --------------------------------------------------------------------------------


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("way", RIGHT)
def test_a_right_signature(site: Site, api: str, way: str) -> None:
    sent = RIGHT[way](APIS[api].listing, site.tokens)
    status, name, text = asked(site, sent)
    if api == "iam" and "session" in way:
        # Right as it is: but IAM takes no sessions of users without a second factor.
        assert (status, name) == (403, "InvalidClientTokenId"), text
        return
    assert status == 200, text
    assert re.search(APIS[api].empty, text), text


def test_a_header_in_two_lines(site: Site) -> None:
    """RFC 9112, 5.2: a server may refuse folded lines, or treat them as spaces."""
    sent = APIS["dynamodb"].listing.but(headers={"X-Note": "a b"}).signed()
    folded = asked(site, sent.put("X-Note", "a\r\n  b"))
    assert folded[0] == 200 or folded[:2] == (400, "MalformedHttpRequestException")
    status, name, _ = asked(site, sent.put("X-Note", "a\r\n  c"))
    assert (status, name) in (
        (400, "MalformedHttpRequestException"), (400, "InvalidSignatureException")
    )  # fmt: skip


# --- Headers that say what to do ------------------------------------------------------------------


def test_a_target_that_is_not_signed(site: Site) -> None:
    sent = APIS["dynamodb"].making.but(unsigned=("X-Amz-Target",)).signed()
    status, name, text = asked(site, sent)
    assert (status, name) == (400, "InvalidSignatureException")
    assert "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization." in text
    check_that_nothing_is_there(site, "dynamodb")


def test_input_in_headers_that_are_not_signed(site: Site) -> None:
    """An attacker who intercepts an Invoke must not be able to change its kind."""
    invoke = APIS["lambda"].making.but(body=b"{}", target=f"{FUNCTIONS}/none/invocations")
    status, name, _ = asked(site, invoke.but(headers={"X-Amz-Invocation-Type": "DryRun"}).signed())
    assert (status, name) == (404, "ResourceNotFoundException")
    for _ in range(2):  # the second time from what is kept of the header
        assert asked(site, invoke.signed())[0] == 404
        added = invoke.signed()
        added.headers.append(("X-Amz-Invocation-Type", "DryRun"))
        status, name, text = asked(site, added)
        assert (status, name) == (403, "InvalidSignatureException")
        assert "'x-amz-invocation-type' must be a 'SignedHeader'" in text
