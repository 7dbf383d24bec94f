"""Jedlik: a database server that speaks Amazon DynamoDB's API.

The path of a request: `http` turns bytes into a request; `gateway` finds the API that it is for;
`services.dynamodb` authenticates, checks and dispatches it (`api`), performs it (`operations`, one
file for each) and knows what tables, items and streams are; `storage` keeps ordered byte keys.
docs/architecture.md lists all packages in the order of their imports.
"""

__version__ = "0.1.0"
