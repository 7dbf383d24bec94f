"""The output of serve once it answers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from jedlik.app.addresses.access_points import read_access_point
from jedlik.app.settings import Credentials, Settings
from jedlik.cli.start_up import announce, has_colour, lines
from jedlik.dax.settings import DaxSettings


def told(settings: Settings, *, closed: bool = False) -> dict[str, str]:
    return dict(lines(settings, 8000, closed=closed or settings.credentials is not None))


def test_start_up_lines_for_default_settings():
    assert told(Settings()) == {
        "listens on": "http://127.0.0.1:8000",
        "console": "http://127.0.0.1:8000/console",
        "data": str(Path("jedlik-data").absolute()),
        "durability": "fsync: every write is on the disk before it is answered",
        "credentials": "any; signatures are not checked",
        "": "",
        "shell": "export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
        "AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 "
        "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000 "
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS=http://127.0.0.1:8000",
        "AWS CLI": "aws dynamodb list-tables --endpoint-url http://127.0.0.1:8000",
        "boto3": 'boto3.resource("dynamodb", endpoint_url="http://127.0.0.1:8000")',
    }


def test_the_console_is_named_where_there_is_one():
    assert told(Settings(console="read-only"))["console"].endswith("/console (read-only)")
    assert "console" not in told(Settings(console="off"))
    assert told(Settings(host="0.0.0.0", insecure=True))["console"].startswith("off, since")
    assert "console" in told(Settings(host="0.0.0.0", insecure=True, console="on"))


def test_in_memory_has_no_durability():
    said = told(Settings(directory=None))
    assert said["data"] == "in memory: gone at exit"
    assert "durability" not in said


def test_buckets_and_the_cache_are_named_where_there_are_some():
    said = told(Settings(buckets={"exports": "/srv/exports"}, dax=DaxSettings()))
    assert said["bucket"] == "exports is /srv/exports"
    assert said["DAX"] == "dax://127.0.0.1:8111"
    assert "DAX" not in told(Settings(dax=DaxSettings(port=0))), "no one knows the port yet"


def test_workers_and_relaxed():
    said = told(Settings(workers=3, durability="relaxed"))
    assert said["workers"] == "3"
    assert "may lose the last second" in said["durability"]


def test_credentials_without_the_secret():
    said = told(Settings(credentials=Credentials("my key", "hush")))
    assert said["credentials"] == "signatures of my key and of the keys in the data only"
    assert "AWS_ACCESS_KEY_ID='my key' AWS_SECRET_ACCESS_KEY=YOUR-SECRET-KEY" in said["shell"]
    assert "hush" not in str(said)


def test_insecure_is_a_warning():
    said = told(Settings(host="0.0.0.0", insecure=True))
    assert "no TLS" in said["warning"]
    assert said["listens on"] == "http://127.0.0.1:8000 and every other address"
    assert said["boto3"].endswith('"http://127.0.0.1:8000")')
    assert "authentication" in said["warning"]
    assert "authentication" not in told(Settings(insecure=True), closed=True)["warning"]


def test_users_in_the_store_close_it():
    said = told(Settings(), closed=True)
    assert said["credentials"].startswith("signatures of the keys in the data only")
    assert "once the server is stopped" in said["credentials"]
    shared = told(Settings(engine="postgresql://127.0.0.1/jedlik"), closed=True)
    assert "keys list" in shared["credentials"]
    assert "stopped" not in shared["credentials"]
    assert "AWS_ACCESS_KEY_ID=YOUR-ACCESS-KEY AWS_SECRET_ACCESS_KEY=YOUR" in said["shell"]


def test_what_else_it_does():
    point = read_access_point("vpce-x=127.0.0.1:8001")
    said = told(Settings(access_points=(point,), audit_log=Path("log")))
    assert said["and on"] == "http://127.0.0.1:8001 (access point vpce-x)"
    assert said["audit log"] == str(Path("log").absolute())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "expected"),
    [
        (Terminal(), {}, True),
        (Terminal(), {"NO_COLOR": ""}, True),
        (Terminal(), {"NO_COLOR": "1"}, False),
        (io.StringIO(), {}, False),
    ],
)
def test_when_output_is_coloured(stream, variables, expected):
    assert has_colour(stream, variables) is expected


def test_announcement_is_aligned(capsys):
    announce(Settings(), 8000, closed=False)
    out = capsys.readouterr().out
    assert out.startswith("Jedlik ")
    assert "\x1b" not in out
    assert {line.index(line.split()[-1]) > 12 for line in out.splitlines()[1:3]} == {True}
    assert not any(line.endswith(" ") for line in out.splitlines())
