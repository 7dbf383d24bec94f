"""Correct signatures in every form."""

from __future__ import annotations

import hashlib
import time

from tests.api.broken_signatures import SESSION, Tokens, Way, header, parts, query, session
from tests.signing import Draft, Sent


def dated_by_date(draft: Draft, _tokens: Tokens) -> Sent:
    sent = draft.but(unsigned=("X-Amz-Date",)).signed()
    moment = time.strptime(sent.header("X-Amz-Date"), "%Y%m%dT%H%M%SZ")
    sent.headers.append(("Date", time.strftime("%a, %d %b %Y %H:%M:%S GMT", moment)))
    return sent.put("X-Amz-Date", None)


def session_in_a_header(draft: Draft, tokens: Tokens) -> Sent:
    headers = {"X-Amz-Security-Token": tokens.good}
    return draft.but(**SESSION, headers=headers).presigned()


def right_hash(draft: Draft, _tokens: Tokens) -> Sent:
    right = hashlib.sha256(draft.body).hexdigest()
    return draft.but(headers={"X-Amz-Content-Sha256": right}).signed()


RIGHT: dict[str, Way] = {
    "plain": parts(),
    "query": query(),
    "query-of-yesterday": query(age=86_000, expires="86400"),
    "session": session(lambda tokens: tokens.good),
    "query-session": session(lambda tokens: tokens.good, in_query=True),
    "query-session-in-a-header": session_in_a_header,
    "clock-late": parts(age=14 * 60),
    "clock-early": parts(age=-14 * 60),
    "date-header": dated_by_date,
    "right-hash": right_hash,
    "spaces-within": header(
        lambda sent: sent.put("X-Note", "  a    b\t "), headers={"X-Note": "a b"}
    ),
    "values-of-two-headers": header(
        lambda sent: sent.put("X-Note", "a").headers.append(("x-note", "b")),
        headers={"X-Note": "a,b"},
    ),
    "unsigned-header-of-a-proxy": header(lambda sent: sent.put("X-Amz-Cf-Id", "x")),
    "other-region": parts(region="eu-west-1"),
    "empty-query": header(lambda sent: setattr(sent, "target", f"{sent.target}?")),
    "absolute-form": header(lambda sent: setattr(sent, "target", f"http://localhost{sent.target}")),
}
