"""Names of errors, from here and from elsewhere."""

from __future__ import annotations

from jedlik.base.errors import ResourceNotFoundException
from jedlik.kernel.remote.service_error import RemoteServiceError, name_of


def test_an_error_has_the_name_that_it_has_on_its_server() -> None:
    assert name_of(RemoteServiceError("ThrottlingException", "slower")) == "ThrottlingException"
    assert name_of(ResourceNotFoundException()) == "ResourceNotFoundException"
