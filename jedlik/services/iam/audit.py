"""What records say of calls of IAM's and STS's APIs.

Of actions that are built every parameter is shown but for codes of a second factor. Others may be
called with passwords, private keys and tokens of other services; of those nothing is shown.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from jedlik.gateway.audit.trail import Event
from jedlik.gateway.exchange import Answer, Request
from jedlik.kernel.arns import Names
from jedlik.services.iam.members import MEMBERS
from jedlik.services.iam.operations.registry import ENTRIES

HIDDEN: Final = frozenset(("TokenCode",))
"""Parameters of actions that are built that are never shown."""

_READ_ONLY: Final = ("Get", "List", "Simulate")
_STS: Final = "2011-06-15"
"""The version of STS's API; every other is taken for IAM's."""


class IdentityEvents:
    """IAM user guide, "Logging IAM and AWS STS API calls with AWS CloudTrail"."""

    def is_data(self, _request: Request) -> bool:
        """None is."""
        return False

    def describe(self, request: Request, _answer: Answer, _names: Names) -> Event:
        """The event, with those parameters of its form that the action has and that are shown."""
        form = dict(parse_qsl(request.content.decode("latin-1"), keep_blank_values=True))
        source = "sts" if form.get("Version") == _STS else "iam"
        name = str(form.get("Action"))
        members = MEMBERS[name] - HIDDEN if name in ENTRIES else ()
        shown = {key: value for key, value in form.items() if key.partition(".")[0] in members}
        return Event(source, name, name.startswith(_READ_ONLY), shown)


EVENTS: Final = IdentityEvents()
