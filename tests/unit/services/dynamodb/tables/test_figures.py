"""What writes add to the figures of a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jedlik.services.dynamodb.tables.figures import Figures, Tally, parse, total, without_index
from tests.properties import examples

INDEX_IDS = st.integers(0, 3)
FIGURES = st.dictionaries(
    INDEX_IDS, st.tuples(st.integers(-5, 5), st.integers(-900, 900)), max_size=4
)
ADDED = st.lists(st.tuples(INDEX_IDS, st.integers(-2, 2), st.integers(-300, 300)), max_size=6)


def tally(*added: tuple[int, int, int]) -> Tally:
    made = Tally()
    for each in added:
        made.add(*each)
    return made


def kept(figures: Figures) -> Figures:
    return {index_id: each for index_id, each in figures.items() if each != (0, 0)}


@given(held=FIGURES, added=ADDED)
@examples(200)
def test_a_record_has_the_sums(held: Figures, added: list[tuple[int, int, int]]) -> None:
    record = tally(*((index_id, *each) for index_id, each in held.items())).applied_to(None)
    expected = dict(held)
    for index_id, items, size in added:
        before = expected.get(index_id, (0, 0))
        expected[index_id] = (before[0] + items, before[1] + size)
    found = parse(tally(*added).applied_to(record))
    assert found == kept(expected)


def test_a_record_stays_the_same_object_if_nothing_changes() -> None:
    record = tally((0, 3, 100)).applied_to(None)
    assert tally((0, 0, 0)).applied_to(record) is record
    assert tally((0, 1, 5), (0, -1, -5)).applied_to(record) is record
    assert tally((0, 0, 1)).applied_to(record) != record
    assert Tally().applied_to(None) is None


def test_nothing_is_kept_of_figures_that_become_zero() -> None:
    record = tally((0, 1, 100)).applied_to(None)
    assert tally((0, -1, -100)).applied_to(record) == b""
    of_two = tally((0, 1, 100), (2, 1, 40)).applied_to(None)
    assert parse(tally((0, -1, -100)).applied_to(of_two)) == {2: (1, 40)}


def test_an_index_is_taken_out() -> None:
    record = tally((0, 1, 100), (2, 1, 40)).applied_to(None)
    assert parse(without_index(record, 2)) == {0: (1, 100)}
    assert without_index(without_index(record, 2), 0) is None


def test_a_table_has_the_sums_of_its_records() -> None:
    first = tally((0, 5, 100)).applied_to(None)
    second = tally((0, -2, -30), (1, 1, 7)).applied_to(None)
    assert total([first, second, None, b""]) == {0: (3, 70), 1: (1, 7)}
