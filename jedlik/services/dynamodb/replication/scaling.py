"""Auto scaling as tables with replicas see it: a service above this one, passed in where it is."""

from __future__ import annotations

from typing import Any, Protocol

READ = "Read"
WRITE = "Write"
DISABLED: dict[str, Any] = {"AutoScalingDisabled": True, "ScalingPolicies": []}
"""AutoScalingSettingsDescription of capacity that nothing scales."""


class AutoScaling(Protocol):
    """The auto scaling of one region's tables. `index` None is the table itself, `direction` Read
    or Write."""

    async def scales_writes(self, table: str, index: str | None) -> bool:
        """Whether write capacity follows what is written: there are a target and a policy."""
        ...

    async def settings(self, table: str, index: str | None, direction: str) -> dict[str, Any]:
        """AutoScalingSettingsDescription."""
        ...

    async def change(
        self, table: str, index: str | None, direction: str, update: dict[str, Any]
    ) -> None:
        """Carry out an AutoScalingSettingsUpdate that has all that it needs. Raises
        ServiceError."""
        ...


class NoScaling:
    """A server without auto scaling."""

    async def scales_writes(self, _table: str, _index: str | None) -> bool:
        """See AutoScaling."""
        return False

    async def settings(self, _table: str, _index: str | None, _direction: str) -> dict[str, Any]:
        """See AutoScaling."""
        return DISABLED

    async def change(
        self, _table: str, _index: str | None, _direction: str, _update: dict[str, Any]
    ) -> None:
        """See AutoScaling."""
