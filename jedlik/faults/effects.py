"""The effect of a rule on a request that it strikes.

Errors have the service's types and texts. If a part of a batch is left unprocessed, the rest is
sent to the server as a smaller batch, with the effects and the cost of one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

import orjson

from jedlik.base import errors
from jedlik.base.errors import (
    ConditionalCheckFailedException,
    ProvisionedThroughputExceededException,
    ServiceError,
    ThrottlingException,
    TransactionConflictException,
    ValidationException,
)
from jedlik.gateway.exchange import Answer, Reply, Request, Withheld
from jedlik.request_log.facts import BATCHES, TRANSACTIONS, Facts, Part, with_payload
from jedlik.services.dynamodb.items.transactions import NO_REASON, canceled, reason_of

_BATCH_MEMBERS: Final = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


class StruckRequest(NamedTuple):
    """A request that a rule strikes. `concerns` says whether the rule is about an item of it,
    `submit` is the server's, `reply` answers it."""

    facts: Facts
    concerns: Callable[[Part], bool]
    chance: random.Random
    submit: Callable[[Request, Reply], None]
    reply: Reply


class Effect(Protocol):
    """What happens to a request."""

    def applies(self, facts: Facts) -> bool:
        """Whether it is possible for this request."""
        ...

    def run(self, struck: StruckRequest) -> None:
        """Answer the request, or not."""
        ...


class Fail:
    """An error instead of the operation."""

    def __init__(self, error: ServiceError) -> None:
        self._error = error

    def applies(self, _facts: Facts) -> bool:
        return True

    def run(self, struck: StruckRequest) -> None:
        struck.reply(error_answer(self._error))


class Drop:
    """No answer: the connection is cut `before` the operation, `after` it, or `midway` through the
    answer."""

    MOMENTS: Final = ("before", "after", "midway")

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def applies(self, _facts: Facts) -> bool:
        return True

    def run(self, struck: StruckRequest) -> None:
        request, reply = struck.facts.request, struck.reply
        if self._moment == "before":
            reply(Withheld())
        elif self._moment == "after":
            struck.submit(request, lambda _answer: reply(Withheld()))
        else:
            struck.submit(request, lambda answer: reply(Withheld(answer)))


class LeaveUnprocessed:
    """A share of a batch is not processed. A batch of which nothing could be processed fails, as in
    the service (API reference, "BatchGetItem")."""

    def __init__(self, share: float) -> None:
        self._share = share

    def applies(self, facts: Facts) -> bool:
        # The signature covers a compressed body as it is, so nothing can be removed from it.
        plain = b"content-encoding" not in facts.request.headers
        return plain and facts.operation in BATCHES and bool(facts.parts)

    def run(self, struck: StruckRequest) -> None:
        facts, concerns, chance, submit, reply = struck
        concerned = [place for place, part in enumerate(facts.parts) if concerns(part)]
        count = min(len(concerned), max(1, round(len(concerned) * self._share)))
        left = frozenset(chance.sample(concerned, count))
        if len(left) == len(facts.parts):
            reply(error_answer(ProvisionedThroughputExceededException()))
            return
        taken, rest = _divided(facts.payload["RequestItems"], left)
        smaller = with_payload(facts.request, {**facts.payload, "RequestItems": taken})
        member = _BATCH_MEMBERS[facts.operation]
        submit(smaller, lambda answer: reply(_with_rest(answer, member, rest)))


class CancelTransaction:
    """A transaction is cancelled: with one code for the items that the rule is about (the first
    item, if it is about all), or with a code for each item in order."""

    def __init__(self, codes: list[str] | str) -> None:
        self._codes = codes

    def applies(self, facts: Facts) -> bool:
        return facts.operation in TRANSACTIONS

    def run(self, struck: StruckRequest) -> None:
        parts = struck.facts.parts
        if isinstance(self._codes, str):
            concerned = [struck.concerns(part) for part in parts]
            if all(concerned):
                concerned = [place == 0 for place in range(len(parts))]
            codes = [self._codes if each else "None" for each in concerned]
        else:
            codes = [*self._codes, *["None"] * len(parts)][: len(parts)]
        struck.reply(error_answer(canceled([REASONS[code] for code in codes])))


REASONS: Final = {
    "None": NO_REASON,
    **{
        reason["Code"]: reason
        for reason in map(
            reason_of,
            (
                ConditionalCheckFailedException(),
                ProvisionedThroughputExceededException(),
                ThrottlingException(),
                TransactionConflictException("Transaction is ongoing for the item"),
            ),
        )
    },
}
"""Reasons for a cancellation by their codes (API reference, "TransactWriteItems")."""


def effect_of(name: str, given: dict[str, Any]) -> Effect:
    """The effect in a rule's member with that name. Raises ValidationException."""
    value = given[name]
    if name == "throttle":
        if value is not True:
            raise ValidationException("throttle is true.")
        return Fail(ProvisionedThroughputExceededException())
    if name == "error":
        return Fail(_error(value, given.get("message")))
    if name == "drop":
        if value not in Drop.MOMENTS:
            raise ValidationException(f"drop must be one of {', '.join(Drop.MOMENTS)}.")
        return Drop(value)
    if name == "unprocessed":
        if type(value) not in (int, float) or not 0 < value <= 1:
            raise ValidationException("unprocessed is a share above 0, up to 1.")
        return LeaveUnprocessed(float(value))
    codes = value if isinstance(value, list) else [value]
    known = [isinstance(code, str) and code in REASONS for code in codes]
    if not known or not all(known) or value == "None":
        raise ValidationException(f"cancel is a code or a list of {', '.join(REASONS)}.")
    return CancelTransaction(value)


def _error(code: Any, message: Any) -> ServiceError:
    if message is not None and not isinstance(message, str):
        raise ValidationException("message is a text.")
    known = ERRORS.get(code) if isinstance(code, str) else None
    if known is None:
        raise ValidationException(f"error must be one of {', '.join(ERRORS)}.")
    return known(message)


def _errors() -> dict[str, type[ServiceError]]:
    found: dict[str, type[ServiceError]] = {}
    for each in vars(errors).values():
        if isinstance(each, type) and issubclass(each, ServiceError) and each is not ServiceError:
            found.setdefault(each.code(), each)  # subclasses for rules come after their class
    return dict(sorted(found.items()))


ERRORS: Final = _errors()
"""The errors of the API by their names."""


def error_answer(error: ServiceError) -> Answer:
    """An error in the API's form."""
    return Answer(error.status, orjson.dumps(error.body()))


def _divided(items: dict[str, Any], left: frozenset[int]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A batch's tables without the items at these places, and with only those."""
    taken: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    place = 0
    for table, requests in items.items():
        listed = requests["Keys"] if isinstance(requests, dict) else requests
        halves: tuple[list[Any], list[Any]] = ([], [])
        for each in listed:
            halves[place in left].append(each)
            place += 1
        for half, tables in zip(halves, (taken, rest), strict=True):
            if half:
                is_read = isinstance(requests, dict)
                tables[table] = {**requests, "Keys": half} if is_read else half
    return taken, rest


def _with_rest(answer: Answer, member: str, rest: dict[str, Any]) -> Answer:
    if answer.status != 200:
        return answer
    body = orjson.loads(answer.body)
    unprocessed = body.get(member) or {}
    for table, requests in rest.items():
        known = unprocessed.get(table)
        if known is None:
            unprocessed[table] = requests
        elif isinstance(requests, dict):
            known["Keys"] += requests["Keys"]
        else:
            known += requests
    return Answer(200, orjson.dumps({**body, member: unprocessed}))
