"""Regions and accounts on the command line."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from jedlik.cli.options.region import region_options, region_settings

US, EU = "us-east-1", "eu-west-1"


def settings(*arguments: str) -> dict[str, object]:
    """What the options mean; a usage error's text under `error`."""
    found: dict[str, object] = {}

    @click.command
    @region_options
    @click.pass_context
    def command(ctx: click.Context, /, **options: object) -> None:
        found.update(region_settings(ctx, options))

    done = CliRunner().invoke(command, arguments)
    return found if done.exit_code == 0 else {"error": done.output}


@pytest.mark.parametrize(
    ("arguments", "region", "regions"),
    [
        ((), US, ()),
        (("--region", EU), EU, ()),
        (("--region", "local"), "local", ()),
        (("--regions", f"{EU},{US}"), US, (EU, US)),
        (("--regions", f"{EU}, ap-south-1"), EU, (EU, "ap-south-1")),
        (("--regions", f"{US},{EU}", "--region", EU), EU, (US, EU)),
    ],
)
def test_the_home_region(arguments: list[str], region: str, regions: tuple[str, ...]) -> None:
    expected = {"region": region, "regions": regions, "accounts_by_key": False}
    assert settings(*arguments) == expected


def test_accounts_can_follow_access_keys() -> None:
    assert settings("--accounts", "by-access-key")["accounts_by_key"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--regions", f"{US},here"), "--regions takes names such as eu-west-1, not 'here'"),
        (("--regions", f"{US},{US}"), "--regions names one twice"),
        (("--regions", ""), "not ''"),
        (("--region", "a b:c"), "--region takes letters, digits and hyphens, as in eu-west-1"),
        (("--regions", EU, "--region", US), "--region us-east-1 is not among the --regions"),
    ],
)
def test_what_makes_no_sense(arguments: tuple[str, ...], text: str) -> None:
    assert text in str(settings(*arguments)["error"])
