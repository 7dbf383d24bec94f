"""The actions of alarms: functions of this server, and HTTP endpoints.

Both are available if functions are: a caller who may put an alarm makes this server call what the
alarm names. Endpoints must be below one that the server was started with, like those of triggers
(`--destination`). The permission to call a function was checked when the alarm was put.
"""

from __future__ import annotations

from typing import Final

from jedlik.app.functions.functions import Functions
from jedlik.services.cloudwatch.alarms.names import is_endpoint, is_function
from jedlik.storage.failures import StorageFailure

SECONDS: Final = 10.0
"""How long an endpoint may take."""
_POLICY: Final = ":scalingPolicy:"
_JSON: Final = {"Content-Type": "application/json"}


class AlarmActions:
    """Carries out the actions of alarms."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    async def run(self, action: str, event: bytes) -> str | None:
        """Send an event to a function or an endpoint; returns the error, if any."""
        if _POLICY in action:
            return None  # auto scaling reads the metrics itself
        if self._functions.closed is not None:
            return self._functions.closed
        if is_endpoint(action):
            return await self._post(action, event)
        if is_function(action):
            return await self._invoke(action, event)
        return f"{action} is neither a function of this server nor an HTTP endpoint"

    async def _post(self, url: str, event: bytes) -> str | None:
        import http.client  # noqa: PLC0415  its parsers of mail are much to load

        refusal = self._functions.refused_destination(url)
        if refusal is not None:
            return refusal
        try:
            answer = await self._functions.endpoints().post(url, event, SECONDS, _JSON)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            return f"{url} cannot be reached: {str(problem) or type(problem).__name__}"
        return None if 200 <= answer.status < 300 else f"{url} answered {answer.status}"

    async def _invoke(self, function: str, event: bytes) -> str | None:
        try:
            return await self._functions.invoke(function, event)
        except StorageFailure as problem:
            return str(problem)
