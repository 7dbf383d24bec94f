"""ExecuteStatement: SELECT, INSERT, UPDATE and DELETE."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from tests.control_plane import ControlPlane, attributes, index, keys, on_demand
from tests.unit.services.dynamodb.operations.partiql.statements import Statements, create_music

KEY = "Artist = 'Acme Band' AND SongTitle = 'PartiQL Rocks'"
INVALID = "One or more parameter values were invalid: "


@pytest.fixture
def music(plane: ControlPlane) -> Iterator[Statements]:
    create_music(plane)
    statements = Statements(plane)
    statements.run("INSERT INTO Music VALUE {'Artist': 'Acme Band', 'SongTitle': 'PartiQL Rocks'}")
    return statements


@pytest.fixture
def songs(plane: ControlPlane) -> Statements:
    """Artists a and b with songs 1 to 3 each."""
    create_music(plane)
    statements = Statements(plane)
    for artist in "ab":
        for number in "123":
            statements.run(
                "INSERT INTO Music VALUE {'Artist': ?, 'SongTitle': ?, 'Year': ?, 'Genre': 'g'}",
                {"S": artist}, {"S": number}, {"N": number},
            )  # fmt: skip
    return statements


def titles(found: list[dict[str, Any]]) -> str:
    return " ".join(item["Artist"]["S"] + item["SongTitle"]["S"] for item in found)


# --- SELECT ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Artist = 'a'", "a1 a2 a3"),
        ("Artist = 'a' AND SongTitle = '2'", "a2"),
        ("Artist = 'a' AND SongTitle > '1'", "a2 a3"),
        ("Artist = 'a' AND SongTitle BETWEEN '1' AND '2'", "a1 a2"),
        ("Artist = 'a' AND SongTitle BETWEEN '3' AND '1'", None),
        ("Artist = 'a' AND begins_with(SongTitle, '3')", "a3"),
        ("Artist = 'a' AND SongTitle = '2' AND \"Year\" = 2", "a2"),
        ("Artist = 'a' AND SongTitle = '2' AND \"Year\" = 3", ""),
        ("Artist = 'a' AND SongTitle = '9'", ""),
        ("Artist = 'a' AND NOT SongTitle = '1'", "a2 a3"),
        ("Artist = 'a' AND SongTitle > '1' AND SongTitle < '3'", "a2"),
        ("Artist = 'a' AND SongTitle IN ['3', '1']", "a1 a3"),
        ("Artist IN ['b', 'a'] AND SongTitle = '1'", "b1 a1"),
        ("Artist = 'a' OR Artist = 'b' AND SongTitle = '3'", "a1 a2 a3 b3"),
        ("Artist = 'a' AND (SongTitle < '2' OR SongTitle > '2')", "a1 a3"),
        ("Artist = 'a' AND Artist = 'b'", ""),
        ("Artist = 'a' AND NOT SongTitle = '1' OR Artist = 'a' AND SongTitle = '2'", "a2 a3"),
        ("Artist = 'a' OR Artist = 'a' AND NOT SongTitle = '1'", "a1 a2 a3"),
        ("Artist IN ['a', 'b'] AND \"Year\" > 1 ORDER BY Artist DESC, SongTitle", "b2 b3 a2 a3"),
        ("Artist = 'a' ORDER BY SongTitle DESC", "a3 a2 a1"),
        ("Artist = 'a' ORDER BY Artist", "a3 a2 a1"),
        ("Artist = 'a' AND SongTitle IN ['1', '3'] ORDER BY SongTitle DESC", "a3 a1"),
    ],
)
def test_reads_by_key(songs: Statements, where: str, expected: str | None) -> None:
    if expected is None:
        assert "BETWEEN" in songs.invalid(f"SELECT * FROM Music WHERE {where}")
        return
    assert titles(songs.items(f"SELECT * FROM Music WHERE {where}")) == expected
    assert titles(songs.items(f"SELECT * FROM Music WHERE {where}", Limit=1)) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", "a1 a2 a3 b1 b2 b3"),
        ('WHERE "Year" = 2', "a2 b2"),
        ("WHERE Artist = 'a' OR \"Year\" = 2", "a1 a2 a3 b2"),
        ("WHERE Artist > 'a'", "b1 b2 b3"),
        ("WHERE Artist > 1", ""),
        ("WHERE SongTitle = '3'", "a3 b3"),
    ],
)
def test_conditions_of_scans_at_any_page_size(songs: Statements, where: str, expected: str) -> None:
    for limit in ({}, {"Limit": 2}):
        found = songs.items(f"SELECT * FROM Music {where}", **limit)
        assert " ".join(sorted(titles(found).split())) == expected


@pytest.mark.parametrize(
    "where",
    [
        "Artist IN ['a', 'a']",
        "Artist = 'a' OR Artist = 'a'",
        "Artist = 'a' AND (SongTitle > '0' OR SongTitle < '5')",
        "Artist = 'a' AND (SongTitle = '1' OR \"Year\" = 2)",
        "Artist = 'a' AND \"Year\" = 1 OR Artist = 'a' AND \"Year\" = 2",
        "Artist = 'a' AND \"Year\" <> 1 OR Artist = 'a' AND SongTitle = '2'",
    ],
)
def test_reads_that_could_find_an_item_twice(songs: Statements, where: str) -> None:
    assert songs.invalid(f"SELECT * FROM Music WHERE {where}") == (
        "Overlapping conditions with range keys are not supported in where clause"
    )


def test_capacity_shows_what_was_read(songs: Statements) -> None:
    def units(where: str, **members: Any) -> Any:
        answer = songs.run(
            f"SELECT * FROM Music {where}", ReturnConsumedCapacity="TOTAL", **members
        )
        return answer["ConsumedCapacity"]["CapacityUnits"]

    assert units("WHERE Artist = 'a' AND SongTitle = '1'") == 0.5
    assert units("WHERE Artist = 'a' AND SongTitle = '1'", ConsistentRead=True) == 1.0
    assert units("WHERE Artist = 'a'") == 0.5
    assert units("WHERE Artist IN ['a', 'b']") == 1.0
    songs.run("UPDATE Music SET Big = ? WHERE Artist='a' AND SongTitle='1'", {"S": "x" * 40_000})
    assert units("WHERE Artist = 'b'") == 0.5
    assert units('WHERE "Year" = 2') == 5.0, "a full scan reads everything"


def test_a_page_ends_with_a_token_and_a_key(songs: Statements) -> None:
    page = songs.run("SELECT SongTitle FROM Music WHERE Artist = 'a'", Limit=2)
    assert [item["SongTitle"]["S"] for item in page["Items"]] == ["1", "2"]
    assert page["LastEvaluatedKey"] == {"Artist": {"S": "a"}, "SongTitle": {"S": "2"}}
    last = songs.run(
        "SELECT SongTitle FROM Music WHERE Artist = 'a'", Limit=5, NextToken=page["NextToken"]
    )
    assert last == {"Items": [{"SongTitle": {"S": "3"}}]}


def test_a_token_of_another_statement(songs: Statements) -> None:
    token = songs.run("SELECT * FROM Music", Limit=1)["NextToken"]
    for other in (
        "SELECT * FROM Music WHERE Artist = 'a'",
        'SELECT * FROM "Music"."ByYear"',
        "SELECT Artist FROM Music",
    ):
        assert songs.invalid(other, NextToken=token) == "NextToken does not match request"
    assert songs.invalid("SELECT * FROM Music", NextToken="abc") == "Invalid NextToken"


def test_pages_of_several_partitions_have_ten_items(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("t"))
    statements = Statements(plane)
    names = [f"k{number:02}" for number in range(25)]
    for name in names:
        statements.run("INSERT INTO t VALUE {'pk': ?}", {"S": name})
    listed = ", ".join(f"'{name}'" for name in names)
    text = f"SELECT * FROM t WHERE pk IN [{listed}]"
    first = statements.run(text)
    assert len(first["Items"]) == 10
    assert [item["pk"]["S"] for item in statements.items(text)] == names
    assert len(statements.run("SELECT * FROM t")["Items"]) == 25


def test_a_page_ends_at_one_megabyte_over_all_partitions(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand("t"))
    statements = Statements(plane)
    for name in "abcdef":
        statements.run("INSERT INTO t VALUE {'pk': ?, 'x': ?}", {"S": name}, {"S": "x" * 300_000})
    text = "SELECT pk FROM t WHERE pk IN ['a', 'b', 'c', 'd', 'e', 'f']"
    assert len(statements.run(text)["Items"]) == 4
    assert [item["pk"]["S"] for item in statements.items(text)] == list("abcdef")


def test_columns_are_named_after_the_ends_of_their_paths(music: Statements) -> None:
    music.run(f"UPDATE Music SET m = {{'k': [{{'x': 1}}, 2]}}, a = 'b' WHERE {KEY}")
    assert music.items(f"SELECT a, m.k[0].x, m.k[1], nope FROM Music WHERE {KEY}") == [
        {"a": {"S": "b"}, "x": {"N": "1"}, "k[1]": {"N": "2"}}
    ]
    assert music.items("SELECT nope FROM Music") == [{}]
    assert music.items('SELECT "a" FROM Music WHERE m.k[0].x = 1') == [{"a": {"S": "b"}}]


# --- Indexes --------------------------------------------------------------------------------------


def test_reads_of_indexes(songs: Statements) -> None:
    songs.run("UPDATE Music REMOVE Genre WHERE Artist = 'b' AND SongTitle = '2'")
    by_genre = '"Music"."ByGenre"'
    assert titles(songs.items(f"SELECT * FROM {by_genre} WHERE Genre = 'g' AND \"Year\" = 3")) in (
        "a3 b3", "b3 a3",
    )  # fmt: skip
    assert len(songs.items(f"SELECT * FROM {by_genre}")) == 5, "sparse"
    assert len(songs.items(f"SELECT * FROM {by_genre} WHERE Artist = 'b'")) == 2, "a scan of it"
    ordered = songs.items(f"SELECT * FROM {by_genre} WHERE Genre = 'g' ORDER BY \"Year\" DESC")
    assert [item["Year"]["N"] for item in ordered] == ["3", "3", "2", "1", "1"]
    paged = songs.items(f"SELECT * FROM {by_genre} WHERE Genre = 'g'", Limit=1)
    assert len(paged) == 5
    by_year = '"Music"."ByYear"'
    found = songs.items(f"SELECT * FROM {by_year} WHERE Artist = 'a' AND \"Year\" >= 2",
                        ConsistentRead=True)  # fmt: skip
    assert titles(found) == "a2 a3"
    assert "Genre" not in found[0]


def test_a_local_index_fetches_what_it_does_not_have(songs: Statements) -> None:
    answer = songs.run(
        'SELECT Genre FROM "Music"."ByYear" WHERE Artist = \'a\' AND "Year" = 2',
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["Items"] == [{"Genre": {"S": "g"}}]
    assert answer["ConsumedCapacity"]["Table"]["CapacityUnits"] == 0.5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('SELECT * FROM "Music"."nope"', "The table does not have the specified index"),
        ('SELECT * FROM "Music"."Music"', "The table does not have the specified index"),
        (
            'SELECT z, Label, y FROM "Music"."ByGenre" WHERE Genre = \'g\'',
            f"{INVALID}Global secondary index ByGenre does not project [z, y]",
        ),
        (
            'SELECT z FROM "Music"."ByGenre"',
            f"{INVALID}Global secondary index ByGenre does not project [z]",
        ),
        (
            'SELECT Artist FROM "Music"."ByGenre" WHERE Genre = \'g\' AND b = 1 AND a = 2',
            (
                f"{INVALID}Secondary index ByGenre does not project one or more filter attributes: "
                "[a, b]"
            ),
        ),
        (
            'SELECT Artist FROM "Music"."ByYear" WHERE Artist = \'a\' AND NOT (z = 1)',
            f"{INVALID}Secondary index ByYear does not project one or more filter attributes: [z]",
        ),
    ],
)
def test_what_indexes_do_not_have(songs: Statements, text: str, message: str) -> None:
    assert songs.invalid(text) == message


def test_consistent_reads_of_global_indexes(songs: Statements) -> None:
    assert songs.invalid('SELECT * FROM "Music"."ByGenre"', ConsistentRead=True) == (
        "Strongly consistent read is not supported on Global Secondary Indexes"
    )


def test_indexes_with_keys_of_several_attributes_are_refused(plane: ControlPlane) -> None:
    wide = index("wide", "a", "/b")
    wide["KeySchema"] = keys("a", "c", "/b")
    plane.call(
        "CreateTable",
        **on_demand(
            "t", "pk", AttributeDefinitions=attributes("pk", "a", "b", "c"),
            GlobalSecondaryIndexes=[wide],
        ),
    )  # fmt: skip
    assert Statements(plane).invalid('SELECT * FROM "t"."wide" WHERE a = 5') == (
        "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
        "multi-attribute RANGE keys."
    )


# --- INSERT ---------------------------------------------------------------------------------------


def test_insert_twice(music: Statements) -> None:
    error = music.refusal(
        "INSERT INTO Music VALUE {'Artist': 'Acme Band', 'SongTitle': 'PartiQL Rocks'}"
    )
    assert (error.code(), error.message) == (
        "DuplicateItemException",
        "Duplicate primary key exists in table",
    )


def test_insert_a_whole_item(music: Statements) -> None:
    item = {"Artist": {"S": "x"}, "SongTitle": {"S": "y"}, "b": {"B": "YQ=="}}
    assert music.run("INSERT INTO Music VALUE ?", {"M": item}) == {"Items": []}
    assert music.items("SELECT * FROM Music WHERE Artist = 'x'") == [item]
    assert "Unsupported data type" in music.invalid("INSERT INTO Music VALUE ?", {"S": "x"})


def test_insert_checks_keys(music: Statements) -> None:
    assert music.invalid("INSERT INTO Music VALUE {'Artist': 'x'}") == (
        f"{INVALID}Missing the key SongTitle in the item"
    )
    assert "Type mismatch for key Artist" in music.invalid(
        "INSERT INTO Music VALUE {'Artist': 1, 'SongTitle': 'x'}"
    )
    assert "Type mismatch for Index Key Year" in music.invalid(
        "INSERT INTO Music VALUE {'Artist': 'a', 'SongTitle': 'x', 'Year': 'x'}"
    )
    assert "empty string value" in music.invalid(
        "INSERT INTO Music VALUE {'Artist': '', 'SongTitle': 'x'}"
    )


def test_the_values_of_a_cached_statement_are_not_changed_by_updates(music: Statements) -> None:
    text = "INSERT INTO Music VALUE {'Artist': 'x', 'SongTitle': ?, 'm': {'l': [1]}}"
    for title in "12":
        music.run(text, {"S": title})
        music.run(
            "UPDATE Music SET m.l[0] = 5, m.k = 1 WHERE Artist = 'x' AND SongTitle = ?",
            {"S": title},
        )
    assert music.run(text, {"S": "3"}) == {"Items": []}
    assert music.items("SELECT m FROM Music WHERE Artist = 'x' AND SongTitle = '3'") == [
        {"m": {"M": {"l": {"L": [{"N": "1"}]}}}}
    ]


# --- UPDATE ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "returning", "items"),
    [
        ("SET a = 1", "", []),
        ("SET a = 1", "ALL OLD", [{"a": {"N": "0"}, "l": {"L": [{"S": "x"}, {"S": "y"}]}}]),
        ("SET a = 1", "ALL NEW", [{"a": {"N": "1"}, "l": {"L": [{"S": "x"}, {"S": "y"}]}}]),
        ("SET a = 1", "MODIFIED OLD", [{"a": {"N": "0"}}]),
        ("SET a = 1", "MODIFIED NEW", [{"a": {"N": "1"}}]),
        ("SET b = 1", "MODIFIED OLD", []),
        ("SET b = 1", "MODIFIED NEW", [{"b": {"N": "1"}}]),
        ("REMOVE a", "MODIFIED NEW", []),
        ("REMOVE a", "MODIFIED OLD", [{"a": {"N": "0"}}]),
        ("SET l[1] = 'z'", "MODIFIED NEW", [{"l": {"L": [{"S": "z"}]}}]),
        ("SET l[1] = 'z'", "MODIFIED OLD", [{"l": {"L": [{"S": "y"}]}}]),
        ("SET l[5] = 'z'", "MODIFIED NEW", []),
        ("REMOVE l[0]", "MODIFIED NEW", [{"l": {"L": [{"S": "y"}]}}]),
        ("REMOVE l[1]", "MODIFIED NEW", []),
    ],
)
def test_what_an_update_returns(
    music: Statements, actions: str, returning: str, items: list[dict[str, Any]]
) -> None:
    music.run(f"UPDATE Music SET a = 0, l = ['x', 'y'] WHERE {KEY}")
    clause = returning and f" RETURNING {returning} *"
    found = music.run(f"UPDATE Music {actions} WHERE {KEY}{clause}")["Items"]
    for item in found:
        if returning.startswith("ALL"):
            assert item.pop("Artist") == {"S": "Acme Band"}
            assert item.pop("SongTitle") == {"S": "PartiQL Rocks"}
    assert found == items


def test_update_is_no_upsert(music: Statements) -> None:
    for where in (
        "Artist = 'x' AND SongTitle = 'y'",
        "Artist = 'x' AND SongTitle = 'y' AND attribute_not_exists(Artist)",
    ):
        error = music.refusal(f"UPDATE Music SET a = 1 WHERE {where}")
        assert (error.code(), error.message) == (
            "ConditionalCheckFailedException",
            "The conditional request failed",
        )
    assert music.items("SELECT * FROM Music WHERE Artist = 'x'") == []


def test_update_with_a_condition(music: Statements) -> None:
    music.run(f"UPDATE Music SET a = 1 WHERE {KEY} AND a IS MISSING")
    error = music.refusal(
        f"UPDATE Music SET a = 2 WHERE {KEY} AND a IS MISSING",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert error.code() == "ConditionalCheckFailedException"
    assert orjson.loads(orjson.dumps(error.details))["Item"]["a"] == {"N": "1"}
    assert music.refusal(f"UPDATE Music SET a = 2 WHERE {KEY} AND a = 5").details == {}
    music.run(f"UPDATE Music SET a = a + ? WHERE {KEY} AND a < ?", {"N": "4"}, {"N": "2"})
    assert music.items(f"SELECT a FROM Music WHERE {KEY}") == [{"a": {"N": "5"}}]


@pytest.mark.parametrize(
    ("actions", "message"),
    [
        (
            "SET Artist = 'x'",
            f"{INVALID}Cannot update attribute Artist. This attribute is part of the key",
        ),
        (
            "SET a = nope",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "SET l = list_append(l, [1])",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "SET m.x = 1",
            "The document path provided in the update expression is invalid for update",
        ),
        (
            "SET Artist2 = 1, s = set_add(s, <<1>>), t = set_add(t, ?)",
            "The second argument to SET_ADD must be a value with type SET at 1:66:1",
        ),
    ],
)
def test_updates_that_cannot_be(music: Statements, actions: str, message: str) -> None:
    parameters = [{"S": "x"}] if "?" in actions else []
    assert music.invalid(f"UPDATE Music {actions} WHERE {KEY}", *parameters) == message


def test_set_functions(music: Statements) -> None:
    music.run(
        f"UPDATE Music SET s = set_add(s, <<'a', 'b'>>), n = set_delete(n, <<1>>) WHERE {KEY}"
    )
    assert music.items(f"SELECT s, n FROM Music WHERE {KEY}") == [{"s": {"SS": ["a", "b"]}}]
    wrong = "An operand in the update expression has an incorrect data type"
    assert music.invalid(f"UPDATE Music SET s = set_add(s, <<1>>) WHERE {KEY}") == wrong
    music.run(f"UPDATE Music SET s = set_delete(s, ?) WHERE {KEY}", {"SS": ["a", "b"]})
    assert music.items(f"SELECT s FROM Music WHERE {KEY}") == [{}]


# --- DELETE ---------------------------------------------------------------------------------------


def test_a_delete_returns_the_old_item(music: Statements) -> None:
    error = music.refusal(f"DELETE FROM Music WHERE {KEY} AND a = 1")
    assert error.code() == "ConditionalCheckFailedException"
    gone = music.run(f"DELETE FROM Music WHERE {KEY} RETURNING ALL OLD *")
    assert gone["Items"][0]["Artist"] == {"S": "Acme Band"}
    assert music.run(f"DELETE FROM Music WHERE {KEY} RETURNING ALL OLD *") == {"Items": []}
    assert music.run(f"DELETE FROM Music WHERE {KEY} AND a = 1") == {"Items": []}


# --- All of them ----------------------------------------------------------------------------------


def test_parameters_come_before_the_statement(music: Statements) -> None:
    assert "contains duplicates" in music.invalid("UPDATE Music SET WHERE", {"SS": ["a", "a"]})
    assert music.invalid("SELECT * FROM Music WHERE Artist = ?", {"N": "abc"}) == (
        "The parameter cannot be converted to a numeric value: abc"
    )


def test_parameters_are_counted(music: Statements) -> None:
    message = "Number of parameters in request and statement don't match."
    assert music.invalid("SELECT * FROM Music WHERE Artist = ?") == message
    assert music.invalid("SELECT * FROM Music", {"S": "x"}) == message


def test_parameters_are_brought_to_canonical_form(music: Statements) -> None:
    music.run(f"UPDATE Music SET a = ? WHERE {KEY}", {"N": "1.50"})
    assert music.items("SELECT a FROM Music WHERE a = ?", {"N": "15e-1"}) == [{"a": {"N": "1.5"}}]


def test_tables_that_are_not_there(music: Statements) -> None:
    for text in (
        "SELECT * FROM Nope",
        "INSERT INTO Nope VALUE {'a': 1}",
        "UPDATE Nope SET a = 1 WHERE k = 1",
        "DELETE FROM Nope WHERE k = 1",
    ):
        error = music.refusal(text)
        assert (error.code(), error.message) == (
            "ResourceNotFoundException",
            "Requested resource not found",
        )


def test_exists_stands_alone_in_transactions_only(music: Statements) -> None:
    assert music.invalid(f"EXISTS(SELECT * FROM Music WHERE {KEY} AND a IS MISSING)") == (
        "EXISTS can only be used in ExecuteTransaction write requests."
    )


def test_writes_tell_their_capacity(music: Statements) -> None:
    answer = music.run(
        "INSERT INTO Music VALUE {'Artist': 'x', 'SongTitle': 'y', 'Year': 1, 'Genre': 'g'}",
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 3.0
    assert set(answer["ConsumedCapacity"]["GlobalSecondaryIndexes"]) == {"ByGenre"}


def test_a_statement_outlives_its_table(plane: ControlPlane) -> None:
    """A cached plan serves a table recreated with other keys no more than the old data."""
    statements = Statements(plane)
    plane.call("CreateTable", **on_demand("t", "pk", "/sk"))
    statements.run("INSERT INTO t VALUE {'pk': 'a', 'sk': 'b'}")
    assert len(statements.items("SELECT * FROM t WHERE pk = 'a' AND sk = 'b'")) == 1
    plane.call("DeleteTable", TableName="t")
    plane.call("CreateTable", **on_demand("t", "sk"))
    statements.run("INSERT INTO t VALUE {'sk': 'b', 'pk': 'x'}")
    assert statements.items("SELECT * FROM t WHERE pk = 'a' AND sk = 'b'") == []
    assert len(statements.items("SELECT * FROM t WHERE pk = 'x' AND sk = 'b'")) == 1
