"""A game: players, what they own, and leaderboards over shards (`jedlik model example game`).

All scores of a week under one key of the index would be one hot key. They are spread over shards,
and who wants the best asks every shard and merges. A score only ever rises: a condition sees to it.
"""

from __future__ import annotations

import heapq
from typing import Any

from boto3.dynamodb.conditions import Key
from loading import Item, ask, show
from modelled import did, open_model

SHARDS = 2  # as many as the sample data have; thousands of writes a second want more


def report(table: Any, player: str, game: str, score: int) -> bool:
    """Note a score where it is better than the last one."""
    try:
        table.update_item(
            Key={"PK": f"PLAYER#{player}", "SK": f"SCORE#{game}"},
            UpdateExpression="SET GSI1SK = :score",
            ConditionExpression="GSI1SK < :score",
            ExpressionAttributeValues={":score": score},
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def best(table: Any, game: str, week: str, count: int) -> tuple[list[Item], float]:
    """The best scores of a week: the best of each shard, merged."""
    shards = []
    units = 0.0
    for shard in range(SHARDS):
        items, used = ask(
            table,
            IndexName="leaderboard",
            KeyConditionExpression=Key("GSI1PK").eq(f"{game}#{week}#{shard}"),
            ScanIndexForward=False,
            Limit=count,
        )
        shards.append(items)
        units += used
    merged = heapq.merge(*shards, key=lambda item: item["GSI1SK"], reverse=True)
    return list(merged)[:count], units


def main() -> None:
    """Load the sample data, play, and ask what a game asks."""
    table = open_model("game", "A game with leaderboards")
    better, worse = report(table, "p3", "maze", 9500), report(table, "p3", "maze", 100)
    did(f"Kim's 9500 counts: {better}; her 100 after that: {worse}.")

    items, units = best(table, "maze", "2026-W48", 3)
    show("The best of the week", f"{SHARDS} Queries", items, ("name", "GSI1SK"), units)
    items, units = ask(
        table,
        KeyConditionExpression=Key("PK").eq("PLAYER#p1") & Key("SK").begins_with("ITEM#"),
    )
    show("What Ada owns", "Query", items, ("SK", "name", "level"), units)


if __name__ == "__main__":
    main()
