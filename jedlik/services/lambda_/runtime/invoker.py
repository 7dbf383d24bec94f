"""Runs functions of all kinds."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jedlik.base.errors import AccessDeniedException
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.lambda_.errors import InvalidZipFileException
from jedlik.services.lambda_.model import DIRECTORY, ENDPOINT, LATEST, ZIP, Function
from jedlik.services.lambda_.names import function_arn
from jedlik.services.lambda_.runtime.deployment import Packages, state_of
from jedlik.services.lambda_.runtime.destination import ANYWHERE, Destinations
from jedlik.services.lambda_.runtime.endpoint import Endpoints
from jedlik.services.lambda_.runtime.execution_roles import Credentials, ExecutionRoles
from jedlik.services.lambda_.runtime.invocation import Invocation, failed, limited
from jedlik.services.lambda_.runtime.logs import FunctionLogs
from jedlik.services.lambda_.runtime.pool import Pool
from jedlik.services.lambda_.runtime.process import FunctionRequest, Start
from jedlik.services.lambda_.store import code_of, find_function
from jedlik.storage.failures import StorageFailure

_log = logging.getLogger(__name__)

_SERVICES: Final = ("DYNAMODB", "DYNAMODB_STREAMS", "IAM", "KMS", "LAMBDA", "STS")
"""The services of this server, as in the variables for their endpoints."""
_PASSED_ON: Final = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class RuntimeSettings:
    """How functions are run.

    `directory` is for their files; None for one that is removed with the server. `python` is the
    interpreter that handlers run in. `scheme` and `authorities` (a PEM file, if not the usual ones)
    are for their AWS clients to reach this server. `destinations` may receive records of discarded
    batches; `keeps_logs`: whether functions' output is kept in files.
    """

    directory: Path | None = None
    python: str = sys.executable
    scheme: str = "http"
    authorities: Path | None = None
    destinations: Destinations = ANYWHERE
    keeps_logs: bool = True


class Invoker:
    """Runs the functions of one database, each as its role."""

    def __init__(
        self, database: Database, settings: RuntimeSettings, roles: ExecutionRoles
    ) -> None:
        self._database = database
        self._settings = settings
        self.roles = roles
        self.packages = Packages(self._settings.directory)
        self.endpoints = Endpoints()
        self.destinations = settings.destinations
        self._pool: Pool | None = None
        self._keys: dict[str, Hashable] = {}

    async def invoke(
        self, function: Function, event: bytes, context: str | None = None
    ) -> Invocation:
        """Run a function on an event (JSON). The result contains its errors.

        Raises StorageFailure if the function or its code cannot be read.
        """
        database = self._database
        request = FunctionRequest(
            database.ids.uuid(),
            function_arn(database.arns, function.name),
            event,
            float(function.timeout),
            context,
        )
        started = time.monotonic()
        try:
            if function.code.kind == ENDPOINT:
                invocation = await self.endpoints.invoke(function.code.location, request)
            else:
                invocation = await self._in_process(function, request)
        except AccessDeniedException as refusal:
            invocation = failed(request.id, refusal.code(), refusal.message)
            invocation = invocation._replace(refusal=refusal)
        except StorageFailure:
            raise  # ours: the function was not called, so this is not its failure
        except InvalidZipFileException as problem:  # the author's: no traceback of ours
            _log.warning("function %s could not be run: %s", function.name, problem.message)
            invocation = failed(request.id, "Runtime.InvalidEntrypoint", problem.message)
        except Exception as problem:
            _log.exception("function %s could not be run", function.name)
            invocation = failed(request.id, "Runtime.InvalidEntrypoint", str(problem))
        if not invocation.seconds:
            invocation = invocation._replace(seconds=time.monotonic() - started)
        invocation = limited(invocation)._replace(is_secret=not self._settings.keeps_logs)
        kept = self.packages.root() / "logs" if self._settings.keeps_logs else None
        logs = FunctionLogs(kept)
        return invocation._replace(log=logs.keep(function, invocation))

    async def _in_process(self, function: Function, request: FunctionRequest) -> Invocation:
        pool = self._pool
        if pool is None:
            pool = self._pool = Pool()

        async def prepare() -> tuple[Hashable, Start]:
            current, directory = await self._deployed(function)
            credentials = await self.roles.credentials(current.role, current.name)
            state = state_of(directory) if current.code.kind == DIRECTORY else 0
            key = (current.uuid, current.revision, state, credentials.access_key)
            old = self._keys.get(current.name)
            if old is not None and old != key:
                pool.forget(old)
            self._keys[current.name] = key
            environment = self._environment(current, directory, credentials)
            return key, Start(self._settings.python, directory, environment)

        return await pool.run(function.name, prepare, request)

    async def _deployed(self, function: Function) -> tuple[Function, Path]:
        """The function and the place of its code, both in their current state if they changed while
        the event waited: new code never runs with the role or the variables of the old one."""
        if function.code.kind == DIRECTORY:
            return function, Path(function.code.location)
        assert function.code.kind == ZIP
        place = self.packages.place_of(function.code.sha256)
        if place.is_dir():
            return function, place
        package = await code_of(self._database.engine, function)
        if package is None:
            newer = await find_function(self._database.engine, function.name)
            # A new function under the same name is a different function.
            if newer is None or newer.uuid != function.uuid or newer.code_id == function.code_id:
                raise FileNotFoundError("the function was deleted")
            return await self._deployed(newer)
        unpacked = await asyncio.to_thread(self.packages.unpack, package, function.code.sha256)
        return function, unpacked

    def _environment(
        self, function: Function, directory: Path, credentials: Credentials
    ) -> dict[str, str]:
        """Lambda's variables, endpoints of this server, and then the function's own."""
        settings, region = self._settings, self._database.arns.region
        endpoint = self._database.endpoint
        url = endpoint if "://" in endpoint else f"{settings.scheme}://{endpoint}"
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        if credentials.session_token is not None:
            environment["AWS_SESSION_TOKEN"] = credentials.session_token
        if settings.authorities is not None:
            environment["AWS_CA_BUNDLE"] = str(settings.authorities)
        environment |= {
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "PYTHONUTF8": "1",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": credentials.access_key,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            **{f"AWS_ENDPOINT_URL_{service}": url for service in _SERVICES},
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"{function.name}.log",
            **function.environment,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "LAMBDA_TASK_ROOT": str(directory),
            "_HANDLER": function.handler or "",
        }
        if function.code.kind == DIRECTORY:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        return environment

    async def close(self) -> None:
        """End all processes."""
        if self._pool is not None:
            await self._pool.close()
        self.endpoints.close()
        self.packages.close()
