"""The pytest plugin in a project of its own, as users have it who have installed Jedlik."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.servers import environment

PROJECT = """
    import boto3
    import pytest

    TABLE = {
        "TableName": "orders",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }

    def orders(client):
        client.create_table(**TABLE)
        client.put_item(TableName="orders", Item={"id": {"S": "seeded"}})

    @pytest.mark.parametrize("turn", range(4))
    def test_a_client(dynamodb, turn):
        assert dynamodb.list_tables()["TableNames"] == []
        dynamodb.create_table(**TABLE)

    @pytest.mark.parametrize("turn", range(4))
    @pytest.mark.jedlik_seed(call=orders)
    def test_a_seed_and_code_that_makes_its_own_client(jedlik, turn):
        table = boto3.resource("dynamodb").Table("orders")
        assert table.scan()["Items"] == [{"id": "seeded"}]
        table.put_item(Item={"id": str(turn)})
        assert len(jedlik.requests("PutItem")) == 2

    @pytest.mark.jedlik_fault(operation="CreateTable", nth=1, error="ResourceInUseException")
    def test_a_fault(dynamodb):
        with pytest.raises(dynamodb.exceptions.ResourceInUseException):
            dynamodb.create_table(**TABLE)
        dynamodb.create_table(**TABLE)

    @pytest.mark.jedlik_seed(call=orders)
    def test_a_marker_needs_no_fixture():
        assert boto3.client("dynamodb").list_tables()["TableNames"] == ["orders"]

    def test_a_resource_and_streams(dynamodb_resource, dynamodb_streams):
        assert list(dynamodb_resource.tables.all()) == []
        assert dynamodb_streams.list_streams()["Streams"] == []
"""
CASES = """
    import boto3
    from jedlik.testing import JedlikTestCase

    class TestOrders(JedlikTestCase):
        @classmethod
        def set_up_tables(cls, dynamodb):
            dynamodb.create_table(
                TableName="orders",
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            )

        def put(self):
            table = boto3.resource("dynamodb").Table("orders")
            self.assertEqual(table.scan()["Items"], [])
            table.put_item(Item={"id": "1"})

        def test_one(self):
            self.put()

        def test_other(self):
            self.put()
            self.assertEqual(len(self.dynamodb.scan(TableName="orders")["Items"]), 1)
"""


def run(directory: Path, *command: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_a_project_with_xdist_and_nothing_configured(tmp_path: Path) -> None:
    (tmp_path / "test_orders.py").write_text(PROJECT.replace("\n    ", "\n"))
    assert "11 passed" in run(tmp_path, "-m", "pytest", "-q", "-n", "2")


def test_files_of_seeds_are_found_from_every_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    for place, name in ((tmp_path, "in_root"), (folder, "beside")):
        definition = f"TableName: {name}\nBillingMode: PAY_PER_REQUEST\n"
        definition += "KeySchema: [{AttributeName: id, KeyType: HASH}]\n"
        definition += "AttributeDefinitions: [{AttributeName: id, AttributeType: S}]\n"
        (place / f"{name}.yaml").write_text(definition)
    (folder / "test_seeds.py").write_text(
        "import pytest\n"
        "@pytest.mark.jedlik_seed('in_root.yaml', 'beside.yaml')\n"
        "def test_both(dynamodb):\n"
        "    assert dynamodb.list_tables()['TableNames'] == ['beside', 'in_root']\n"
    )
    for place in (tmp_path, folder):
        assert "1 passed" in run(place, "-m", "pytest", "-q")


def test_a_client_made_at_import_finds_a_server_that_is_there_at_start(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\njedlik_at_start = true\n")
    (tmp_path / "app.py").write_text("import boto3\nclient = boto3.client('dynamodb')\n")
    (tmp_path / "conftest.py").write_text("import app\n")
    (tmp_path / "test_app.py").write_text(
        "import app\nimport pytest\n"
        "@pytest.mark.parametrize('turn', range(4))\n"
        "def test_client(dynamodb, jedlik, turn):\n"
        "    assert app.client.list_tables()['TableNames'] == []\n"
        "    assert len(jedlik.requests('ListTables')) == 1\n"
    )
    for processes in ("0", "2"):
        assert "4 passed" in run(tmp_path, "-m", "pytest", "-q", "-n", processes)


def test_of_a_seed_that_cannot_be_read_only_the_reason_is_shown(tmp_path: Path) -> None:
    (tmp_path / "test_seed.py").write_text(
        "import pytest\n@pytest.mark.jedlik_seed('nowhere.csv')\ndef test_it(): pass\n"
    )
    output = run(tmp_path, "-m", "pytest", "-q", status=1)
    assert "Failed: nowhere.csv: no such file or folder" in output
    assert "Traceback" not in output
    assert "site-packages" not in output
    assert len(output.splitlines()) < 10


def test_cases_run_under_unittest(tmp_path: Path) -> None:
    (tmp_path / "test_orders.py").write_text(CASES.replace("\n    ", "\n"))
    assert "Ran 2 tests" in run(tmp_path, "-m", "unittest", "test_orders")


def test_a_run_of_pytest_that_does_not_use_it_loads_next_to_nothing(tmp_path: Path) -> None:
    program = "import sys, jedlik.testing.plugin; print(sorted(sys.modules))"
    modules = run(tmp_path, "-c", program)
    for module in ("boto3", "uvloop", "jedlik.app.server", "lmdb"):
        assert f"'{module}'" not in modules
