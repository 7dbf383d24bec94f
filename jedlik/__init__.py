"""Jedlik: a database server that speaks Amazon DynamoDB's API.

A request's way, front to floor: `http` (bytes to a request and back), `service` (authenticate,
validate, dispatch), `operations` (one file per API operation), `database` (what DynamoDB means),
`storage` (ordered byte keys). Beside that path: `expressions`, `validation` and `auth` are compiled
once and called by it; `model`, `values` and `base` are what all of them speak.
"""

__version__ = "0.1.0"
