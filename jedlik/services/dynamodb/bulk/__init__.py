"""Bulk puts: objects of a bucket written into a table that is in use.

Each step reads some hundred lines and puts their items in one commit, with its progress and its
report. So nothing is put twice, whatever is killed at what time, and a condition is never tested
against the item that the same line wrote before.

model       bulk operations as they are stored
lines       a line of input as a write, or the reason why not
report      the lines that could not be put, in files of the output bucket
operations  bulk operations found, listed and described
put_work    the job
"""
