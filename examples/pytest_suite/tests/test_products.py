from decimal import Decimal

import pytest
from botocore.exceptions import ClientError
from shop import Conflict


def test_a_product_is_found(shop):
    shop.add_product("tea", "3.20", 5)
    assert shop.product("tea")["stock"] == 5


def test_one_that_is_not_there_is_not(shop):
    assert shop.product("tea") is None


def test_no_product_is_added_twice(shop):
    shop.add_product("tea", "3.20", 5)
    with pytest.raises(Conflict):
        shop.add_product("tea", "9.99", 1)
    assert shop.product("tea")["price"] == Decimal("3.20")


@pytest.mark.parametrize("price", ["0", "0.01", "3.1415926535", "-7", "1E+20", "9.99E-30"])
def test_prices_keep_their_value(shop, price):
    shop.add_product("tea", price, 1)
    assert shop.product("tea")["price"] == Decimal(price)


def test_several_at_once(shop):
    shop.add_product("tea", "3", 1)
    shop.add_product("milk", "1", 2)
    assert set(shop.products("tea", "milk", "sugar")) == {"tea", "milk"}


def test_an_import_of_many(shop):
    shop.import_products([(f"p{number}", "1.00", number) for number in range(60)])
    assert shop.product("p59")["stock"] == 59
    assert len(shop.cheap("1")) == 60


def test_restocking(shop):
    shop.add_product("tea", "3", 1)
    assert shop.restock("tea", 4) == 5


def test_restocking_what_is_not_there(shop):
    with pytest.raises(ClientError):
        shop.restock("tea", 4)
    assert shop.product("tea") is None


def test_a_price_that_was_seen_is_replaced(shop):
    shop.add_product("tea", "3", 1)
    shop.reprice("tea", "4", seen="3.00")
    assert shop.product("tea")["price"] == 4


def test_a_price_that_somebody_else_changed_is_not(shop):
    shop.add_product("tea", "3", 1)
    with pytest.raises(Conflict):
        shop.reprice("tea", "4", seen="2")
    assert shop.product("tea")["price"] == 3


def test_tags_are_a_set(shop):
    shop.add_product("tea", "3", 1, {"hot"})
    assert shop.tag("tea", "green", "hot") == {"green", "hot"}


def test_tags_begin_with_the_first(shop):
    shop.add_product("tea", "3", 1)
    assert shop.tag("tea", "green") == {"green"}


@pytest.mark.parametrize(("most", "names"), [("1", []), ("2", ["milk"]), ("5", ["milk", "tea"])])
def test_cheap_ones(shop, most, names):
    shop.add_product("tea", "3", 1)
    shop.add_product("milk", "2", 1)
    shop.add_product("saffron", "90", 1)
    assert shop.cheap(most) == names
