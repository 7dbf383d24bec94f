"""Ways to break a signature, and to write a correct one differently.

A way is a function from a draft of a request and session tokens to the request that is sent. Each
kind of broken signature has an expected failure and text, which are the same in all of the services
("Troubleshoot Signature Version 4 signing for AWS API requests" in the IAM user guide, and their
answers).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.servers import ACCESS_KEY, SECRET_KEY
from tests.signing import Draft, Sent

MISSING, INCOMPLETE, INVALID = "missing", "incomplete", "invalid"
UNKNOWN, EXPIRED = "unknown", "expired"


class Tokens(NamedTuple):
    """Session tokens: a valid one, an expired one, and one sealed with another key."""

    good: str
    ended: str
    forged: str


SESSION = {"access_key": "ASIAEXAMPLEEXAMPLE00", "secret_key": "secret of the session"}


Way = Callable[[Draft, Tokens], Sent]


class Kind(NamedTuple):
    """A kind of broken signature."""

    name: str
    failure: str
    text: str
    """What the answer's text contains, as a pattern."""
    broken: Way


WRONG = "The request signature we calculated does not match the signature you provided"
BAD_TOKEN = "The security token included in the request is invalid"
ENDED_TOKEN = "The security token included in the request is expired"
STAMP = r"\d{8}T\d{6}Z"
NO_PAIR = r"Invalid key=value pair \(missing equal-sign\) in Authorization header \(hashed"
NOT_FIVE = "Credential must have exactly 5 slash-delimited elements"
TWO_CLAIMS = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization'"
LATE = rf"Signature expired: {STAMP} is now earlier than {STAMP} \({STAMP} - 15 min.\)"
EARLY = rf"Signature not yet current: {STAMP} is still later than {STAMP} \({STAMP} \+ 15 min.\)"
NO_ISO = "Date must be in ISO-8601 'basic format'"
OTHER_DAY = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version"
NO_QUERY = "AWS query-string parameters must include "
HOST = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization"


def header(change: Callable[[Sent], Any], **parts: Any) -> Way:
    """Signed in the header, and changed afterwards."""

    def broken(draft: Draft, _tokens: Tokens) -> Sent:
        sent = draft.but(**parts).signed()
        change(sent)
        return sent

    return broken


def parts(**changed: Any) -> Way:
    """Signed in the header, correctly, but with other parts."""
    return header(lambda _sent: None, **changed)


class _Twice(Draft):
    """A request whose headers are all signed twice, rightly."""

    def _names(self, headers: dict[str, str]) -> list[str]:
        return [name for name in super()._names(headers) for _ in range(2)]


def signed_twice(draft: Draft, _tokens: Tokens) -> Sent:
    """Signed in the header, each header twice."""
    return _Twice(**vars(draft)).signed()


def query(
    change: Callable[[str], str] = lambda target: target, expires: str = "3600", **parts: Any
) -> Way:
    """Signed in the query, whose text is changed afterwards."""

    def broken(draft: Draft, _tokens: Tokens) -> Sent:
        sent = draft.but(**parts).presigned(expires)
        sent.target = change(sent.target)
        return sent

    return broken


def authorization(value: str | None) -> Way:
    return header(lambda sent: sent.put("Authorization", value))


def session(token: Callable[[Tokens], str | None], in_query: bool = False, **parts: Any) -> Way:
    """Signed with temporary credentials and this token."""

    def broken(draft: Draft, tokens: Tokens) -> Sent:
        given = draft.but(**{**SESSION, "token": token(tokens), **parts})
        return given.presigned() if in_query else given.signed()

    return broken


def unsigned_token(draft: Draft, tokens: Tokens) -> Sent:
    sent = draft.but(**SESSION).signed()
    sent.headers.append(("X-Amz-Security-Token", tokens.good))
    return sent


def two_tokens(draft: Draft, tokens: Tokens) -> Sent:
    headers = {"X-Amz-Security-Token": tokens.ended}
    return draft.but(**SESSION, token=tokens.good, headers=headers).presigned()


def both_forms(draft: Draft, _tokens: Tokens) -> Sent:
    sent = draft.presigned()
    sent.headers.append(("Authorization", draft.signed().header("Authorization")))
    return sent


def another_end(text: str) -> str:
    """The same but for its last character."""
    return text[:-1] + ("0" if text[-1] != "0" else "1")


def signature(change: Callable[[str], str]) -> Way:
    """Another signature in the header, made from the correct one (64 characters)."""

    def broken(draft: Draft, _tokens: Tokens) -> Sent:
        sent = draft.signed()
        value = sent.header("Authorization")
        return sent.put("Authorization", value[:-64] + change(value[-64:]))

    return broken


def without(parameter: str) -> Way:
    """A query without one of its parameters."""
    return query(lambda target: re.sub(rf"{parameter}=[^&]*&?", "", target))


def again(name: str, **parts: Any) -> Way:
    """A header twice, with another value the second time."""
    return header(lambda sent: sent.headers.append((name, "other")), **parts)


def hash_said(text: str) -> Way:
    """Something other than the body's hash, stated and signed in its place."""
    return parts(headers={"X-Amz-Content-Sha256": text}, body_hash=text)


KINDS = [
    # Nothing there, or nothing of the kind
    Kind("anonymous", MISSING, "Request is missing Authentication Token", authorization(None)),
    Kind("empty", MISSING, "Request is missing Authentication Token", authorization("")),
    Kind("basic", MISSING, "missing Authentication Token", authorization("Basic QUtJRDpz")),
    Kind("version-2", MISSING, "missing Authentication Token", authorization("AWS AKID:c2ln")),
    Kind(
        "lower-case-scheme", MISSING, "missing Authentication Token",
        header(lambda sent: sent.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256")),
    ),
    # Parts that lack
    Kind(
        "no-credential", INCOMPLETE, "Authorization header requires 'Credential' parameter",
        header(lambda sent: sent.replace("Credential=", "Cred=")),
    ),
    Kind(
        "no-signature", INCOMPLETE, "Authorization header requires 'Signature' parameter",
        header(lambda sent: sent.replace("Signature=", "Sig=")),
    ),
    Kind(
        "no-signed-headers", INCOMPLETE, "Authorization header requires 'SignedHeaders' parameter",
        header(lambda sent: sent.replace("SignedHeaders=", "Signed=")),
    ),
    Kind(
        "scheme-alone", INCOMPLETE, "requires 'Credential' parameter.*'Signature'.*'SignedHeaders'",
        authorization("AWS4-HMAC-SHA256"),
    ),
    Kind(
        "no-equal-sign", INCOMPLETE, NO_PAIR,
        header(lambda sent: sent.replace("Signature=", "Signature")),
    ),
    Kind(
        "twice", INCOMPLETE, NO_PAIR,
        header(lambda sent: sent.headers.append(("Authorization", sent.header("Authorization")))),
    ),
    Kind(
        "no-date", INCOMPLETE, "existence of either a 'X-Amz-Date' or a 'Date' header",
        header(lambda sent: sent.put("X-Amz-Date", None)),
    ),
    Kind("not-iso", INCOMPLETE, NO_ISO, header(lambda sent: sent.put("X-Amz-Date", "2026-01-01"))),
    Kind("two-dates", INCOMPLETE, NO_ISO, again("X-Amz-Date")),
    Kind(
        "four-parts", INCOMPLETE, NOT_FIVE,
        header(lambda sent: sent.replace("/aws4_request", "")),
    ),
    Kind(
        "six-parts", INCOMPLETE, NOT_FIVE,
        header(lambda sent: sent.replace("/aws4_request", "/aws4_request/more")),
    ),
    Kind(
        "key-alone", INCOMPLETE, NOT_FIVE,
        header(lambda sent: sent.replace(sent.header("Authorization").split()[1], "Credential=A,")),
    ),
    # Algorithms
    Kind(
        "sigv4a", INCOMPLETE, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'",
        parts(algorithm="AWS4-ECDSA-P256-SHA256"),
    ),
    Kind(
        "other-algorithm", INCOMPLETE, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512'",
        header(lambda sent: sent.replace("SHA256", "SHA512")),
    ),
    # When
    Kind("too-old", INVALID, LATE, parts(age=16 * 60)),
    Kind("too-early", INVALID, EARLY, parts(age=-16 * 60)),
    Kind("day-before", INVALID, OTHER_DAY, parts(day="20200101")),
    Kind(
        "date-changed", INVALID, WRONG,
        header(lambda sent: sent.put("X-Amz-Date", Draft(age=60).date), age=1),
    ),
    # Scope
    Kind(
        "other-service", INVALID, "Credential should be scoped to correct service: '{service}'",
        parts(service="s3"),
    ),
    Kind("no-region", INVALID, "Credential should be scoped to a valid region", parts(region="")),
    Kind(
        "region-changed", INVALID, WRONG,
        header(lambda sent: sent.replace("/us-east-1/", "/eu-west-1/")),
    ),
    Kind(
        "terminator", INVALID, "should be scoped with a valid terminator: 'aws4_request'",
        parts(terminator="aws5_request"),
    ),
    # Whose
    Kind("unknown-key", UNKNOWN, BAD_TOKEN, parts(access_key="AKIDNOBODY")),
    Kind("wrong-secret", INVALID, WRONG, parts(secret_key="guess")),
    Kind("no-secret", INVALID, WRONG, parts(secret_key="")),
    # What is signed
    Kind("signature-changed", INVALID, WRONG, signature(another_end)),
    Kind("signature-cut", INVALID, WRONG, signature(lambda right: right[:-1])),
    Kind("signature-longer", INVALID, WRONG, signature(lambda right: right + "0")),
    Kind("signature-upper-case", INVALID, WRONG, signature(str.upper)),
    Kind("signature-not-ascii", INVALID, WRONG, signature(lambda right: right[:-1] + "\xe9")),
    Kind(
        "body-changed", INVALID, WRONG,
        header(lambda sent: setattr(sent, "body", sent.body + b" ")),
    ),
    # Of IAM and STS the body says which of them is meant.
    Kind(
        "body-gone", INVALID, f"{WRONG}|correct service: 'iam'",
        header(lambda sent: setattr(sent, "body", b"")),
    ),
    Kind(
        "query-added", INVALID, WRONG,
        header(lambda sent: setattr(sent, "target", f"{sent.target}?more=1")),
    ),
    Kind("header-changed", INVALID, WRONG, header(lambda sent: sent.put("Host", "other"))),
    Kind(
        "header-gone", INVALID, WRONG,
        header(lambda sent: sent.put("X-Note", None), headers={"X-Note": "here"}),
    ),
    Kind("header-again", INVALID, WRONG, again("X-Note", headers={"X-Note": "here"})),
    Kind("header-signed-twice", INVALID, WRONG, signed_twice),
    Kind("host-unsigned", INVALID, HOST, parts(unsigned=("Host",))),
    Kind(
        "empty-name", INVALID, WRONG,
        header(lambda sent: sent.replace("SignedHeaders=", "SignedHeaders=;")),
    ),
    # The body's hash
    Kind("unsigned-payload", INVALID, WRONG, hash_said("UNSIGNED-PAYLOAD")),
    Kind("streaming-payload", INVALID, WRONG, hash_said("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")),
    Kind("streaming-trailer", INVALID, WRONG, hash_said("STREAMING-UNSIGNED-PAYLOAD-TRAILER")),
    Kind("wrong-hash", INVALID, WRONG, hash_said("0" * 64)),
    Kind("wrong-hash-said", INVALID, WRONG, parts(headers={"X-Amz-Content-Sha256": "0" * 64})),
    Kind(
        "wrong-hash-unsigned", INVALID, WRONG,
        header(lambda sent: sent.put("X-Amz-Content-Sha256", "0" * 64)),
    ),
    # Session tokens
    Kind("session-without-token", UNKNOWN, BAD_TOKEN, session(lambda _tokens: None)),
    Kind("forged-token", UNKNOWN, BAD_TOKEN, session(lambda tokens: tokens.forged)),
    Kind("token-that-is-none", UNKNOWN, BAD_TOKEN, session(lambda _tokens: "AAAA")),
    Kind("empty-token", UNKNOWN, BAD_TOKEN, session(lambda _tokens: "")),
    Kind("cut-token", UNKNOWN, BAD_TOKEN, session(lambda tokens: tokens.good[:-4])),
    Kind("changed-token", UNKNOWN, BAD_TOKEN, session(lambda tokens: another_end(tokens.good))),
    Kind(
        "token-of-another-key", UNKNOWN, BAD_TOKEN,
        session(lambda tokens: tokens.good, access_key="ASIAOTHER"),
    ),
    Kind(
        "token-on-a-long-term-key", UNKNOWN, BAD_TOKEN,
        session(lambda tokens: tokens.good, access_key=ACCESS_KEY, secret_key=SECRET_KEY),
    ),
    Kind(
        "token-with-a-wrong-secret", INVALID, WRONG,
        session(lambda tokens: tokens.good, secret_key="guess"),
    ),
    Kind("ended-token", EXPIRED, ENDED_TOKEN, session(lambda tokens: tokens.ended)),
    Kind(
        "unsigned-token", INVALID, "'x-amz-security-token' must be a 'SignedHeader'",
        unsigned_token,
    ),
    # The same in the query
    Kind(
        "query-no-credential", INCOMPLETE, f"{NO_QUERY}'X-Amz-Credential'",
        without("X-Amz-Credential"),
    ),
    Kind("query-no-date", INCOMPLETE, f"{NO_QUERY}'X-Amz-Date'", without("X-Amz-Date")),
    Kind(
        "query-no-signature", INCOMPLETE, f"{NO_QUERY}'X-Amz-Signature'",
        without("X-Amz-Signature"),
    ),
    Kind(
        "query-no-signed-headers", INCOMPLETE, f"{NO_QUERY}'X-Amz-SignedHeaders'",
        without("X-Amz-SignedHeaders"),
    ),
    Kind("query-no-algorithm", MISSING, "missing Authentication Token", without("X-Amz-Algorithm")),
    Kind(
        "query-sigv4a", INCOMPLETE, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'",
        query(algorithm="AWS4-ECDSA-P256-SHA256"),
    ),
    Kind(
        "query-too-old", INVALID, rf"Signature expired: {STAMP} .* - 60 min.\)", query(age=3700),
    ),
    Kind("query-too-early", INVALID, EARLY, query(age=-1000)),
    Kind(
        "query-lives-too-long", INCOMPLETE, "X-Amz-Expires must be between 1 and 604800",
        query(expires="604801"),
    ),
    Kind(
        "query-longer-than-signed", INVALID, WRONG,
        query(lambda target: target.replace("Expires=3600", "Expires=86400")),
    ),
    Kind("query-signature-changed", INVALID, WRONG, query(another_end)),
    Kind(
        "query-two-signatures", INVALID, WRONG,
        query(lambda target: f"{target}&X-Amz-Signature={'0' * 64}"),
    ),
    Kind("query-more", INVALID, WRONG, query(lambda target: f"{target}&more=1")),
    Kind("query-host-unsigned", INVALID, HOST, query(unsigned=("Host",), headers={"X-Note": ""})),
    Kind(
        "query-other-service", INVALID, "scoped to correct service: '{service}'",
        query(service="s3"),
    ),
    Kind(
        "query-four-parts", INCOMPLETE, NOT_FIVE,
        query(lambda target: target.replace("%2Faws4_request", "")),
    ),
    Kind("query-unknown-key", UNKNOWN, BAD_TOKEN, query(access_key="AKIDNOBODY")),
    Kind("query-wrong-secret", INVALID, WRONG, query(secret_key="guess")),
    Kind("query-unsigned-payload", INVALID, WRONG, query(body_hash="UNSIGNED-PAYLOAD")),
    Kind(
        "query-ended-token", EXPIRED, ENDED_TOKEN,
        session(lambda tokens: tokens.ended, in_query=True),
    ),
    Kind(
        "query-forged-token", UNKNOWN, BAD_TOKEN,
        session(lambda tokens: tokens.forged, in_query=True),
    ),
    Kind(
        "query-token-of-another-key", UNKNOWN, BAD_TOKEN,
        session(lambda tokens: tokens.good, in_query=True, access_key=ACCESS_KEY),
    ),
    Kind("two-tokens", UNKNOWN, BAD_TOKEN, two_tokens),
    Kind("both-forms", INVALID, TWO_CLAIMS, both_forms),
]  # fmt: skip
