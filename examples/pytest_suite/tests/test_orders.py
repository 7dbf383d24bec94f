import pytest
from shop import Conflict, OutOfStock

ADA = "ada@example.com"


@pytest.fixture
def stocked(shop):
    shop.add_product("tea", "3", 5)
    shop.add_product("milk", "1", 2)
    return shop


def test_an_order_takes_from_the_stock(stocked):
    stocked.order(ADA, 1, {"tea": 2, "milk": 1})
    assert stocked.product("tea")["stock"] == 3
    assert stocked.product("milk")["stock"] == 1


def test_an_order_of_too_much_changes_nothing(stocked):
    with pytest.raises(OutOfStock):
        stocked.order(ADA, 1, {"tea": 2, "milk": 3})
    assert stocked.product("tea")["stock"] == 5
    assert list(stocked.orders(ADA)) == []


def test_what_is_not_sold_cannot_be_ordered(stocked):
    with pytest.raises(OutOfStock):
        stocked.order(ADA, 1, {"saffron": 1})


def test_a_number_is_given_once(stocked):
    stocked.order(ADA, 1, {"tea": 1})
    with pytest.raises(Conflict):
        stocked.order(ADA, 1, {"tea": 1})
    assert stocked.product("tea")["stock"] == 4


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_everything_that_is_there_may_be_sold(stocked, count):
    stocked.order(ADA, 1, {"tea": count})
    assert stocked.product("tea")["stock"] == 5 - count


def test_orders_come_newest_first(stocked):
    for number in (3, 1, 2):
        stocked.order(ADA, number, {"tea": 1})
    assert [order["sk"] for order in stocked.orders(ADA)] == [
        "ORDER#000003",
        "ORDER#000002",
        "ORDER#000001",
    ]


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_page_by_page(stocked, page):
    for number in range(1, 5):
        stocked.order(ADA, number, {"tea": 1})
    assert len(list(stocked.orders(ADA, page))) == 4


def test_an_order_is_shipped(stocked):
    stocked.order(ADA, 1, {"tea": 1})
    stocked.ship(ADA, 1)
    assert stocked.with_status("shipped") == [1]
    assert stocked.with_status("open") == []


def test_and_only_once(stocked):
    stocked.order(ADA, 1, {"tea": 1})
    stocked.ship(ADA, 1)
    with pytest.raises(Conflict):
        stocked.ship(ADA, 1)


def test_no_order_is_shipped_that_is_none(stocked):
    with pytest.raises(Conflict):
        stocked.ship(ADA, 1)
    assert stocked.count("shipped") == 0


def test_open_orders_of_all_customers(stocked):
    stocked.order(ADA, 2, {"tea": 1})
    stocked.order("bob@example.com", 1, {"tea": 1})
    stocked.order("cyd@example.com", 7, {"tea": 1})
    assert stocked.with_status("open") == [1, 2, 7]
    assert stocked.with_status("open", before=7) == [1, 2]
    assert stocked.count("open") == 3


def test_each_keeps_to_their_own(stocked):
    stocked.order(ADA, 1, {"tea": 1})
    stocked.order("bob@example.com", 2, {"tea": 1})
    assert len(list(stocked.orders(ADA))) == 1


def test_lines_of_an_order(stocked):
    stocked.order(ADA, 1, {"tea": 2, "milk": 1})
    (order,) = stocked.orders(ADA)
    assert order["lines"] == {"tea": 2, "milk": 1}
