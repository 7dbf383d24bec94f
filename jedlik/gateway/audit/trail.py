"""Watches the requests of an API and writes a record of each."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson

from jedlik.auth.identity import Identity
from jedlik.base.clock import Clock
from jedlik.base.ids import Ids
from jedlik.base.log import RATE_LIMITED
from jedlik.gateway.audit.files import AuditFile
from jedlik.gateway.audit.unknown_senders import UnknownSenders
from jedlik.gateway.exchange import Answer, HeadedAnswer, Reply, Request
from jedlik.kernel.arns import Arns

log = logging.getLogger(__name__)

_MAX_TEXT: Final = 1024
_MAX_PARAMETER: Final = 64 * _MAX_TEXT
_MAX_RECORD: Final = 256 * _MAX_TEXT
"""Bytes (CloudTrail user guide, "CloudTrail record contents": larger records omit fields).
Otherwise, callers without any permission could fill the disk with inputs that are refused."""
_CODE: Final = re.compile(rb"<Code>(\w+)</Code><Message>([^<]*)</Message>").search
_ECHO_BEGINS: Final = "Value '"
_ECHO_ENDS: Final = "' at '"
"""Between these, the text of an error repeats input."""
_ECHO_FOLLOWS: Final = "String measured: "
"""After this, it repeats a function's environment."""
_ERROR_TYPE: Final = b"x-amzn-ErrorType: "

Whoami = Callable[[Identity], dict[str, Any]]
"""Returns CloudTrail's userIdentity of a known sender."""
_UNKNOWN: Final = {"type": "Unknown"}
"""The userIdentity of an unknown sender: without a valid signature, a claim proves nothing."""


class Resource(NamedTuple):
    """The resource of a call; `type` is CloudTrail's, such as AWS::KMS::Key."""

    type: str
    arn: str


class Event(NamedTuple):
    """The content of a record. `source` is the service's name before `.amazonaws.com`; `parameters`
    are the request's parameters that may be shown, under the API's names. `is_data` marks data
    events that `Events.is_data` could not recognize in advance; `answered` is the part of the
    answer that may be shown."""

    source: str
    name: str
    read_only: bool
    parameters: dict[str, Any]
    resources: Iterable[Resource] = ()
    is_data: bool = False
    answered: dict[str, Any] | None = None


class Events(Protocol):
    """Describes the calls of one API."""

    def is_data(self, request: Request) -> bool:
        """Whether the call is a data event, as far as its path and headers tell: its body may not
        be decoded yet, and its sender is unknown."""
        ...

    def describe(self, request: Request, answer: Answer, arns: Arns) -> Event | None:
        """The event; None if the request is not a call of the API."""
        ...


class Recorder:
    """Writes records. Raises OSError if the file cannot be written."""

    def __init__(self, file: AuditFile, arns: Arns, clock: Clock, ids: Ids, whoami: Whoami) -> None:
        self._file = file
        self._now = clock.now
        self._ids = ids
        self._whoami = whoami
        self._unknown = UnknownSenders()
        self.arns = arns

    def write(
        self,
        request: Request,
        answer: Answer,
        event: Event,
        *,
        is_data: bool,
        sender: dict[str, Any] | None = None,
    ) -> None:
        """Write the record of an event; `sender` is the userIdentity if it was noted before.
        Records of unknown senders are limited (see `unknown_senders`), and leave out what these
        claim: parameters and resources."""
        now = self._now()
        known = request.identity is not None
        if not known:
            if not self._unknown.admit(now):
                return
            event = event._replace(parameters={}, resources=())
        moment = datetime.fromtimestamp(now, UTC)
        record = {
            "eventVersion": "1.11",
            "userIdentity": sender or self.sender(request),
            "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **self._call(request, answer, event),
            "eventID": self._ids.uuid(),
            "readOnly": event.read_only,
            "eventType": "AwsApiCall",
            "managementEvent": not is_data,
            "recipientAccountId": self.arns.account,
            "eventCategory": "Data" if is_data else "Management",
            **self._optional(request, event),
        }
        left_out = 0 if known else self._unknown.left_out()
        if left_out:
            record["additionalEventData"] = {"recordsLeftOut": left_out}
        line = _line(record)
        if len(line) > _MAX_RECORD:
            line = _line(_without_input(record, len(line)))
        self._file.append(moment.strftime("%Y-%m-%d"), line)

    def _call(self, request: Request, answer: Answer, event: Event) -> dict[str, Any]:
        """The members of a record that say what was called, and how that ended."""
        return {
            "eventSource": f"{event.source}.amazonaws.com",
            "eventName": event.name[:_MAX_TEXT],
            "awsRegion": self.arns.region,
            "sourceIPAddress": request.client,
            "userAgent": request.headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_TEXT],
            **_failure(answer, known=request.identity is not None),
            "requestParameters": _as_written(event.parameters),
            "responseElements": event.answered,
            "requestID": request.request_id.decode("latin-1"),
        }

    def _optional(self, request: Request, event: Event) -> dict[str, Any]:
        """The members that only some records have."""
        members: dict[str, Any] = {}
        resources = [
            {"accountId": self.arns.account, "type": each.type, "ARN": each.arn}
            for each in event.resources
        ]
        if resources:
            members["resources"] = resources
        if request.point is not None:
            members["vpcEndpointId"] = request.point.vpc_endpoint
        return members

    def sender(self, request: Request) -> dict[str, Any]:
        """The userIdentity of a request, as of now."""
        identity = request.identity
        return _UNKNOWN if identity is None else self._whoami(identity)


class Trail:
    """Writes a record of each request of one API that it watches."""

    def __init__(self, recorder: Recorder, events: Events, *, data_events: bool = False) -> None:
        self._recorder = recorder
        self._events = events
        self._data_events = data_events
        self._noted: dict[bytes, dict[str, Any]] = {}
        """Senders by the ids of their requests, until these are answered."""

    def note_sender(self, request: Request) -> None:
        """Note who sends a watched request, before the request deletes its own sender."""
        self._noted[request.request_id] = self._recorder.sender(request)

    def watch(self, request: Request, reply: Reply) -> Reply:
        """The reply to use instead: it writes the record, then answers."""
        is_data = self._events.is_data(request)
        if is_data and not self._data_events:
            return reply

        def answer(given: Answer) -> None:
            sender = self._noted.pop(request.request_id, None)
            try:
                event = self._events.describe(request, given, self._recorder.arns)
                if event is not None and (self._data_events or not event.is_data):
                    is_data_event = is_data or event.is_data
                    self._recorder.write(
                        request, given, event, is_data=is_data_event, sender=sender
                    )
            except OSError as error:
                log.error("the audit log cannot be written: %s", error, extra=RATE_LIMITED)
            except Exception:
                log.exception("a record of the audit log could not be made")
            reply(given)

        return answer


def given_members(request: Request) -> dict[str, Any]:
    """The members of a request in JSON; none if its sender is unknown, since strangers' input is
    neither parsed nor recorded."""
    if request.identity is None:
        return {}
    return json_members(request.content) if request.parsed is None else _members(request.parsed)


def json_members(body: bytes) -> dict[str, Any]:
    """The members of a body in JSON; none if it is not an object."""
    try:
        return _members(orjson.loads(body))
    except orjson.JSONDecodeError:
        return {}


def _members(members: Any) -> dict[str, Any]:
    return members if isinstance(members, dict) else {}


_BREAKING: Final = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]")
"""Characters in UTF-8 that JSON may contain directly, but that end a line for some readers, or that
terminals obey: controls, line separators, directions of writing."""


def _line(record: dict[str, Any]) -> bytes:
    """A record as one line for all readers."""
    line = orjson.dumps(record) + b"\n"
    return line if line.isascii() and b"\x7f" not in line else _BREAKING.sub(_escaped, line)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())


def _without_input(record: dict[str, Any], size: int) -> dict[str, Any]:
    """A record without the fields whose size callers determine, in CloudTrail's form."""
    omitted = {"omitted": True, "originalSize": size, "reason": "the record was too large"}
    kept = {name: value for name, value in record.items() if name != "resources"}
    return {**kept, "requestParameters": omitted}


def _as_written(parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters in CloudTrail's form: names begin with a small letter, long texts are cut."""
    return {key[:1].lower() + key[1:]: _short(value) for key, value in parameters.items()}


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _MAX_PARAMETER:
        return value[:_MAX_PARAMETER]
    return value


def _failure(answer: Answer, *, known: bool) -> dict[str, str]:
    if answer.status < 400:
        return {}
    found = _failure_of(answer)
    if not known:  # the text may repeat the whole Authorization header, signature and all
        found.pop("errorMessage", None)
    return found


def _failure_of(answer: Answer) -> dict[str, str]:
    found = _CODE(answer.body)
    if found:
        return {"errorCode": found[1].decode(), "errorMessage": found[2].decode()}
    body = json_members(answer.body)
    kind = body.get("__type") or _error_type(answer)
    if kind is None:
        return {"errorCode": str(answer.status)}
    text = _without_echo(str(body.get("message") or body.get("Message") or ""))
    return {"errorCode": str(kind).rpartition("#")[2], "errorMessage": text[:_MAX_TEXT]}


def _without_echo(text: str) -> str:
    begins, ends = text.find(_ECHO_BEGINS), text.rfind(_ECHO_ENDS)
    if 0 <= begins <= ends:
        text = f"{text[:begins]}Value at '{text[ends + len(_ECHO_ENDS) :]}"
    return text.partition(_ECHO_FOLLOWS)[0]


def _error_type(answer: Answer) -> str | None:
    headers = answer.headers if isinstance(answer, HeadedAnswer) else ()
    for header in headers:
        if header.startswith(_ERROR_TYPE):
            return header.removeprefix(_ERROR_TYPE).decode("latin-1")
    return None
