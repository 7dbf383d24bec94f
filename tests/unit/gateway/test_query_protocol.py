"""Forms of the query protocol in, XML out."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jedlik.base.errors import ValidationException
from jedlik.gateway.query_protocol import (
    MalformedForm,
    fields_of,
    read_form,
    write_answer,
    write_error,
)


def test_maps_and_lists() -> None:
    form = b"Action=A&Tags.member.1.Key=a&Tags.member.1.Value=b%20c&Tags.member.10.Key=z"
    assert read_form(form + b"&Keys.member.2=y&Keys.member.1=x&Map.a.b=1&Empty=") == {
        "Action": "A",
        "Tags": [{"Key": "a", "Value": "b c"}, {"Key": "z"}],
        "Keys": ["x", "y"],
        "Map": {"a": {"b": "1"}},
        "Empty": "",
    }


@pytest.mark.parametrize(
    "form",
    [
        b"a=1&a.b=2", b"a.b=1&a=2", b"a=%ff", b"a=\xff", b"a.b.c.d.e.f.g.h=1",
        b"&".join([b"a=1"] * 3000), b"a=" + b"%41" * 65_537, b"a=" + b"a" * 1_048_576,
    ],
)  # fmt: skip
def test_forms_that_are_none(form: bytes) -> None:
    with pytest.raises(MalformedForm):
        read_form(form)


def test_fields_are_those_of_forms() -> None:
    form = "a=b+c%2B&é=%C3%A9&&none&x==&%="
    assert fields_of(form.encode()) == parse_qsl(form, keep_blank_values=True)


@given(st.lists(st.sampled_from(["a", ".", "member", "1", "=", "&", "%41", "%", "é"])).map("".join))
def test_no_form_does_more_than_being_refused(text: str) -> None:
    with contextlib.suppress(MalformedForm):
        assert isinstance(read_form(text.encode()), dict)


@given(st.text())
def test_answers_are_xml_whatever_is_in_them(text: str) -> None:
    members = {"A": {"B": [text, "y"], "C": True, "D": datetime.fromtimestamp(0, UTC), "E": 3}}
    root = ET.fromstring(write_answer("Get", "urn:x", members, "id"))
    space = {"x": "urn:x"}
    assert len(root.findall("x:GetResult/x:A/x:B/x:member", space)) == 2
    assert root.findtext("x:GetResult/x:A/x:C", "", space) == "true"
    assert root.findtext("x:GetResult/x:A/x:D", "", space) == "1970-01-01T00:00:00Z"
    failed = ET.fromstring(write_error(ValidationException(text), "Wrong", "urn:x", "id"))
    assert failed.findtext("x:Error/x:Code", "", space) == "Wrong"
