"""Peers and delays on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from jedlik.app.settings import Credentials, PeerSettings
from jedlik.cli.options.replication import replication_options, replication_settings
from jedlik.services.dynamodb.tables.replicas import ReplicationSettings

EU, AP = "eu-west-1", "ap-south-1"


def settings(*arguments: str | Path) -> dict[str, Any]:
    """What the options mean; a usage error's text under `error`."""
    found: dict[str, Any] = {}

    @click.command
    @replication_options
    @click.pass_context
    def command(ctx: click.Context, /, **options: object) -> None:
        found.update(replication_settings(ctx, options, ("us-east-1",)))

    done = CliRunner().invoke(command, [*map(str, arguments)])
    return found if done.exit_code == 0 else {"error": done.output}


def test_peers_are_regions_with_urls() -> None:
    found = settings("--peer", f"{EU}=https://eu:8000", "--peer", f"{AP}=http://127.0.0.1:8001")
    assert found["peers"] == (
        PeerSettings(EU, "https://eu:8000"),
        PeerSettings(AP, "http://127.0.0.1:8001"),
    )
    assert settings()["peers"] == ()


def test_a_delay_of_one_region_overrides_the_general_one() -> None:
    found = settings("--replication-delay", "500ms", "--replication-delay", f"{EU}=2s")
    assert found["replication"] == ReplicationSettings(0.5, {EU: 2.0})
    assert found["replication"].delay_to(EU) == 2.0
    assert found["replication"].delay_to(AP) == 0.5
    assert settings()["replication"] == ReplicationSettings()


def test_eventually_consistent_reads_are_delayed_by_milliseconds() -> None:
    assert settings("--eventual-delay", "250")["eventual_delay"] == 0.25
    assert settings("--eventual-delay", "1500ms")["eventual_delay"] == 1.5
    assert settings()["eventual_delay"] == 0.0


def test_credentials_are_those_of_the_region_or_of_all(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text(
        "[default]\naws_access_key_id = A\naws_secret_access_key = B%\n"
        f"[{AP}]\naws_access_key_id = C\naws_secret_access_key = D\n"
    )
    peers = ("--peer", f"{EU}=https://eu", "--peer", f"{AP}=https://ap")
    found = settings(*peers, "--peer-credentials", file)
    assert found["peer_credentials"] == {EU: Credentials("A", "B%"), AP: Credentials("C", "D")}
    file.write_text("[default]\naws_access_key_id = A\n")
    assert "has no aws_access_key_id and" in settings(*peers, "--peer-credentials", file)["error"]
    file.write_text("no sections")
    assert "cannot be read" in settings(*peers, "--peer-credentials", file)["error"]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--peer", "https://eu"), "--peer takes REGION=https://HOST:PORT"),
        (("--peer", f"{EU}=eu:8000"), "--peer takes REGION=https://HOST:PORT"),
        (("--peer", f"{EU}=https://eu/path"), "--peer takes REGION=https://HOST:PORT"),
        (("--peer", f"{EU}=https://eu:99999"), "--peer takes REGION=https://HOST:PORT"),
        (("--peer", f"{EU}=http://10.0.0.1:8000"), "between machines changes go over TLS"),
        (("--peer", "us-east-1=https://us"), "the region us-east-1 is this server's own"),
        (("--peer", f"{EU}=https://a", "--peer", f"{EU}=https://b"), "named twice"),
        (("--replication-delay", "500"), "--replication-delay takes 500ms, 2s"),
        (("--replication-delay", "here=1s"), "--replication-delay takes 500ms, 2s"),
        (("--eventual-delay", "soon"), "--eventual-delay takes milliseconds, such as 500"),
        (("--eventual-delay", "2s"), "--eventual-delay takes milliseconds, such as 500"),
        (("--peer-ca", "/no/such/file"), "--peer-ca: /no/such/file cannot be used"),
        (("--replication-queue", "1"), "1000"),
    ],
)
def test_what_means_nothing_is_refused(arguments: tuple[str, ...], text: str) -> None:
    error = " ".join(settings(*arguments)["error"].split())
    assert text in error
