"""The engines on LMDB's file: one for a process that has it to itself, one for several.

logged_engine  the default: commits go to a log first
logged_store   LMDB's file and that log, and when checkpoints are made
shared_engine  for worker processes, which share the file and a log
shared_writer  what of their commits is done on the event loop
overlapping    their commits, most of which overlap
shared_log     their checkpoints, and commits that are made alone
read_only      the engine of directories that cannot be written to
commit_log     the records of either log
checkpoint     the state that recovery begins with
published      how many records of a shared log everyone may see
tail           those of them that LMDB's file does not have yet
pending        what a shared log has beyond that
file_locks     locks between the processes that share a log
progress       how far LMDB's file has the log
recovery       what a directory needs that was not closed
reads          the reading half of all of them; `shared_reads` where processes share a log
environment    LMDB's map, and what its errors mean
longkeys       lifts LMDB's limit on keys
data_file      checks LMDB's file before it is mapped
new_pages      what is done for pages before LMDB adds them to its file

A directory that was closed holds the same for all of them: LMDB's file, and no log.
"""
