"""The modules that a plain server loads: each one lengthens every start and occupies memory while
the server runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PLAIN_SERVER = """
import asyncio, signal, sys
from pathlib import Path

from jedlik.app.running import run
from jedlik.app.settings import Settings
from jedlik.cli import serve

loaded = []

def announce(_settings, _port, _closed):
    asyncio.get_running_loop().call_later(0.2, end)

def end():
    loaded.extend(sys.modules)
    signal.raise_signal(signal.SIGTERM)

run(Settings(port=0, directory=Path(sys.argv[1])), announce)
print(*loaded)
"""
"""A server on an empty directory, until its background work has looked around once."""

NOT_LOADED = {
    "jedlik.app.functions.parts": "functions, at the first call of their API",
    "jedlik.app.realms.realms": "several regions or accounts",
    "jedlik.app.supervisor": "several workers",
    "jedlik.app.tls.context": "--tls",
    "jedlik.auth.policy.compile": "identities and their policies",
    "jedlik.console.pages": "the console",
    "jedlik.console.read_only": "--console read-only",
    "jedlik.dax.clusters": "clusters",
    "jedlik.faults": "faults on purpose",
    "jedlik.gateway.audit": "--audit-log",
    "jedlik.kernel.buckets.s3": "--bucket",
    "jedlik.modelling": "data models",
    "jedlik.request_log": "--log-requests",
    "jedlik.seeding.planting": "--seed",
    "jedlik.services.advice": "the admin listener",
    "jedlik.services.autoscaling.model": "scalable targets",
    "jedlik.services.cloudwatch.alarms.model": "alarms",
    "jedlik.services.dynamodb.background.backfill": "indexes that are added",
    "jedlik.services.dynamodb.background.expiry_sweep": "items that expire",
    "jedlik.services.dynamodb.background.stream_upkeep": "streams",
    "jedlik.services.dynamodb.backups.store": "backups",
    "jedlik.services.dynamodb.bulk": "bulk puts",
    "jedlik.services.dynamodb.kinesis": "Kinesis destinations",
    "jedlik.services.dynamodb.expressions": "requests on items",
    "jedlik.services.dynamodb.database.eventual": "reads that may be old",
    "jedlik.services.dynamodb.items.transactions": "transactions",
    "jedlik.services.dynamodb.items.write": "requests on items",
    "jedlik.services.dynamodb.operations.items": "requests on items",
    "jedlik.services.dynamodb.partiql": "statements",
    "jedlik.services.dynamodb.payloads": "the type checker alone",
    "jedlik.services.dynamodb.replication.local_link": "replicas",
    "jedlik.services.dynamodb.transfers": "exports and imports",
    "jedlik.services.dynamodb.tables.definitions": "operations on tables",
    "jedlik.services.iam.authorization": "identities and their policies",
    "jedlik.services.iam.operations": "IAM's API",
    "jedlik.services.kms.store": "keys of the key service",
    "jedlik.services.lambda_.api": "functions",
    "jedlik.storage.memory": "--memory",
    "jedlik.storage.postgres": "--engine",
    "jedlik.tablefiles": "jedlik export and import",
    "asyncpg": "--engine",
    "boto3": "tests alone",
    "cryptography": "TLS and encryption",
    "email.utils": "the dates of mail",
    "http.client": "calls of other servers",
    "numpy": "searches of vectors",
    "rich": "jedlik verify",
    "shutil": "trees of files",
    "zoneinfo": "schedules of auto scaling",
}
"""Modules that a plain server has no use for, and what they are for; what lies in them counts."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    directory = tmp_path_factory.mktemp("plain")
    command = [sys.executable, "-c", PLAIN_SERVER, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_a_plain_server_loads_nothing_that_it_has_no_use_for(loaded: set[str]) -> None:
    assert "jedlik.http.server" in loaded
    in_vain = {
        module: use
        for module, use in NOT_LOADED.items()
        if any(each == module or each.startswith(f"{module}.") for each in loaded)
    }
    assert in_vain == {}


@pytest.mark.parametrize("module", [name for name in NOT_LOADED if name.startswith("jedlik.")])
def test_what_is_not_loaded_is_there(module: str) -> None:
    path = Path(__file__).parents[2] / module.replace(".", "/")
    assert path.is_dir() or path.with_suffix(".py").exists()
