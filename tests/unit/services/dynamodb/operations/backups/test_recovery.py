"""UpdateContinuousBackups and DescribeContinuousBackups."""

from __future__ import annotations

from tests.backed_up import recover
from tests.control_plane import ControlPlane, Payload, on_demand

DAY = 86400


def described(plane: ControlPlane) -> Payload:
    answer = plane.call("DescribeContinuousBackups", TableName="music")
    return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]  # type: ignore[no-any-return]


def test_recovery_reaches_back_to_when_it_was_switched_on(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    enabled_at = int(plane.clock.now())
    assert recover(plane) == {
        "PointInTimeRecoveryStatus": "ENABLED",
        "RecoveryPeriodInDays": 35,
        "EarliestRestorableDateTime": enabled_at,
        "LatestRestorableDateTime": enabled_at,
    }
    plane.clock.advance(10 * DAY)
    assert described(plane)["EarliestRestorableDateTime"] == enabled_at
    assert described(plane)["LatestRestorableDateTime"] == enabled_at + 10 * DAY
    plane.clock.advance(30 * DAY)
    assert described(plane)["EarliestRestorableDateTime"] == enabled_at + 5 * DAY


def test_a_shorter_period_acts_at_once_and_a_longer_one_with_time(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    start = int(plane.clock.now())
    recover(plane)
    plane.clock.advance(10 * DAY)
    assert recover(plane, RecoveryPeriodInDays=2)["EarliestRestorableDateTime"] == start + 8 * DAY
    assert recover(plane, RecoveryPeriodInDays=35)["EarliestRestorableDateTime"] == start + 8 * DAY
    plane.clock.advance(DAY)
    assert described(plane)["EarliestRestorableDateTime"] == start + 8 * DAY
    assert recover(plane)["RecoveryPeriodInDays"] == 35


def test_switched_off_and_on_it_begins_again(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane, RecoveryPeriodInDays=3)
    plane.clock.advance(DAY)
    assert recover(plane, PointInTimeRecoveryEnabled=False) == {
        "PointInTimeRecoveryStatus": "DISABLED"
    }
    again = recover(plane)
    assert again["EarliestRestorableDateTime"] == int(plane.clock.now())
    assert again["RecoveryPeriodInDays"] == 35


def test_the_latest_moment_may_lag(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    plane.database.restorable_delay = 300.0
    enabled_at = int(plane.clock.now())
    assert recover(plane)["LatestRestorableDateTime"] == enabled_at
    plane.clock.advance(1000)
    assert described(plane)["LatestRestorableDateTime"] == enabled_at + 700


def test_both_ends_of_the_window_can_be_restored_and_nothing_beyond(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    recover(plane, RecoveryPeriodInDays=1)
    plane.clock.advance(3 * DAY)
    earliest, latest = described(plane)["EarliestRestorableDateTime"], plane.clock.now()
    assert earliest == int(latest) - DAY

    def restore(name: str, moment: float) -> Payload:
        return {
            "SourceTableName": "music",
            "TargetTableName": name,
            "RestoreDateTime": moment,
        }

    for moment in (earliest - 0.001, latest + 0.001):
        error = plane.refusal("RestoreTableToPointInTime", **restore("beyond", moment))
        assert error.code() == "InvalidRestoreTimeException"
    plane.call("RestoreTableToPointInTime", **restore("earliest", earliest))
    plane.call("RestoreTableToPointInTime", **restore("latest", latest))


def test_no_period_without_recovery(plane: ControlPlane) -> None:
    plane.call("CreateTable", **on_demand())
    text = plane.invalid(
        "UpdateContinuousBackups",
        TableName="music",
        PointInTimeRecoverySpecification={
            "PointInTimeRecoveryEnabled": False,
            "RecoveryPeriodInDays": 3,
        },
    )
    assert text == (
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling "
        "point-in-time recovery."
    )


def test_a_table_that_is_not_there(plane: ControlPlane) -> None:
    error = plane.refusal(
        "UpdateContinuousBackups",
        TableName="music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    assert (error.code(), error.message) == ("TableNotFoundException", "Table not found: music")
