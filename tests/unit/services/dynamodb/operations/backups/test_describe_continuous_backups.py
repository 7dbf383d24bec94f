"""DescribeContinuousBackups."""

from __future__ import annotations

from jedlik.base.errors import TableNotFoundException
from tests.control_plane import ControlPlane, on_demand


def test_backups_are_on_and_recovery_is_off(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    description = plane.call("DescribeContinuousBackups", TableName="music")
    assert description["ContinuousBackupsDescription"] == {
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
    }


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal("DescribeContinuousBackups", TableName="music")
    assert type(error) is TableNotFoundException
    assert error.message == "Table not found: music"
