"""What DynamoDB itself checks in a resource policy before IAM's grammar does.

Measured on the service (answers of October 2026): it reports missing members, and actions and ARNs
of the other kind of resource, and accepts `allow` for `Allow`. A syntax error names the place after
the unexpected character: row and column of the text, from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from jedlik.base.errors import ValidationException
from jedlik.validation.java import hash_order

_STREAM_ACTIONS: Final = frozenset(("describestream", "getrecords", "getsharditerator"))
_TABLE_ACTIONS: Final = frozenset((
    "batchgetitem", "batchwriteitem", "conditioncheckitem", "deleteitem", "getitem", "putitem",
    "query", "scan", "searchvectors", "startbulkputitems", "transactgetitems",
    "transactwriteitems", "updateitem", "partiqldelete", "partiqlinsert", "partiqlselect",
    "partiqlupdate", "deletetable", "describetable", "updatetable",
    "describetablereplicaautoscaling", "updatetablereplicaautoscaling", "listtagsofresource",
    "tagresource", "untagresource", "createbackup", "describecontinuousbackups",
    "restoretabletopointintime", "updatecontinuousbackups", "describecontributorinsights",
    "updatecontributorinsights", "exporttabletopointintime", "describekinesisstreamingdestination",
    "disablekinesisstreamingdestination", "enablekinesisstreamingdestination",
    "updatekinesisstreamingdestination", "deleteresourcepolicy", "getresourcepolicy",
    "putresourcepolicy", "describetimetolive", "updatetimetolive", "associatetablereplica",
    "createtablereplica", "deletetablereplica", "readdataforreplication", "replicatesettings",
    "writedataforreplication", "injecterror", "restoretablefromawsbackup", "startawsbackupjob",
    "updateglobaltableversion",
))  # fmt: skip
"""Actions that a table's policy may name: developer guide, "DynamoDB API operations supported by
resource-based policies", where RestoreTableFromBackup and others are missing, which the service
refuses, as it refuses ExecuteStatement, which is no action; and all others on tables of the Service
Authorization Reference, of which the guide says nothing."""
_SERVICES: Final = frozenset(
    ("glue.amazonaws.com", "redshift.amazonaws.com", "replication.dynamodb.amazonaws.com")
)
"""Services that a policy may name: developer guide, "DynamoDB zero-ETL integration with Amazon
Redshift" and "DynamoDB global tables security"; AWS Glue user guide, "Configuring a source for a
zero-ETL integration"."""
_BARE_PRINCIPAL: Final = re.compile(r'"Principal"\s*:\s*"(?:[^"\\]|\\.)*"')
_REQUIRED: Final = (
    ("Effect", "Effect"),
    ("Principal", "NotPrincipal"),
    ("Action", "NotAction"),
    ("Resource", "NotResource"),
)
"""Members that a statement needs, and what each may be instead."""


def malformed(what: str) -> ValidationException:
    """The error for a text that is not a resource policy."""
    return ValidationException.of_values(f"Invalid policy document: {what}")


def check_form(document: object, text: str, *, of_stream: bool) -> dict[str, Any]:
    """The policy that was parsed from `text`, with effects in the usual spelling.

    Raises ValidationException for mistakes that DynamoDB words itself.
    """
    if isinstance(document, list):
        raise malformed("This policy contains invalid Json")
    if not isinstance(document, dict):
        raise malformed("This text appears not to be a policy")
    if "Statement" not in document:
        raise malformed(f"Syntax error at position {_place(text, len(text))}")
    listed = document["Statement"]
    statements = listed if isinstance(listed, list) else [listed]
    if not statements:
        raise malformed("Could not parse the policy: Statement is empty!")
    for statement in statements:
        if isinstance(statement, dict):
            _check_statement(statement, text)
    known = [statement for statement in statements if isinstance(statement, dict)]
    sids = [each["Sid"] for each in known if isinstance(each.get("Sid"), str)]
    if len(set(sids)) < len(sids):
        raise malformed("The Statement Ids in the policy are not unique")
    _check_resources(known, of_stream=of_stream)
    _check_actions(known, of_stream=of_stream)
    _check_services(known)
    return {**document, "Statement": [_spelled(statement) for statement in statements]}


def _place(text: str, end: int) -> str:
    before = text[:end]
    return f"({before.count(chr(10)) + 1},{end - before.rfind(chr(10))})"


def _check_statement(statement: dict[str, Any], text: str) -> None:
    for plain, instead in _REQUIRED:
        if plain not in statement and instead not in statement:
            raise malformed(f"Missing required field {plain}")
    if isinstance(statement.get("Principal"), str) and statement["Principal"] != "*":
        found = _BARE_PRINCIPAL.search(text)
        place = _place(text, len(text) if found is None else found.end())
        raise malformed(f"Syntax error at position {place}")


def _check_actions(statements: Iterable[dict[str, Any]], *, of_stream: bool) -> None:
    wrong = [
        action
        for statement in statements
        for action in _strings(statement.get("Action"))
        if _is_invalid(action, of_stream=of_stream)
    ]
    if wrong:
        # In the order of a set of the quoted names, as in both known answers.
        names = ", ".join(hash_order({f'"{action}"': None for action in wrong}))
        raise malformed(f"The following action names are invalid: {names}")


def _is_invalid(action: str, *, of_stream: bool) -> bool:
    service, _, name = action.lower().partition(":")
    if service != "dynamodb" or "*" in name or "?" in name:
        return False
    return name not in (_STREAM_ACTIONS if of_stream else _TABLE_ACTIONS)


def _check_services(statements: Iterable[dict[str, Any]]) -> None:
    named = [each for each in (s.get("Principal") for s in statements) if isinstance(each, dict)]
    if any(service not in _SERVICES for each in named for service in _strings(each.get("Service"))):
        raise malformed("Policy contains invalid service principal")


def _check_resources(statements: Iterable[dict[str, Any]], *, of_stream: bool) -> None:
    for statement in statements:
        for arn in _strings(statement.get("Resource")):
            parts = arn.split(":", 5)
            if len(parts) < 6 or parts[2] != "dynamodb" or "*" in parts[5]:
                continue
            if ("/stream/" in parts[5]) != of_stream:
                raise malformed(f'The relative-id "{parts[5]}" is invalid for ARN "{arn}"')


def _strings(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str):
            yield each


def _spelled(statement: Any) -> Any:
    effect = statement.get("Effect") if isinstance(statement, dict) else None
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        return statement
    return {**statement, "Effect": effect.capitalize()}
