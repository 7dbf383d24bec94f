"""The admin listener: calls of the server's operators, on a port of their own.

`door` is its registry of calls; a part that adds one names a method and a path. `metrics` answers
`GET /metrics` from `figures`, what this process knows of itself, and from `snapshots`, what the
other processes of the server have stored of themselves; `open_metrics` writes the text.

`suite_calls` are those of test suites, over the controls of `app.suite`; `inputs` reads what they
are given.

`console_traffic` is what the console shows of requests and advice, for those who may see that.

`request_logging` writes the request log, and shows it to those who follow.
"""
