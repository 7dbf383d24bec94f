"""Long policies of resources are compiled in a thread before anything waits for them.

A key's policy may have 32 KB, and thus thousands of patterns, each a regular expression that takes
some 25 microseconds to compile: together longer than others should wait. Compiled once, they are
known (see `auth.policy.wildcards`), and compiling the policy again takes a tenth of that.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from jedlik.auth.policy.compile import compile_policy
from jedlik.auth.policy.document import MalformedPolicy
from jedlik.base.aside import aside

LONG_POLICY: Final = 4096
"""Characters of a policy that may take some ten milliseconds."""


async def prepare_policy(text: object) -> None:
    """Compile a resource's policy, if it is one and long, so that its patterns are known."""
    if isinstance(text, str) and len(text) > LONG_POLICY:
        await aside(_compile, text)


def _compile(text: str) -> None:
    with suppress(MalformedPolicy):  # which is reported by those who need the policy
        compile_policy(text, names_principals=True)
