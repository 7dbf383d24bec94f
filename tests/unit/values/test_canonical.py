"""Checking and canonical form: compared with a plain reference, and error by error."""

import copy
from base64 import b64decode
from decimal import Decimal

import pytest
from hypothesis import given

from jedlik.base.errors import (
    InvalidParameter,
    SerializationException,
    ServiceError,
    ValidationException,
)
from jedlik.base.limits import MAX_ITEM_SIZE
from jedlik.values.canonical import (
    ItemTooLarge,
    ValueBudget,
    canonical_binary,
    canonical_item,
    canonical_placeholders,
    canonical_value,
)
from jedlik.values.number_sizes import number_size
from jedlik.values.sizes import item_size, value_size
from tests.strategies import items, plain, values

INVALID = "One or more parameter values were invalid: "
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)
NOT_A_NUMBER = "The parameter cannot be converted to a numeric value"
STRUCTURE = "Start of structure or map found where not expected"
LAST = "Invalid last non-pad Base64 character dectected"


def refused(value, check=canonical_value) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        check(value)
    return caught.value


def invalid(value, check=canonical_value) -> str:
    error = refused(value, check)
    assert error.code() == "ValidationException"
    assert error.wire_type() == "com.amazon.coral.validate#ValidationException"
    return error.message


def unreadable(value, check=canonical_value) -> str:
    error = refused(value, check)
    assert type(error) is SerializationException
    return error.message


def reference(value):
    """Canonical form and size, written for reading."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return value, len(content.encode())
        case "N":
            text = plain(Decimal(content))
            return {"N": text}, number_size(text)
        case "B":
            return value, len(b64decode(content))
        case "SS":
            in_order = sorted(content, key=str.encode)
            return {"SS": in_order}, sum(len(text.encode()) for text in content)
        case "NS":
            texts = [plain(number) for number in sorted(map(Decimal, content))]
            return {"NS": texts}, sum(map(number_size, texts))
        case "BS":
            in_order = sorted(content, key=b64decode)
            return {"BS": in_order}, sum(len(b64decode(text)) for text in content)
        case "L":
            elements = [reference(element) for element in content]
            size = 3 + sum(size + 1 for _, size in elements)
            return {"L": [element for element, _ in elements]}, size
        case "M":
            members = {name: reference(element) for name, element in content.items()}
            size = 3 + sum(len(name.encode()) + size + 1 for name, (_, size) in members.items())
            return {"M": {name: element for name, (element, _) in members.items()}}, size
    return value, 1


@given(values)
def test_canonical_form_and_size_are_those_of_the_reference(value):
    expected, size = reference(copy.deepcopy(value))
    assert canonical_value(value) == size == value_size(value)
    assert value == expected


@given(values)
def test_canonical_values_stay_as_they_are(value):
    size = canonical_value(value)
    before = copy.deepcopy(value)
    assert canonical_value(value) == size
    assert value == before


@pytest.mark.parametrize(
    ("known", "other", "size"), [("7", "007", 2), ("0", "-0", 1), ("1.5", "1.50", 3)]
)
def test_a_cached_short_number_in_another_spelling_becomes_canonical(known, other, size):
    for spelling in (known, known, other, other):
        value = {"N": spelling}
        assert canonical_value(value) == size
        assert value == {"N": known}


@given(items)
def test_items_become_canonical_and_are_measured(item):
    references = {name: reference(copy.deepcopy(value)) for name, value in item.items()}
    size = sum(len(name.encode()) + size for name, (_, size) in references.items())
    assert canonical_item(item) == size == item_size(item)
    assert item == {name: value for name, (value, _) in references.items()}


@given(items)
def test_placeholders_count_names_as_items_do(item):
    values_of = {f":v{number}": value for number, value in enumerate(item.values())}
    assert canonical_placeholders(values_of) == item_size(values_of)


class TestMembers:
    @pytest.mark.parametrize("value", [{}, {"a": ""}, {"S": None}, {"s": "x"}, None, {"X": None}])
    def test_no_type(self, value):
        assert invalid(value) == EMPTY
        assert invalid({"L": [value]}) == EMPTY
        assert invalid({"M": {"a": value}}) == EMPTY
        assert invalid({"a": value}, canonical_item) == EMPTY

    @pytest.mark.parametrize(
        "value",
        [{"S": "a", "N": "1"}, {"SS": ["a"], "L": []}, {"M": {}, "NULL": True, "x": 1},
         {"L": [{"S": "a", "BOOL": True}]}],
    )  # fmt: skip
    def test_several_types(self, value):
        assert invalid(value) == SEVERAL

    def test_what_is_wrong_inside_comes_before_several_types(self):
        assert invalid({"S": "a", "N": ""}) == NOT_A_NUMBER
        assert invalid({"S": "a", "NS": ["1", "b"]}) == f"{NOT_A_NUMBER}: b"
        assert invalid({"N": "x", "NS": ["y"]}) == f"{NOT_A_NUMBER}: x"
        assert unreadable({"N": "x", "S": 5}) == "NUMBER_VALUE cannot be converted to String"

    @pytest.mark.parametrize("extra", [{"x": 1}, {"N": None}, {"x": None, "": [{}]}])
    def test_unknown_and_null_members_are_dropped(self, extra):
        value = {**extra, "S": "abc"}
        assert canonical_value(value) == 3
        assert value == {"S": "abc"}
        item = {"a": {**extra, "N": "1.0"}}
        assert canonical_item(item) == 3
        assert item == {"a": {"N": "1"}}


class TestNesting:
    @staticmethod
    def nested(levels, leaf, kinds="ML"):
        value = leaf
        for level in range(levels):
            kind = kinds[level % len(kinds)]
            value = {"M": {"a": value}} if kind == "M" else {"L": [value]}
        return value

    @pytest.mark.parametrize("kinds", ["M", "L", "ML"])
    @pytest.mark.parametrize("leaf", [{"S": "x"}, {"N": "1"}, {"M": {}}, {"L": []}, {"SS": ["a"]}])
    def test_thirty_two_levels_are_the_most(self, kinds, leaf):
        assert canonical_value(self.nested(31, leaf, kinds)) > 31 * 4
        assert invalid(self.nested(32, leaf, kinds)) == TOO_DEEP

    @pytest.mark.parametrize("levels", [33, 500, 5000])
    def test_however_deep(self, levels):
        value = self.nested(levels, {"S": "x"})
        assert invalid(value) == TOO_DEEP
        assert invalid({"a": value}, canonical_item) == TOO_DEEP

    def test_a_value_that_stands_deeper_already(self):
        assert canonical_value(self.nested(1, {"S": "x"}), depth=31) == 6
        with pytest.raises(ValidationException):
            canonical_value(self.nested(1, {"S": "x"}), depth=32)

    def test_the_first_problem_of_the_document_is_told(self):
        deep = self.nested(40, {"N": "abc"})
        assert invalid(deep) == TOO_DEEP
        assert invalid({"L": [{"N": "abc"}, deep]}) == f"{NOT_A_NUMBER}: abc"
        assert invalid({"L": [deep, {"N": "abc"}]}) == TOO_DEEP


class TestSets:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({"SS": []}, "An string set  may not be empty"),
            ({"NS": []}, "An number set  may not be empty"),
            ({"BS": []}, "Binary sets should not be empty"),
            ({"SS": ["a", None]}, "An string set may not have a null string as a member"),
            ({"NS": ["1", None]}, "An number set may not have a null string as a member"),
            ({"BS": ["AA==", None]}, "Binary sets may not contain null or empty values"),
            ({"SS": ["a", "b", "a"]}, "Input collection [a, b, a] contains duplicates."),
            ({"SS": ["", ""]}, "Input collection [, ] contains duplicates."),
            (
                {"BS": ["Yg==", "Yg=="]},
                "Input collection [Yg==, Yg==]of type BS contains duplicates.",
            ),
        ],
    )
    def test_empty_null_and_duplicate(self, value, message):
        assert invalid(value) == INVALID + message

    @pytest.mark.parametrize(
        ("value", "newer"),
        [
            ({"SS": ["b", "a", "b"]}, 'Input collection ["a", "b", "b"] contains duplicates.'),
            ({"SS": ["c", "c", "a"]}, 'Input collection ["c", "c", "a"] contains duplicates.'),
            ({"BS": ["/w==", "AA==", "AA=="]},
             'Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.'),
            ({"NS": ["2", "1", "2.0"]}, "Input collection contains duplicates."),
        ],
    )  # fmt: skip
    def test_duplicates_in_newer_words(self, value, newer):
        with pytest.raises(InvalidParameter) as caught:
            canonical_value(value)
        assert caught.value.newer == INVALID + newer

    @pytest.mark.parametrize("texts", [["1", "1"], ["1", "1.0"], ["100", "1e2"], ["0", "-0"]])
    def test_equal_numbers_are_duplicates_however_written(self, texts):
        assert invalid({"NS": texts}) == "Input collection contains duplicates"

    def test_what_is_not_equal_is_no_duplicate(self):
        assert canonical_value({"SS": ["1", "1.0", "", "a", "A"]}) == 6
        assert canonical_value({"NS": ["1", "-1", "1" * 38, "1" * 37 + "2"]}) == 2 + 3 + 20 + 20
        assert canonical_value({"BS": ["", "AA==", "AAA="]}) == 3

    @pytest.mark.parametrize(("text", "message"), [("", NOT_A_NUMBER), ("b", f"{NOT_A_NUMBER}: b")])
    def test_elements_that_are_no_numbers(self, text, message):
        assert invalid({"NS": ["1", text]}) == message


class TestTruth:
    @pytest.mark.parametrize("word", [True, "true", "TRUE", "yes", "Yes", "1"])
    def test_true(self, word):
        for kind in ("BOOL", "NULL"):
            value = {kind: word}
            assert canonical_value(value) == 1
            assert value == {kind: True}

    @pytest.mark.parametrize("word", [False, "false", "False", "no", "0"])
    def test_false(self, word):
        value = {"BOOL": word}
        assert canonical_value(value) == 1
        assert value == {"BOOL": False}
        assert (
            invalid({"NULL": word})
            == INVALID + "Null attribute value types must have the value of true"
        )

    @pytest.mark.parametrize("kind", ["BOOL", "NULL"])
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "Unexpected token received from parser"),
            ("23", "Unexpected token received from parser"),
            (1, "NUMBER_VALUE cannot be converted to Boolean"),
            (0, "NUMBER_VALUE cannot be converted to Boolean"),
            (34.56, "DECIMAL_VALUE cannot be converted to Boolean"),
            ([], "Unrecognized collection type class java.lang.Boolean"),
            ({}, STRUCTURE),
        ],
    )
    def test_neither(self, kind, content, message):
        assert unreadable({kind: content}) == message


class TestBase64:
    @pytest.mark.parametrize("text", ["", "AA==", "AAA=", "AAAA", "+/+/", "dGVzdA=="])
    def test_the_one_spelling_is_accepted(self, text):
        assert canonical_binary(text) == text

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
            ("A", "Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
            ("AA", "Base64 encoded length is expected a multiple of 4 bytes but found: 2"),
            ("AAAA\n", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
            ("=+/=", LAST),
            ("+/+=", LAST),
            ("AB==", LAST),
            ("A===", LAST),
            ("====", LAST),
            ("AA==AAAA", LAST),
            ("AA A", LAST),
            ("AA\nA", LAST),
            ("-_-_", LAST),
            ("éééé", LAST),
            ("\x00\x00\x00\x00", LAST),
        ],
    )
    def test_others_are_not(self, text, message):
        assert unreadable({"B": text}) == message
        assert unreadable({"BS": ["AA==", text]}) == message


AS_STRING = [
    (True, "TRUE_VALUE cannot be converted to String"),
    (False, "FALSE_VALUE cannot be converted to String"),
    (23, "NUMBER_VALUE cannot be converted to String"),
    (-(2**80), "NUMBER_VALUE cannot be converted to String"),
    (34.56, "DECIMAL_VALUE cannot be converted to String"),
    ([], "Unrecognized collection type class java.lang.String"),
    ({}, STRUCTURE),
]
BASE64_ONLY = "only base-64-encoded strings are convertible to bytes"
SCALARS = ["23", "", True, 23, 34.56]


class TestJsonTypes:
    @pytest.mark.parametrize(("content", "message"), AS_STRING)
    def test_strings_and_numbers(self, content, message):
        for value in ({"S": content}, {"N": content}, {"SS": [content]}, {"NS": ["1", content]}):
            assert unreadable(value) == message

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (True, BASE64_ONLY),
            (23, BASE64_ONLY),
            (34.56, BASE64_ONLY),
            ([], "Unrecognized collection type class java.nio.ByteBuffer"),
            ({}, STRUCTURE),
        ],
    )
    def test_binaries(self, content, message):
        assert unreadable({"B": content}) == message
        assert unreadable({"BS": [content]}) == message

    @pytest.mark.parametrize("kind", ["SS", "NS", "BS", "L"])
    def test_lists(self, kind):
        for content in SCALARS:
            assert unreadable({kind: content}) == "Unexpected field type"
        assert unreadable({kind: {}}) == STRUCTURE

    def test_maps(self):
        for content in SCALARS:
            assert unreadable({"M": content}) == "Unexpected field type"
        assert unreadable({"M": []}) == (
            "Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>"
        )

    def test_values(self):
        for content in SCALARS:
            for value in (content, {"L": [content]}, {"M": {"a": content}}):
                assert unreadable(value) == "Unexpected value type in payload"
            assert unreadable({"a": content}, canonical_item) == "Unexpected value type in payload"
        message = (
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"
        )
        assert unreadable({"L": [[]]}) == message
        assert unreadable([{"S": "x"}]) == message


class TestNames:
    @pytest.mark.parametrize("letter", ["a", "é"])
    def test_up_to_65535_bytes(self, letter):
        longest = letter * (65535 // len(letter.encode()))
        name_size = len(longest.encode())
        assert canonical_item({longest: {"S": ""}}) == name_size
        assert canonical_value({"M": {longest: {"S": ""}}}) == name_size + 4
        longer = {longest + letter: {"S": ""}}
        for item in (longer, {"a": {"M": longer}}):
            assert invalid(item, canonical_item) == (
                "1 validation error detected: "
                "Attribute name is too large, must be less than 65536 bytes"
            )

    def test_at_least_one(self):
        for item in ({"": {"S": "x"}}, {"a": {"M": {"": {"S": "x"}}}}):
            assert invalid(item, canonical_item) == "Empty attribute name"

    def test_what_is_wrong_first_is_said(self):
        item = {"a": {"N": "b"}, "": {"S": "x"}}
        assert invalid(item, canonical_item) == f"{NOT_A_NUMBER}: b"
        item = {"": {"S": "x"}, "a": {"N": "b"}}
        assert invalid(item, canonical_item) == "Empty attribute name"

    def test_only_single_names_are_limited(self):
        """On every level of the deepest map there is, each of which has to be looked at once."""
        names = [letter * 40_000 for letter in "ab"]
        value = {"S": "x"}
        for _ in range(31):
            value = {"M": {names[0]: value, names[1]: {"N": "01"}}}
        size = 31 * (2 * 40_000 + 2 + 3 + 2) + 1
        assert canonical_value(value) == size
        assert value["M"][names[1]] == {"N": "1"}


class TestPlaceholders:
    @pytest.mark.parametrize(
        ("value", "message"),
        [
            ({}, EMPTY),
            ({"S": "", "N": "1"}, SEVERAL),
            ({"N": "b"}, f"{NOT_A_NUMBER}: b"),
            ({"SS": []}, INVALID + "An string set  may not be empty"),
        ],
    )
    def test_errors_name_the_placeholder(self, value, message):
        placeholders = {":a": {"S": "x"}, ":b": value}
        assert invalid(placeholders, canonical_placeholders) == (
            f"ExpressionAttributeValues contains invalid value: {message} for key :b"
        )

    def test_errors_of_nesting_do_not_name_a_placeholder(self):
        canonical_placeholders({":b": TestNesting.nested(63, {"S": "x"})})
        placeholders = {":b": TestNesting.nested(64, {"S": "x"})}
        assert invalid(placeholders, canonical_placeholders) == TOO_DEEP

    def test_wrong_json_types_do_not_name_a_placeholder(self):
        message = unreadable({":b": {"N": 5}}, canonical_placeholders)
        assert message == "NUMBER_VALUE cannot be converted to String"


@pytest.mark.parametrize(
    "value",
    [
        {"L": [{"NULL": True}] * 300_000},
        {"L": [{"L": [{"N": "1"}] * 100} for _ in range(3_000)]},
        {"M": {f"k{each}": {"N": "1"} for each in range(300_000)}},
        {"NS": [str(each) for each in range(300_000)]},
        {"SS": [str(each) for each in range(300_000)]},
    ],
)
def test_an_item_that_is_too_large_is_left_early(value):
    # What is wrong at its end is not seen: for a set, that an element is there twice.
    ((_, content),) = value.items()
    wrong = {"N": "no number"}
    if isinstance(content, dict):
        content["last"] = wrong
    else:
        content.append(wrong if isinstance(content[0], dict) else content[0])
    with pytest.raises(ItemTooLarge):
        canonical_item({"pk": {"S": "p"}, "a": value})
    # A value that is no item's has no such limit.
    with pytest.raises(InvalidParameter):
        canonical_value(value)


def test_an_item_just_as_large_as_it_may_be_is_taken():
    # A name, 3 bytes of a list, and 2 of each element.
    count = (MAX_ITEM_SIZE - 4) // 2
    assert canonical_item({"a": {"L": [{"NULL": True} for _ in range(count)]}}) == MAX_ITEM_SIZE
    with pytest.raises(ItemTooLarge):
        canonical_item({"a": {"L": [{"NULL": True} for _ in range(count + 1)]}})


def test_placeholders_are_looked_at_as_far_as_there_is_room() -> None:
    spoilt = {"L": [{"S": "x"}, {"N": "no number"}]}
    large = {":a": {"S": "x" * 2_000_000}, ":b": {"S": "y" * 200_000}}
    assert canonical_placeholders({**large, ":c": spoilt}) > 2_097_152
    with pytest.raises(InvalidParameter):
        canonical_placeholders({":c": spoilt, **large})


def test_room_is_for_all_values_together() -> None:
    budget = ValueBudget()
    budget.canonical({"S": "x" * 2_000_000})
    with pytest.raises(ItemTooLarge):
        budget.canonical({"L": [{"S": "y" * 100_000}]})
    number = {"N": "1.0"}
    ValueBudget().canonical(number)
    assert number == {"N": "1"}
