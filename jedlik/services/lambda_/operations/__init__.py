"""The operations of the Lambda API that event sources need, one file each.

An operation is a coroutine function of the host (the database, and what runs functions) and the
request's payload, whose shape has been validated. It returns the answer's JSON, or a Result if
there is more to answer.
"""
