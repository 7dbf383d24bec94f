"""The engines on LMDB's file: one for a process that has it to itself, one for several.

logged_engine  the default: commits go to a log first
logged_store   LMDB's file and that log, and when checkpoints are made
commit_log     the log's records
checkpoint     the state that recovery begins with
progress       how far LMDB's file has the log
recovery       what a directory needs that was not closed
engine         for worker processes, which share the file: each commit flushes it
reads          the reading half of both
environment    LMDB's map, and what its errors mean
longkeys       lifts LMDB's limit on keys
data_file      checks LMDB's file before it is mapped

A directory that was closed holds the same for both: LMDB's file, and no log.
"""
