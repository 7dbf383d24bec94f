"""What clients are told of errors, and what only the log is."""

from __future__ import annotations

import pytest

from jedlik.base.errors import InternalServerError, ValidationException
from jedlik.base.identity_errors import ServiceFailure
from jedlik.service.exchange import Request
from jedlik.service.failures import told
from jedlik.storage.failures import StorageFull

REQUEST = Request(b"POST", b"/", {}, b"", b"", b"REQUEST1")


def test_the_services_own_errors_are_answers(caplog: pytest.LogCaptureFixture) -> None:
    error = ValidationException("wrong")
    assert told(error, REQUEST, InternalServerError) is error
    assert caplog.messages == []


def test_a_storage_failure_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = told(StorageFull("no space left"), REQUEST, ServiceFailure)
    assert type(answer) is ServiceFailure
    assert "no space" not in answer.message
    assert caplog.messages == ["request REQUEST1: storage failed: no space left"]
    assert caplog.records[0].exc_info is None


def test_a_fault_of_ours_is_logged_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    answer = told(KeyError("inner"), REQUEST, InternalServerError)
    assert type(answer) is InternalServerError
    assert "inner" not in answer.message
    assert caplog.messages == ["request REQUEST1 failed"]
    assert caplog.records[0].exc_info
