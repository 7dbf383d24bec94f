"""The operations of the Lambda API that event sources need, one file each.

An operation is a coroutine function of the host (the database and the runtime of functions) and the
request's payload, whose shape has been validated. It returns the answer's JSON, or a Result if the
answer has more.
"""
