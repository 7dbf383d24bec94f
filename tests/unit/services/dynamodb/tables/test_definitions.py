"""CreateTable's rules for secondary indexes."""

from __future__ import annotations

from typing import Any

import pytest

from jedlik.base.limits import MAX_EXAMINED_PARTS
from tests.control_plane import ControlPlane, attributes, index, keys, on_demand, provisioned, units

TABLE = ("pk", "/sk")


def with_local(*indexes: dict[str, Any], define: tuple[str, ...] = ()) -> dict[str, Any]:
    return on_demand(
        "music",
        *TABLE,
        AttributeDefinitions=attributes("pk", "sk", *define),
        LocalSecondaryIndexes=list(indexes),
    )


def with_global(
    *indexes: dict[str, Any], define: tuple[str, ...] = (), **members: Any
) -> dict[str, Any]:
    return on_demand(
        "music",
        AttributeDefinitions=attributes("pk", *define),
        GlobalSecondaryIndexes=list(indexes),
        **members,
    )


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (with_local(), "List of LocalSecondaryIndexes is empty"),
        (with_global(), "List of GlobalSecondaryIndexes is empty"),
        (
            on_demand(LocalSecondaryIndexes=[index("lsi", "pk")]),
            (
                "Table KeySchema does not have a range key, which is required when specifying a "
                "LocalSecondaryIndex"
            ),
        ),
        (
            with_local(index("lsi", "pk")),
            "Index KeySchema does not have a range key for index: lsi",
        ),
        (
            with_local(index("lsi", "sk", "/pk")),
            (
                "Index KeySchema does not have the same leading hash key as table KeySchema for "
                "index: lsi. index hash key: sk, table hash key: pk"
            ),
        ),
        (
            with_local(index("lsi", "pk", "/pk")),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            with_local(index("lsi", "pk", "sk")),
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            with_local(*(index(f"lsi{number}", "pk", "/sk") for number in range(6))),
            "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            with_global(index("gsi", "a")),
            (
                "Some index key attributes are not defined in AttributeDefinitions. Keys: [a], "
                "AttributeDefinitions: [pk]"
            ),
        ),
        (
            with_global(index("gsi", "a", kind=None), define=("a", "b")),
            (
                "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, pk], keys "
                "used: [a, pk]"
            ),
        ),
        (
            with_global(index("gsi", "/a"), define=("a",)),
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            with_global(index("gsi", "pk", "/pk")),
            "Both the Hash Key and the Range Key element in the KeySchema have the same name",
        ),
        (
            with_global(index("gsi", "pk", "pk")),
            "The KeySchema contains multiple key attributes with the same name",
        ),
        (
            with_global(index("gsi", "pk", "/a", "b"), define=("a", "b")),
            "All HASH key attributes must precede RANGE key attributes in the KeySchema",
        ),
        (
            with_global(index("gsi", *"abcde"), define=tuple("abcde")),
            "The KeySchema exceeds the maximum allowed number of HASH key attributes",
        ),
        (
            with_global(index("gsi", "pk", "/a", "/b", "/c", "/d", "/e"), define=tuple("abcde")),
            "The KeySchema exceeds the maximum allowed number of RANGE key attributes",
        ),
        (with_global(index("gsi", "pk", kind=None)), "Unknown ProjectionType: null"),
        (
            with_global(index("gsi", "pk", include=["x"])),
            "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            with_global(index("gsi", "pk", kind="KEYS_ONLY", include=["x"])),
            "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
        ),
        (
            with_global(index("gsi", "pk", kind="INCLUDE")),
            "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            with_global(index("gsi", "pk", kind="INCLUDE", include=["x", "y", "x"])),
            "Duplicate element in NonKeyAttributes: x",
        ),
        (
            with_global(index("same", "pk"), index("same", "pk")),
            "Duplicate index name: same",
        ),
        (
            {
                **with_local(index("same", "pk", "/sk")),
                "GlobalSecondaryIndexes": [index("same", "pk")],
            },
            "Duplicate index name: same",
        ),
        (
            with_global(*(index(f"gsi{number}", "pk") for number in range(21))),
            "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            with_global(
                *(
                    index(
                        f"gsi{number}", "pk", kind="INCLUDE", include=[f"a{n}" for n in range(17)]
                    )
                    for number in range(6)
                )
            ),
            (
                "Number of projected attributes in all indexes exceeds limit of 100, number of "
                "projected attributes:102"
            ),
        ),
        (
            with_global(index("gsi", "pk", ProvisionedThroughput=units(1, 1))),
            (
                "ProvisionedThroughput should not be specified for index: gsi when BillingMode is "
                "PAY_PER_REQUEST"
            ),
        ),
        (
            provisioned(GlobalSecondaryIndexes=[index("gsi", "pk")]),
            "ProvisionedThroughput is not specified for index: gsi",
        ),
        (
            provisioned(
                GlobalSecondaryIndexes=[
                    index(
                        "gsi",
                        "pk",
                        ProvisionedThroughput=units(1, 1),
                        OnDemandThroughput={"MaxWriteRequestUnits": 5},
                    )
                ]
            ),
            (
                "MaxWriteRequestUnits for OnDemandThroughput for index: gsi cannot be specified "
                "when table BillingMode is PROVISIONED."
            ),
        ),
        (
            with_global(index("gsi", "pk", OnDemandThroughput={"MaxReadRequestUnits": 0})),
            (
                "Requested MaxReadRequestUnits for OnDemandThroughput for index : gsi is outside "
                "of valid range"
            ),
        ),
    ],
)
def test_invalid_definitions_are_refused(
    plane: ControlPlane, request_: dict[str, Any], text: str
) -> None:
    assert plane.invalid("CreateTable", **request_) == text


def test_projects_a_hundred_attributes_over_all_indexes(plane: ControlPlane) -> None:
    def request(count: int) -> dict[str, Any]:
        names = [f"x{number}" for number in range(count)]
        return with_global(
            *(
                index(f"gsi{start}", "pk", kind="INCLUDE", include=names[start : start + 20])
                for start in range(0, count, 20)
            )
        )

    assert "100" in plane.invalid("CreateTable", **request(101))
    plane.call("CreateTable", **request(100))


def test_accepts_as_much_as_is_allowed(plane: ControlPlane) -> None:
    names = "abcdefgh"
    eight = index("eight", *names[:4], *(f"/{name}" for name in names[4:]))
    twenty = [eight, *(index(f"gsi{number}", "pk", "/sk") for number in range(19))]
    request = on_demand(
        "music",
        *TABLE,
        AttributeDefinitions=attributes("pk", "sk", *names),
        LocalSecondaryIndexes=[index(f"lsi{number}", "pk", "/sk") for number in range(5)],
        GlobalSecondaryIndexes=twenty,
    )
    plane.call("CreateTable", **request)
    described = plane.table()
    assert described["GlobalSecondaryIndexes"][0]["KeySchema"] == eight["KeySchema"]
    assert len(described["GlobalSecondaryIndexes"]) == 20
    assert len(described["LocalSecondaryIndexes"]) == 5
    assert described["KeySchema"] == keys(*TABLE)


def test_of_far_too_many_definitions_only_the_first_are_examined(plane: ControlPlane) -> None:
    definitions = attributes("pk", *(f"a{number}" for number in range(MAX_EXAMINED_PARTS)))
    repeated = definitions[-1:]
    request = on_demand("music", AttributeDefinitions=definitions + repeated)
    assert "does not exactly match" in plane.refusal("CreateTable", **request).message
