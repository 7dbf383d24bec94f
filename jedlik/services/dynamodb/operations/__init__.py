"""The API's operations, one file each, in a folder for each subject; `registry` lists them.

An operation is a coroutine function of the database and the request's payload: parsed JSON of the
right shape, which the operation may change. It returns the answer's body, as bytes where speed
counts and as a dict otherwise. Operations have no side effects before their one commit, so an
operation that finds the catalog changed is simply run again with the same payload.
"""
