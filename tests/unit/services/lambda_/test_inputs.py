"""Paths of the Lambda API, and members from all parts of a request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jedlik.base.errors import ValidationException
from jedlik.services.lambda_ import shapes
from jedlik.services.lambda_.errors import InvalidRequestContentException
from jedlik.services.lambda_.inputs import OPERATIONS, Paths
from jedlik.services.lambda_.operations.registry import OPERATIONS as BUILT
from tests.unit.scripts.generators import load_script

RESOURCE = "arn:aws:lambda:us-east-1:000000000000:function:f"


def test_the_file_is_what_the_generator_writes() -> None:
    text = Path(shapes.__file__).read_text(encoding="utf-8")
    assert text == load_script("generate_function_shapes")["generate"](), "run `make shapes`"


def test_every_operation_that_has_a_shape_is_built() -> None:
    assert OPERATIONS.keys() == BUILT.keys()


@pytest.mark.parametrize(
    ("method", "path", "name", "parts"),
    [
        (b"GET", "/2015-03-31/functions", "ListFunctions", ()),
        (b"GET", "/2015-03-31/functions/", "ListFunctions", ()),
        (b"POST", "/2015-03-31/functions", "CreateFunction", ()),
        (b"GET", "/2015-03-31/functions/a%3Ab", "GetFunction", ("a:b",)),
        (b"POST", "/2015-03-31/functions/f/invocations", "Invoke", ("f",)),
        (b"DELETE", "/2017-03-31/tags/arn%3A1", "UntagResource", ("arn:1",)),
        (b"PUT", "/2015-03-31/functions", None, ()),
        (b"GET", "/2015-03-31/functions/a/b", None, ()),
        (b"GET", "/2015-03-31", None, ()),
    ],
)
def test_which_operation_a_path_means(
    method: bytes, path: str, name: str | None, parts: tuple[str, ...]
) -> None:
    found = Paths().find(method, path)
    if name is None:
        assert found is None
    else:
        assert found is not None
        assert (found[0].name, found[1]) == (name, parts)


def read(name: str, body: bytes = b"", query: Any = (), headers: Any = None, path: Any = ()) -> Any:
    return OPERATIONS[name].read(tuple(path), list(query), headers or {}, body)


def test_members_come_from_everywhere() -> None:
    payload = read(
        "Invoke",
        b"[1]",
        [("Qualifier", "q")],
        {b"x-amz-log-type": b"Tail", b"x-amz-other": b"1"},
        ["f"],
    )
    assert payload == {
        "FunctionName": "f",
        "Qualifier": "q",
        "LogType": "Tail",
        "Payload": b"[1]",
    }


def test_numbers_and_lists_in_a_query() -> None:
    assert read("ListFunctions", query=[("MaxItems", "7"), ("x", "y")]) == {"MaxItems": 7}
    found = read("UntagResource", query=[("tagKeys", "a"), ("tagKeys", "b")], path=[RESOURCE])
    assert found["TagKeys"] == ["a", "b"]


def test_what_breaks_a_rule() -> None:
    with pytest.raises(ValidationException, match="'0' at 'maxItems' failed"):
        read("ListFunctions", query=[("MaxItems", "0")])
    with pytest.raises(ValidationException, match="at 'invocationType' failed"):
        read("Invoke", headers={b"x-amz-invocation-type": b"Now"}, path=["f"])
    with pytest.raises(ValidationException, match="Value null at 'role'"):
        read("CreateFunction", b'{"FunctionName":"f","Code":{}}')


@pytest.mark.parametrize("body", [b"{", b"[]", b"1"])
def test_a_body_that_is_no_object(body: bytes) -> None:
    with pytest.raises(InvalidRequestContentException):
        read("CreateFunction", body)


@pytest.mark.parametrize("body", [b'{"TagKeys":"x"}', b'{"TagKeys":null}', b'{"TagKeys":["b"]}'])
def test_a_body_has_no_members_of_the_query(body: bytes) -> None:
    payload = read("UntagResource", body, [("tagKeys", "a")], path=[RESOURCE])
    assert payload == {"Resource": RESOURCE, "TagKeys": ["a"]}
    with pytest.raises(ValidationException):
        read("UntagResource", b'{"TagKeys":["b"]}', path=[RESOURCE])


@pytest.mark.parametrize(
    ("variables", "constraint"),
    [
        (
            b'{"wrong-name":"hush"}',
            (
                "Map keys must satisfy constraint: [Member must satisfy regular expression "
                "pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
            ),
        ),
        (b'{"some":"hush","other":null}', "Map value must satisfy constraint: "),
    ],
)
def test_no_error_shows_the_values_of_an_environment(variables: bytes, constraint: str) -> None:
    with pytest.raises(ValidationException) as raised:
        read(
            "UpdateFunctionConfiguration",
            b'{"Environment":{"Variables":%b}}' % variables,
            path=("f",),
        )
    assert raised.value.message.startswith(
        "1 validation error detected: Value at 'environment.variables' failed to satisfy "
        f"constraint: {constraint}"
    )
    assert "hush" not in raised.value.message
