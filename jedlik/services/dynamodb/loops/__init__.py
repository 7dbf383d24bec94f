"""Loops that do background work under leases, whatever the work is.

`loop` is one of them. `due_jobs` is the one for work that is due at a time (see `kernel.due_work`),
to which kinds of jobs are added; `lazy_job_kind` is a kind whose code is loaded with its first job.
All work is done in short steps, each of which is one commit that checks the lease.
"""
