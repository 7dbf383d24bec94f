"""Random valid requests of every operation, to be spoilt by `mutations`.

Half are drawn from the shapes of the service model: members at random, values within their limits.
Those are rarely consistent. So the other half begin with requests that work on the tables of
`TABLES`, which pass the first checks and get deep into the server.
"""

from __future__ import annotations

import random
from typing import Any

from jedlik.services.dynamodb.inputs import BY_NAME
from jedlik.services.dynamodb.table_name import TableNameOrArn
from jedlik.validation.compile import Worded
from jedlik.validation.containers import ListOf, MapOf, Structure
from jedlik.validation.scalars import Boolean, Number, Text, Timestamp, Value
from jedlik.validation.shape import Shape
from tests.control_plane import attributes, index, keys
from tests.unit.services.dynamodb.minimal import structure_of, text

Payload = dict[str, Any]

TABLES: list[Payload] = [
    {
        "TableName": "plain",
        "KeySchema": keys("pk"),
        "AttributeDefinitions": attributes("pk"),
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
    },
    {
        "TableName": "indexed",
        "KeySchema": keys("pk", "/sk"),
        "AttributeDefinitions": attributes("pk", "sk:N", "g", "r:B"),
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "GlobalSecondaryIndexes": [
            index("gsi", "g", "/r"),
            index("some", "g", kind="INCLUDE", include=["m"]),
        ],
        "LocalSecondaryIndexes": [index("lsi", "pk", "/r", kind="KEYS_ONLY")],
    },
]

NAMES = ("pk", "sk", "g", "r", "m", "l", "ss", "n", "a.b", "size", "x" * 300, "", "é", "\x00", "#")
CONDITIONS = (
    "attribute_exists(pk) AND #n > :n",
    "NOT (m.a[0] = :v OR begins_with(g, :v)) AND size(l) BETWEEN :n AND :n",
    "contains(ss, :v) OR g IN (:v, :n) OR attribute_type(m, :v)",
    "attribute_not_exists(#n.#n[1].#n)",
)
UPDATES = (
    "SET n = if_not_exists(n, :n) + :n, m.a = :v REMOVE l[0], ss ADD c :n DELETE ss :ss",
    "SET l = list_append(l, :l), #n = :v",
    "ADD n :n",
    "REMOVE #n",
)
KEY_CONDITIONS = (
    "pk = :v AND sk BETWEEN :n AND :n",
    "pk = :v",
    "g = :v AND begins_with(r, :b)",
    "#n = :v AND sk > :n",
)
PROJECTIONS = ("pk, m.a[0].b, l[1], #n", "m, l", "#n.#n")
STATEMENTS = (
    """SELECT * FROM "indexed" WHERE pk = 'k1' AND sk BETWEEN -1 AND 3 ORDER BY sk DESC""",
    """SELECT pk, m.a[0] FROM "indexed"."gsi" WHERE g IN ['a', 'b'] AND contains(ss, 'a')""",
    """INSERT INTO "plain" VALUE {'pk': 'k2', 'n': 1.5, 'l': [1, {'a': <<'x'>>}], 's': ?}""",
    """UPDATE "plain" SET n = n + 1 SET m.a[1] = 'x' REMOVE l[0] WHERE pk = 'k2'""",
    """DELETE FROM "indexed" WHERE pk = 'k1' AND sk = 1 AND attribute_type(m, 'M')""",
    """EXISTS(SELECT * FROM "plain" WHERE pk = 'k0' AND NOT n = 1)""",
    """SELECT * FROM plain WHERE begins_with("pk", ?) OR size(l) > 1 AND x IS NOT MISSING""",
)
PLACEHOLDERS: Payload = {
    "ExpressionAttributeNames": {"#n": "n"},
    "ExpressionAttributeValues": {
        ":n": {"N": "1"},
        ":v": {"S": "v"},
        ":l": {"L": [{"N": "2"}]},
        ":ss": {"SS": ["a"]},
        ":b": {"B": "YQ=="},
    },
}
EXPRESSIONS = {
    "ConditionExpression": CONDITIONS,
    "FilterExpression": CONDITIONS,
    "UpdateExpression": UPDATES,
    "KeyConditionExpression": KEY_CONDITIONS,
    "ProjectionExpression": PROJECTIONS,
    "Statement": STATEMENTS,
}

_SMALL = 4


class RequestMaker:
    """Draws requests from one source of randomness."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.sorted = True  # whether keys have a sort key, as those of `indexed`

    def request(self) -> tuple[str, Payload]:
        """A target and its payload."""
        if self.draw.random() < 0.5:
            name, payload = self.working()
        else:
            name = self.draw.choice(sorted(BY_NAME))
            payload = self.value(structure_of(name))
        return f"{BY_NAME[name].service}.{name}", payload

    # --- From shapes -----------------------------------------------------------------------------

    def value(self, shape: Shape, depth: int = 0) -> Any:
        """A value of a shape."""
        draw = self.draw
        match shape:
            case Worded():
                return self.value(shape.shape, depth)
            case Structure():
                return self.structure(shape, depth)
            case ListOf():
                return [self.value(shape.element, depth + 1) for _ in range(draw.randint(0, 3))]
            case MapOf():
                return {
                    draw.choice(NAMES[:8]): self.value(shape.element, depth + 1)
                    for _ in range(draw.randint(0, 3))
                }
            case Text():
                return draw.choice(shape.enum) if shape.enum else text(shape)
            case TableNameOrArn():
                return self.table()
            case Number():
                return draw.choice(
                    (shape.minimum or 0, shape.maximum or 1, 1, draw.randint(-5, 50))
                )
            case Boolean():
                return draw.random() < 0.5
            case Timestamp():
                return draw.randint(0, 2**40)
            case Value():
                return self.attribute()
        raise AssertionError(shape)

    def structure(self, shape: Structure, depth: int) -> Payload:
        """Required members, and fewer of the others the deeper it is."""
        result = {}
        for member in shape.members.values():
            if member.required or self.draw.random() < 0.4 / (depth + 1):
                result[member.name] = self.member(member.name, member.shape, depth)
        return result

    def member(self, name: str, shape: Shape, depth: int) -> Any:
        """A member's value: a sensible one if its name suggests it."""
        draw = self.draw
        if name in EXPRESSIONS:
            return self.expression(name)
        if name in PLACEHOLDERS and draw.random() < 0.8:
            return PLACEHOLDERS[name]
        if name in ("Key", "ExclusiveStartKey"):
            return self.key()
        if name == "Item":
            return self.item()
        if name == "IndexName":
            return draw.choice(("gsi", "lsi", "some", "none"))
        return self.value(shape, depth + 1)

    # --- That work -----------------------------------------------------------------------------

    def table(self) -> str:
        return self.draw.choice(("plain", "indexed", "indexed", "absent"))

    def key(self) -> Payload:
        key: Payload = {"pk": {"S": f"k{self.draw.randint(0, _SMALL)}"}}
        if self.sorted != (self.draw.random() < 0.05):
            key["sk"] = {"N": str(self.draw.randint(-_SMALL, _SMALL))}
        return key

    def item(self) -> Payload:
        draw = self.draw
        item = {**self.key(), "n": {"N": "1"}, "m": {"M": {"a": {"L": [self.attribute()]}}}}
        if draw.random() < 0.5:
            item |= {"g": {"S": draw.choice("abc")}, "r": {"B": "YWI="}}
        if draw.random() < 0.5:
            item |= {"ss": {"SS": ["a", "b"]}, "l": {"L": [{"N": "1"}, {"S": "x"}]}}
        if draw.random() < 0.2:
            item[draw.choice(NAMES)] = self.attribute()
        if draw.random() < 0.01:
            item["large"] = {"S": "x" * draw.choice((1000, 100_000, 409_000, 410_000))}
        return item

    def attribute(self, depth: int = 0) -> Payload:
        """A value of any type."""
        draw = self.draw
        kind = draw.choice(("S", "N", "B", "SS", "NS", "BS", "BOOL", "NULL", "L", "M"))
        if depth > 3 and kind in ("L", "M"):
            kind = "N"
        match kind:
            case "S":
                return {kind: draw.choice(NAMES)}
            case "N":
                return {kind: draw.choice(("0", "-1.50", "1E125", "1E-130", "9" * 38, "007"))}
            case "B":
                return {kind: draw.choice(("", "AA==", "YWJj"))}
            case "SS" | "NS" | "BS":
                return {kind: draw.sample(("1", "2", "3") if kind != "BS" else ("AA==", "AQ=="), 2)}
            case "BOOL" | "NULL":
                return {kind: True}
            case "L":
                return {kind: [self.attribute(depth + 1) for _ in range(draw.randint(0, 3))]}
        return {
            "M": {draw.choice(NAMES): self.attribute(depth + 1) for _ in range(draw.randint(0, 3))}
        }

    def expression(self, name: str) -> str:
        """A valid expression, or one spliced from the words of two."""
        draw = self.draw
        one = draw.choice(EXPRESSIONS[name])
        if draw.random() < 0.6:
            return one
        other = draw.choice(draw.choice((EXPRESSIONS[name], *EXPRESSIONS.values())))
        words, others = one.split(), other.split()
        return " ".join(
            words[: draw.randint(0, len(words))] + others[draw.randint(0, len(others)) :]
        )

    def working(self) -> tuple[str, Payload]:
        """A request that mostly works."""
        draw = self.draw
        self.sorted = draw.random() < 0.7
        table = {"TableName": "indexed" if self.sorted else "plain"}
        returned = {"ReturnConsumedCapacity": draw.choice(("NONE", "TOTAL", "INDEXES"))}
        match draw.randint(0, 10):
            case 0 | 1:
                return "PutItem", {**table, "Item": self.item(), **self.conditional(), **returned}
            case 2:
                update = {"UpdateExpression": self.expression("UpdateExpression")}
                values = {"ReturnValues": draw.choice(("ALL_OLD", "UPDATED_NEW", "UPDATED_OLD"))}
                return "UpdateItem", {
                    **table, "Key": self.key(), **update, **PLACEHOLDERS, **values,
                }  # fmt: skip
            case 3:
                return "DeleteItem", {**table, "Key": self.key(), **self.conditional()}
            case 4:
                return "GetItem", {**table, "Key": self.key(), **returned}
            case 5:
                return "Query", {
                    **table,
                    "KeyConditionExpression": self.expression("KeyConditionExpression"),
                    **PLACEHOLDERS,
                    **self.reading(),
                    **returned,
                }
            case 6:
                return "Scan", {**table, **self.reading(), **returned}
            case 7:
                puts = [{"PutRequest": {"Item": self.item()}} for _ in range(draw.randint(1, 5))]
                return "BatchWriteItem", {"RequestItems": {table["TableName"]: puts}, **returned}
            case 8:
                wanted = [self.key() for _ in range(draw.randint(1, 5))]
                return "BatchGetItem", {"RequestItems": {table["TableName"]: {"Keys": wanted}}}
            case 9:
                return "ExecuteStatement", {"Statement": self.expression("Statement")}
        put = {"Put": {**table, "Item": self.item()}}
        check = {"ConditionCheck": {**table, "Key": self.key(), **self.conditional()}}
        return "TransactWriteItems", {
            "TransactItems": [put, check], "ClientRequestToken": draw.choice(("t", "u")),
        }  # fmt: skip

    def conditional(self) -> Payload:
        if self.draw.random() < 0.6:
            return {}
        return {"ConditionExpression": self.expression("ConditionExpression"), **PLACEHOLDERS}

    def reading(self) -> Payload:
        """Some parameters of Query and Scan."""
        draw = self.draw
        every = {
            "IndexName": draw.choice(("gsi", "lsi", "some")),
            "Limit": draw.randint(1, 5),
            "Select": draw.choice(("COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES")),
            "ExclusiveStartKey": self.key(),
            "FilterExpression": draw.choice(CONDITIONS),
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Segment": 0,
            "TotalSegments": draw.choice((1, 7, 1_000_000)),
        }
        return {name: value for name, value in every.items() if draw.random() < 0.25}
