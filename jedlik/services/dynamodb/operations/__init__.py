"""The API's operations, one file each.

An operation is a coroutine function of the database and the request's payload (parsed JSON whose
shape has been validated, and which is the operation's own to change). It gives the answer's body:
bytes where speed counts, else a dict. Operations are pure up to their one commit, so that an
operation that finds the catalog changed is simply run again with the same payload.
"""
