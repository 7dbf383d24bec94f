"""What a rule does to a request that it strikes.

Errors have the service's types and texts. If a part of a batch is left out, the rest goes to the
server as a request of its own: what that does, and what it costs, is what a smaller batch does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final, Protocol

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

Submit = Callable[[Request, Reply], None]
Concerns = Callable[[Part], bool]
"""Whether a rule is about an item of a request."""

_BATCH_MEMBERS: Final = {"BatchGetItem": "UnprocessedKeys", "BatchWriteItem": "UnprocessedItems"}


class Effect(Protocol):
    """What happens to a request."""

    def applies(self, facts: Facts) -> bool:
        """Whether it can happen to this one."""
        ...

    def run(
        self, facts: Facts, concerns: Concerns, chance: random.Random, submit: Submit, reply: Reply
    ) -> None:
        """Answer the request, in whatever way."""
        ...


class Fail:
    """An error instead of the operation."""

    def __init__(self, error: ServiceError) -> None:
        self._error = error

    def applies(self, _facts: Facts) -> bool:
        return True

    def run(
        self, _facts: Facts, _concerns: Concerns, _chance: random.Random, _submit: Submit,
        reply: Reply,
    ) -> None:  # fmt: skip
        reply(error_answer(self._error))


class Drop:
    """No answer: the connection is cut, `before` the operation, `after` it, or amid its answer."""

    MOMENTS: Final = ("before", "after", "midway")

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def applies(self, _facts: Facts) -> bool:
        return True

    def run(
        self, facts: Facts, _concerns: Concerns, _chance: random.Random, submit: Submit,
        reply: Reply,
    ) -> None:  # fmt: skip
        if self._moment == "before":
            reply(Withheld())
        elif self._moment == "after":
            submit(facts.request, lambda _answer: reply(Withheld()))
        else:
            submit(facts.request, lambda answer: reply(Withheld(answer)))


class LeaveUnprocessed:
    """A share of a batch is not processed. The service fails a request of which it could process
    nothing (API reference, "BatchGetItem"), and so does this."""

    def __init__(self, share: float) -> None:
        self._share = share

    def applies(self, facts: Facts) -> bool:
        # The body of a compressed request is signed as it is: nothing can be taken out of it.
        plain = b"content-encoding" not in facts.request.headers
        return plain and facts.operation in BATCHES and bool(facts.parts)

    def run(
        self, facts: Facts, concerns: Concerns, chance: random.Random, submit: Submit, reply: Reply
    ) -> None:
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
    """A transaction is cancelled: by one code for the items that the rule is about, the first one
    where it is about all, or by codes for all items in their order."""

    def __init__(self, codes: list[str] | str) -> None:
        self._codes = codes

    def applies(self, facts: Facts) -> bool:
        return facts.operation in TRANSACTIONS

    def run(
        self, facts: Facts, concerns: Concerns, _chance: random.Random, _submit: Submit,
        reply: Reply,
    ) -> None:  # fmt: skip
        parts = facts.parts
        if isinstance(self._codes, str):
            concerned = [concerns(part) for part in parts]
            if all(concerned):
                concerned = [place == 0 for place in range(len(parts))]
            codes = [self._codes if each else "None" for each in concerned]
        else:
            codes = [*self._codes, *["None"] * len(parts)][: len(parts)]
        reply(error_answer(canceled([REASONS[code] for code in codes])))


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
    """The effect that a rule's member of that name says. Raises ValidationException."""
    value = given[name]
    if name == "throttle":
        if value is not True:
            raise ValidationException("throttle is true.")
        return Fail(ProvisionedThroughputExceededException())
    if name == "error":
        return Fail(_error(value, given.get("message")))
    if name == "drop":
        if value not in Drop.MOMENTS:
            raise ValidationException(f"drop is one of {', '.join(Drop.MOMENTS)}.")
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
        raise ValidationException(f"error is one of {', '.join(ERRORS)}.")
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
    """The tables of a batch without the items at these places, and with those alone."""
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
