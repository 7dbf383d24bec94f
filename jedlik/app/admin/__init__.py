"""The admin listener: calls of the server's operators, on a port of their own.

`router` is its registry of calls; a part that adds one names a method and a path. `metrics` answers
`GET /metrics` from the `figures` of this process, and from `snapshots`, in which the other
processes of the server store theirs; `open_metrics` writes the text.

`suite_calls` are those of test suites, over the controls of `app.suite`; `inputs` reads their
input.

`console_traffic` has the data of the console's Traffic page.

`request_logging` writes the request log, and sends it to those who follow it.
"""
