"""The admin listener: calls of the server's operators, on a port of their own.

listener           listens, with the calls that parts add to its router
router             the registry of calls: each has a method and a path
inputs             reads queries and bodies of calls
metrics            `GET /metrics`, from the `figures` of this process
snapshots          figures that the other processes of the server have stored
open_metrics       figures as text
suite_calls        the controls of test suites (`app.suite`); fault_calls: rules of faults
advice_calls       advice and costs
replication_calls  the links between regions
request_logging    writes the request log, and sends it to those who follow it
console_traffic    the data of the console's Traffic page
"""
