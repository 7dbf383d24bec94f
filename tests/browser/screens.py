"""Every screen of the console, by the name of its picture."""

from __future__ import annotations

SCREENS = {
    "tables": "/tables",
    "create": "/new",
    "items": "/t/Orders/items?mode=query&index=byStatus&pk=OPEN&order=desc",
    "collections": "/t/Orders/collections",
    "traffic": "/t/Orders/traffic?range=15m",
    "stream": "/t/Orders/stream?from=start",
    "indexes": "/t/Orders/indexes",
    "settings": "/t/Orders/settings",
    "model": "/model?example=game",
    "partiql": "/partiql?s=SELECT * FROM \"Orders\" WHERE PK = 'USER%237'",
    "all-traffic": "/traffic",
    "functions": "/functions/watch",
    "access": "/access?does=dynamodb%3AQuery&on=Orders%2Findex%2FbyStatus",
}
