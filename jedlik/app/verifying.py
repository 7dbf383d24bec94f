"""`jedlik verify` over a whole store: the keyspaces of all services, in all realms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from jedlik.auth.identity import DEFAULT_ACCOUNT
from jedlik.dax.verifying import DaxWalk
from jedlik.kernel.keyspaces import (
    ATTRIBUTE_LISTS,
    FUNCTIONS,
    METRICS,
    REALMS,
    SCALABLE_TARGETS,
)
from jedlik.kernel.metrics.verifying import MetricWalk
from jedlik.kernel.realms import Realm, stored_realms
from jedlik.services.autoscaling.verifying import ScalingWalk
from jedlik.services.dynamodb.verifying.verification import (
    Finding,
    ServiceWalk,
    Summary,
    Verification,
)
from jedlik.services.lambda_.verifying import FunctionWalk
from jedlik.storage.engine import Reads
from jedlik.storage.prefixed import PrefixedReads

if TYPE_CHECKING:
    from jedlik.crypto.root_key import RootKey

SERVICES: Final[tuple[ServiceWalk, ...]] = (
    (FUNCTIONS[:1], FunctionWalk),
    (METRICS, MetricWalk),
    (SCALABLE_TARGETS[:1], ScalingWalk),
    (ATTRIBUTE_LISTS[:1], DaxWalk),
)


async def verify_store(
    engine: Reads,
    notice: Callable[[Finding], None],
    progress: Callable[[int, int], None],
    key: RootKey | None,
) -> Summary:
    """Walk over the home realm and all others, whose names are in their findings and tables. Raises
    what `Verification.run` does."""
    home = Verification(engine, notice, progress, key, SERVICES, skipped=(REALMS,))
    summary = await home.run()
    for realm in await stored_realms(engine):
        if not realm.is_sound:
            notice(Finding(f"key {realm.prefix.hex()}", "belongs to no region or account"))
            summary.findings += 1
            continue
        summary.add(await _verify_realm(engine, realm, notice, progress, key, summary.keys))
    return summary


async def _verify_realm(
    engine: Reads,
    realm: Realm,
    notice: Callable[[Finding], None],
    progress: Callable[[int, int], None],
    key: RootKey | None,
    before: int,
) -> Summary:
    """`before` is the number of keys read so far."""
    label = realm.label(DEFAULT_ACCOUNT)

    def named(finding: Finding) -> None:
        notice(Finding(f"{label}: {finding.place}", finding.problem))

    def further(done: int, expected: int) -> None:
        progress(before + done, before + expected)

    part = PrefixedReads(engine, realm.prefix)
    summary = await Verification(part, named, further, key, SERVICES).run()
    summary.tables = [table._replace(name=f"{label}/{table.name}") for table in summary.tables]
    return summary
