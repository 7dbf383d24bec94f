"""The Lambda API's errors: each is in the model, with the same status and form."""

from __future__ import annotations

import functools
import inspect
from typing import Any

import botocore.session
import pytest

from jedlik.base.errors import ServiceError
from jedlik.services.lambda_ import errors
from jedlik.services.lambda_.errors import FunctionError, UnknownPathException

CATALOGUE = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, FunctionError) and error is not FunctionError
]


@functools.cache
def modelled() -> dict[str, Any]:
    model = botocore.session.get_session().get_service_model("lambda")
    return {shape.name: shape for shape in model.error_shapes}


@pytest.mark.parametrize("error", [each for each in CATALOGUE if each is not UnknownPathException])
def test_errors_are_in_the_model(error: type[FunctionError]) -> None:
    shape = modelled()[error.code()]
    assert error.status == shape.metadata["error"]["httpStatusCode"]
    assert error.message_member in shape.members
    assert shape.metadata["error"].get("senderFault", False) is (error.blame == "User")


@pytest.mark.parametrize("error", CATALOGUE)
def test_an_error_has_its_type_and_text_in_the_body(error: type[FunctionError]) -> None:
    assert issubclass(error, ServiceError)
    assert error("why").body() == {"Type": error.blame, error.message_member: "why"}
