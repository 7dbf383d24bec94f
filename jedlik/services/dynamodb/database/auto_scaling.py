"""Auto scaling as tables with replicas use it: a service above this one, passed in if it runs."""

from __future__ import annotations

from typing import Any, Protocol

DISABLED: dict[str, Any] = {"AutoScalingDisabled": True, "ScalingPolicies": []}
"""AutoScalingSettingsDescription of capacity without auto scaling."""


class AutoScaling(Protocol):
    """The auto scaling of one region's tables. `index` None is the table itself, `direction` Read
    or Write."""

    async def scales_writes(self, table: str, index: str | None) -> bool:
        """Whether write capacity follows the writes: there are a target and a policy."""
        ...

    async def settings(self, table: str, index: str | None, direction: str) -> dict[str, Any]:
        """AutoScalingSettingsDescription."""
        ...

    async def change(
        self, table: str, index: str | None, direction: str, update: dict[str, Any]
    ) -> None:
        """Carry out a complete AutoScalingSettingsUpdate. Raises ServiceError."""
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
