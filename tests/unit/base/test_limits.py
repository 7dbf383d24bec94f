"""Limits are as documented, and used by their names."""

from jedlik.base import limits


def test_documented_limits():
    documented = {
        "MAX_ITEM_SIZE": 409_600,
        "MAX_NESTING_DEPTH": 32,
        "MAX_PARTITION_KEY_SIZE": 2048,
        "MAX_SORT_KEY_SIZE": 1024,
        "MAX_NUMBER_DIGITS": 38,
        "MAX_ATTRIBUTE_NAME_SIZE": 65_535,
        "MAX_EXPRESSION_SIZE": 4096,
        "MAX_PAGE_SIZE": 1_048_576,
        "MAX_BATCH_GET_KEYS": 100,
        "MAX_BATCH_WRITE_REQUESTS": 25,
        "MAX_LOCAL_INDEXES": 5,
        "MAX_GLOBAL_INDEXES": 20,
        "MAX_TAGS": 50,
    }
    assert {name: getattr(limits, name) for name in documented} == documented


def test_every_limit_is_a_whole_number():
    named = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert len(named) > 30
    assert all(type(value) is int for value in named.values())
