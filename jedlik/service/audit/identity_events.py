"""What records say of calls of IAM's and STS's APIs. No parameter of theirs is a secret."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from jedlik.database.names import Names
from jedlik.service.audit.trail import Event
from jedlik.service.exchange import Answer, Request

_READ_ONLY: Final = ("Get", "List", "Simulate")
_STS: Final = "2011-06-15"
"""The version of STS's API; every other is taken for IAM's."""


class IdentityEvents:
    """IAM user guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"."""

    def is_data(self, _request: Request) -> bool:
        """None is."""
        return False

    def describe(self, request: Request, _answer: Answer, _names: Names) -> Event:
        """The event, with all parameters of its form."""
        form = dict(parse_qsl(request.content.decode("latin-1"), keep_blank_values=True))
        source = "sts" if form.get("Version") == _STS else "iam"
        name = str(form.get("Action"))
        return Event(source, name, name.startswith(_READ_ONLY), form)


EVENTS: Final = IdentityEvents()
