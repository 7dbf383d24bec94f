"""CloudWatch: metrics, alarms, and reports of the heaviest contributors.

`spec` recognizes its requests, in any of its clients' three protocols; `wire` reads and writes
these; `api` processes a request; `errors` are its errors.
"""
