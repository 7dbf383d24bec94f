"""Tools that read no items: models, the manual, and advice from the admin listener."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import orjson
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from jedlik.cli import manual as pages
from jedlik.cli.admin_listener import AdminListener
from jedlik.cli.mcp.calling import Json, tool
from jedlik.modelling.checks import check
from jedlik.modelling.examples import EXAMPLES
from jedlik.modelling.model import ModelError
from jedlik.modelling.reading import parse_model
from jedlik.modelling.workshop import MAX_COMPARISONS
from jedlik.services.advice.report import DEFAULT_DAYS, MAX_DAYS

_SECONDS: Final = 120.0
_MAX_NAME_LENGTH: Final = 100


@tool
async def check_model(
    model: Annotated[
        Json,
        Field(
            description="A NoSQL Workbench data model with access patterns. example_model returns "
            "one, and the manual's page 'modelling' explains each member."
        ),
    ],
) -> Json:
    """Check a data model: what serves each access pattern, what is wrong with it, its cost."""
    try:
        # In a thread, so that other calls are served and this one can be cancelled meanwhile.
        return await asyncio.to_thread(_report, model)
    except ModelError as error:
        raise ToolError(str(error)) from error


def _report(model: Json) -> Json:
    return check(parse_model(model, MAX_COMPARISONS)).as_json()


@tool
async def example_model(name: Literal["chat", "game", "shop", "telemetry"]) -> Json:
    """Return one of the data models that come with Jedlik."""
    found: Json = orjson.loads(await asyncio.to_thread(EXAMPLES[name].read_bytes))
    return found


@tool
async def manual(
    page: Annotated[
        str,
        Field(max_length=_MAX_NAME_LENGTH, description="A page's name, or '' to list all pages."),
    ] = "",
) -> str:
    """Return a page of Jedlik's manual: differences from DynamoDB, options, and everything else."""
    if not page:
        return "\n".join(f"{name}: {title}" for name, title in pages.titles().items())
    return pages.page_text(page)


class AdviceTools:
    """The tool that needs an admin listener."""

    def __init__(self, listener: AdminListener) -> None:
        self._listener = listener

    @tool
    async def advice(
        self,
        days: Annotated[
            int, Field(ge=1, le=MAX_DAYS, description="How many days of traffic to consider.")
        ] = DEFAULT_DAYS,
    ) -> Json:
        """Report what each table costs per month, by recorded traffic, and how to improve it."""
        return await asyncio.to_thread(
            self._listener.ask, "GET", f"/advice?days={days}", seconds=_SECONDS
        )
