"""What hosts mean: this machine, all of its addresses, or one of them."""

import pytest

from jedlik.app.addresses import hosts


@pytest.mark.parametrize(
    ("host", "safe"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::1%lo", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)
def test_hosts_that_no_other_machine_reaches(host, safe):
    assert hosts.is_this_machine(host) is safe


def test_hosts_for_every_address_of_the_machine():
    assert all(map(hosts.is_wildcard, ("", "0.0.0.0", "::")))
    assert not any(map(hosts.is_wildcard, ("localhost", "127.0.0.1", "::1")))


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("127.0.0.1", "127.0.0.1:80"),
        ("localhost", "localhost:80"),
        ("0.0.0.0", "127.0.0.1:80"),
        ("::", "[::1]:80"),
        ("fe80::1", "[fe80::1]:80"),
        ("", "127.0.0.1:80"),
    ],
)
def test_the_endpoint_of_a_host_and_port(host, endpoint):
    assert hosts.endpoint(host, 80) == endpoint
