"""The catalogue of errors: each one's form on the wire, and that the service has it."""

import functools
import inspect
import json

import botocore.session
import pytest

from jedlik.base import errors
from jedlik.base.errors import ServiceError

CATALOGUE = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, ServiceError)
    and error not in (ServiceError, errors.FailedCheck)  # only the bases of others
    # Not for the wire: the service's wording of these is chosen before they are answered.
    and not issubclass(error, errors.InvalidParameter)
]


@functools.cache
def modelled() -> set[str]:
    session = botocore.session.get_session()
    models = (session.get_service_model(name) for name in ("dynamodb", "dynamodbstreams"))
    return {shape.name for model in models for shape in model.error_shapes}


@pytest.mark.parametrize("error", CATALOGUE)
def test_the_body_names_the_error_and_carries_text_and_details(error):
    body = error("why", Item={"a": {"S": "x"}}).body()
    assert body.pop("__type") == f"{error.namespace}#{error.__name__}"
    assert body.pop("Item") == {"a": {"S": "x"}}
    # Beside an item the text is `Message`, whatever it is otherwise.
    beside_item = error is errors.ConditionalCheckFailedException
    assert body == {"Message" if beside_item else error.message_member: "why"}
    assert error.message_member in ("message", "Message")
    json.dumps(error().body())


@pytest.mark.parametrize("error", CATALOGUE)
def test_errors_of_the_service_itself_are_in_its_model(error):
    if error.namespace == errors.DYNAMODB:
        assert error.__name__ in modelled()
    else:
        assert error.namespace in (
            errors.CORAL_AVAILABILITY,
            errors.CORAL_SERVICE,
            errors.CORAL_VALIDATE,
        )


@pytest.mark.parametrize("error", CATALOGUE)
def test_only_our_own_faults_are_5xx(error):
    ours = error in (errors.InternalServerError, errors.ServiceUnavailableException)
    assert error.status in ((500, 503) if ours else (400, 408, 413))


def test_the_default_text_gives_way_to_a_given_one_even_an_empty_one():
    failed = errors.ConditionalCheckFailedException
    assert failed().message == str(failed()) == "The conditional request failed"
    assert failed("other").message == "other"
    assert failed("").message == ""


def test_an_error_without_a_text_has_no_member_for_it():
    """As gateways in front of the service log its answers: 63 bytes for an unknown operation."""
    unknown = "com.amazon.coral.service#UnknownOperationException"
    assert errors.UnknownOperationException().body() == {"__type": unknown}
    assert errors.UnknownOperationException("why").body() == {"__type": unknown, "Message": "why"}


def test_wire_types():
    assert errors.ValidationException.wire_type() == (
        "com.amazon.coral.validate#ValidationException"
    )
    assert errors.ResourceNotFoundException.wire_type() == (
        "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"
    )
    assert errors.SerializationException("x").body() == {
        "__type": "com.amazon.coral.service#SerializationException",
        "Message": "x",
    }
