"""The parameters that define a function: code, runtime, handler, settings.

What this server cannot do is refused, with the parameter's name; nothing is silently ignored.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final, NamedTuple

import orjson

from jedlik.services.lambda_.errors import InvalidParameterValueException
from jedlik.services.lambda_.model import DIRECTORY, ENDPOINT, ZIP, Code
from jedlik.services.lambda_.operations.operation import Payload
from jedlik.services.lambda_.runtime.deployment import check_directory, check_package, sha256_of
from jedlik.services.lambda_.runtime.endpoint import check_url
from jedlik.services.lambda_.shapes import SHAPES

MAX_TIMEOUT: Final = 900
MAX_MEMORY: Final = 10_240
MAX_ENVIRONMENT: Final = 4096
"""Bytes of all variables, as JSON (Lambda quotas: "Environment variables")."""
_SHOWN: Final = 4 * MAX_ENVIRONMENT
"""Bytes of a larger environment that its error shows."""

DIRECTORY_BUCKET: Final = "directory"
"""The S3Bucket for a directory of this machine; its path is the S3Key."""

_RUNTIMES: Final[tuple[str, ...]] = SHAPES["Runtime"][4]
_PYTHON: Final = re.compile(r"python3\.[0-9]+").fullmatch
_RESERVED: Final = frozenset((
    "_HANDLER", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS", "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT", "_X_AMZN_TRACE_ID",
))  # fmt: skip
_NOT_THERE: Final = (
    "CapacityProviderConfig", "CodeSigningConfigArn", "DurableConfig", "FileSystemConfigs",
    "ImageConfig", "KMSKeyArn", "Layers", "TenancyConfig",
)  # fmt: skip
_HARMLESS: Final[dict[str, dict[str, Any]]] = {
    "TracingConfig": {"Mode": "PassThrough"},
    "SnapStart": {"ApplyOn": "None"},
    "DeadLetterConfig": {"TargetArn": ""},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "Ipv6AllowedForDualStack": False},
}
"""Values of parameters that describe what this server does in any case."""
_KEPT: Final = ("Architectures", "EphemeralStorage", "LoggingConfig")


class GivenCode(NamedTuple):
    """A function's code as a request gives it: `package` is the zip, if any."""

    code: Code
    package: bytes | None


def refuse(parameter: str) -> InvalidParameterValueException:
    """The error for a parameter that this server does not support."""
    return InvalidParameterValueException(
        f"{parameter} is not available on this server; see `jedlik manual triggers`"
    )


def check_unavailable(payload: Payload) -> None:
    """Raise InvalidParameterValueException if the request needs a missing feature."""
    for name in _NOT_THERE:
        if payload.get(name):
            raise refuse(name)
    for name, harmless in _HARMLESS.items():
        given = payload.get(name)
        if given and any(value and value != harmless.get(key) for key, value in given.items()):
            raise refuse(name)
    for name in ("Publish", "PublishTo"):
        if payload.get(name):
            raise InvalidParameterValueException(
                f"{name} is not available on this server: functions have the version $LATEST only"
            )


def kept_settings(function: str, payload: Payload) -> dict[str, Any]:
    """Members that are only stored and returned."""
    kept = {name: payload[name] for name in _KEPT if payload.get(name)}
    if "LoggingConfig" in kept:
        group = f"/aws/lambda/{function}"
        kept["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": group, **kept["LoggingConfig"]}
    return kept


def given_code(given: dict[str, Any]) -> GivenCode:
    """The code in a request. Raises InvalidParameterValueException."""
    if given.get("ImageUri"):
        url = given["ImageUri"]
        check_url(url)
        return GivenCode(Code(ENDPOINT, url, 0, sha256_of(url.encode())), None)
    bucket, key = given.get("S3Bucket"), given.get("S3Key")
    if given.get("ZipFile"):
        if bucket or key:
            raise InvalidParameterValueException(
                "Please do not provide other FunctionCode parameters when providing a ZipFile."
            )
        try:
            package = base64.b64decode(given["ZipFile"], validate=True)
        except (binascii.Error, ValueError):
            raise InvalidParameterValueException("ZipFile is not base64.") from None
        check_package(package)
        return GivenCode(Code(ZIP, "", len(package), sha256_of(package)), package)
    if bool(bucket) != bool(key):
        raise InvalidParameterValueException(
            "S3 Bucket and Key are required for uploading with S3 parameters."
        )
    if bucket == DIRECTORY_BUCKET and key:
        check_directory(key)
        return GivenCode(Code(DIRECTORY, key, 0, sha256_of(key.encode())), None)
    if bucket or key:
        raise InvalidParameterValueException(
            "Error occurred while GetObject. This server has no S3: give the code as ZipFile, as a "
            f"directory (S3Bucket {DIRECTORY_BUCKET}, S3Key its path) or as an HTTP endpoint "
            "(ImageUri its URL); see `jedlik manual triggers`"
        )
    raise InvalidParameterValueException("Please provide a source for function code.")


def check_package_type(before: Code, payload: Payload) -> None:
    """Raise InvalidParameterValueException if other code is not of the same kind as `before`."""
    is_image = before.kind == ENDPOINT
    if is_image and not payload.get("ImageUri"):
        raise InvalidParameterValueException(
            "Please provide ImageUri when updating a function with packageType Image."
        )
    if not is_image and payload.get("ImageUri"):
        raise InvalidParameterValueException(
            "Please don't provide ImageUri when updating a function with packageType Zip."
        )


def check_runtime(code: Code, runtime: str | None, handler: str | None, package_type: str) -> None:
    """Raise InvalidParameterValueException if code, runtime and handler do not go together."""
    is_endpoint = code.kind == ENDPOINT
    if package_type == "Image" and not is_endpoint:
        raise InvalidParameterValueException("ImageUri is required.")
    if is_endpoint and package_type != "Image":
        raise InvalidParameterValueException("Code with ImageUri goes with PackageType Image.")
    if is_endpoint:
        if runtime or handler:
            raise InvalidParameterValueException(
                "Runtime and Handler are not supported for functions created with container images."
            )
        return
    if runtime and runtime not in _RUNTIMES:
        raise InvalidParameterValueException(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(_RUNTIMES)}] or be a valid ARN"
        )
    if not runtime or not handler:
        raise InvalidParameterValueException(
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages."
        )
    if not _PYTHON(runtime):
        raise InvalidParameterValueException(
            f"The runtime parameter of {runtime} is not available on this server, which runs "
            "python3 handlers, and anything else behind an HTTP endpoint; "
            "see `jedlik manual triggers`"
        )


def check_limits(payload: Payload) -> None:
    """Raise InvalidParameterValueException for a timeout or memory size out of range."""
    if (payload.get("Timeout") or 0) > MAX_TIMEOUT:
        raise InvalidParameterValueException(
            f"Value '{payload['Timeout']}' at 'timeout' failed to satisfy constraint: Member must "
            f"have value less than or equal to {MAX_TIMEOUT}"
        )
    if (payload.get("MemorySize") or 0) > MAX_MEMORY:
        raise InvalidParameterValueException(
            f"'MemorySize' value failed to satisfy constraint: Member must have value less than or "
            f"equal to {MAX_MEMORY}"
        )


def variables(payload: Payload) -> dict[str, str]:
    """The environment in a request. Raises InvalidParameterValueException."""
    given: dict[str, str] = (payload.get("Environment") or {}).get("Variables") or {}
    reserved = sorted(_RESERVED.intersection(given))
    if reserved:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = orjson.dumps(given)
    if len(measured) > MAX_ENVIRONMENT:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the {MAX_ENVIRONMENT // 1024}KB limit. String "
            f"measured: {measured[:_SHOWN].decode(errors='ignore')}"
        )
    if any("\0" in value for value in given.values()):
        raise InvalidParameterValueException("An environment variable contains a NUL character.")
    return given
