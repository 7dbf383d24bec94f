"""Bulk puts: objects of a bucket written into a table that is in use.

Each step reads some hundred lines and puts their items in one commit, with how far it has come and
what it has to report: so nothing is put twice, whatever is killed when, and a condition is never
judged by what the same line wrote before.

model      bulk operations as they are stored
lines      a line of input as a write, or why not
report     what could not be put, as lines of the output bucket's files
kept       bulk operations found, listed and described
put_work   the job
"""
