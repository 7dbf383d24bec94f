"""The server that commands work on, from their options."""

from __future__ import annotations

import click
import pytest

from jedlik.cli.admin_listener import AdminListener
from jedlik.cli.options.remote import remote_of

BAD = ("http://127.0.0.1:port", "http://127.0.0.1:70000", "http://[::1", "127.0.0.1:8000")


@pytest.mark.parametrize("url", BAD)
def test_an_endpoint_that_is_no_url_is_a_wrong_option(url: str) -> None:
    context = click.Context(click.Command("mcp"))
    with pytest.raises(click.UsageError, match="--endpoint is a URL such as"):
        remote_of(context, {"endpoint": url, "region": "us-east-1"})


@pytest.mark.parametrize("url", BAD)
def test_an_admin_listener_that_is_no_url_is_a_wrong_option(url: str) -> None:
    with pytest.raises(click.UsageError, match="is not the URL of an admin listener"):
        AdminListener(url, None)
