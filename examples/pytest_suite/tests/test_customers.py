import pytest
from botocore.exceptions import ClientError
from shop import Conflict

ADA = "ada@example.com"


def test_a_customer_is_registered(shop):
    shop.register(ADA, "Ada")
    assert shop.customer(ADA)["name"] == "Ada"


def test_nobody_registers_twice(shop):
    shop.register(ADA, "Ada")
    with pytest.raises(Conflict):
        shop.register(ADA, "Eve")


@pytest.mark.parametrize("name", ["Ányos", "Зоя", "愛", "a" * 1000, "'); --"])
def test_names_of_all_kinds(shop, name):
    shop.register(ADA, name)
    assert shop.customer(ADA)["name"] == name


def test_an_empty_name_is_one(shop):
    shop.register(ADA, "")
    assert shop.customer(ADA)["name"] == ""


def test_moving_house(shop):
    shop.register(ADA, "Ada")
    shop.move(ADA, city="Pest", street="Fő utca")
    shop.move(ADA, city="Győr")
    assert shop.customer(ADA)["address"] == {"city": "Győr", "street": "Fő utca"}


def test_only_customers_move(shop):
    with pytest.raises((Conflict, ClientError)):
        shop.move(ADA, city="Pest")


def test_all_of_a_customer_is_forgotten(shop):
    shop.register(ADA, "Ada")
    shop.add_product("tea", "3", 9)
    shop.put_in_cart(ADA, "tea", 1)
    shop.order(ADA, 1, {"tea": 1})
    assert shop.forget(ADA) == 3
    assert shop.customer(ADA) is None
    assert list(shop.orders(ADA)) == []


def test_and_the_others_stay(shop):
    shop.register(ADA, "Ada")
    shop.register("bob@example.com", "Bob")
    shop.forget(ADA)
    assert shop.customer("bob@example.com")["name"] == "Bob"


def test_a_cart_begins_empty(shop):
    assert shop.cart(ADA) == {}


def test_what_is_put_in_it_adds_up(shop):
    shop.put_in_cart(ADA, "tea", 1)
    shop.put_in_cart(ADA, "milk", 1)
    assert shop.put_in_cart(ADA, "tea", 2) == {"tea": 3, "milk": 1}


def test_and_is_taken_out(shop):
    shop.put_in_cart(ADA, "tea", 1)
    shop.put_in_cart(ADA, "milk", 1)
    shop.take_out(ADA, "tea")
    assert shop.cart(ADA) == {"milk": 1}


def test_a_cart_expires_an_hour_after_its_last_change(shop):
    shop.put_in_cart(ADA, "tea", 1, now=1000)
    shop.put_in_cart(ADA, "tea", 1, now=2000)
    key = {"pk": f"CUSTOMER#{ADA}", "sk": "CART"}
    assert shop.table.get_item(Key=key)["Item"]["expires"] == 5600
