"""The data of the console's Traffic page in one process: requests one by one, and advice.

The console has a request log of its own, which explains reads, and which is on only while a page
shows it.
"""

from __future__ import annotations

from typing import Any

from jedlik.app.access_control import AccessControl
from jedlik.app.admin.request_logging import check_one_process, make_log
from jedlik.app.settings import Settings
from jedlik.base.clock import Clock
from jedlik.base.errors import AccessDeniedException
from jedlik.console.traffic import SIGNED_AS, Watching
from jedlik.gateway.exchange import Request
from jedlik.gateway.middleware import Layered
from jedlik.request_log.following import Following
from jedlik.services.advice.prices import read_prices
from jedlik.services.advice.report import make_report
from jedlik.services.dynamodb.database.database import Database
from jedlik.services.iam.authorization.requests import AuthorizationRequest


def watching_of(
    settings: Settings,
    layers: Layered,
    order: int,
    clock: Clock,
    database: Database,
    access: AccessControl,
) -> Watching:
    """The sources of the page. `order` is the log's place among the layers in front of the APIs."""
    following = Following(make_log(settings, layers, order, clock, database, explains=True))
    authorizer = access.authorizer
    verifier = access.verifier_of(SIGNED_AS)

    async def permit(request: Request, action: str) -> None:
        if authorizer is None:
            return
        if settings.accounts_by_key:
            raise AccessDeniedException("This server has several accounts: use its admin listener.")
        await database.identities.refresh()
        identity = request.identity = verifier.verify(request)
        asked = AuthorizationRequest.of_call({}, request, authorizer.arns.region)
        authorizer.check_action(identity, action, "*", asked)

    async def requests(after: int | None) -> dict[str, Any]:
        check_one_process(settings)
        news = await following.news(after)
        entries = [each.members(with_data=True) for each in news.entries]
        return {"requests": entries, "last": news.last}

    async def advice() -> dict[str, Any]:
        return await make_report(database, read_prices())

    return Watching(permit, requests, advice)
