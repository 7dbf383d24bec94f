"""Running functions, for Invoke and for triggers.

invoker          runs a function of any kind, and keeps its log
invocation       the result of a run
execution_roles  the roles of functions
deployment       where a function's code is on this machine; `short_lived`: until when
slots            how many functions may run at once; `held_events`: how many events may wait
pool             warm processes, used again for the same function
process          one process: started, sent events, killed after its timeout
runner           the program in that process; imports nothing of Jedlik
frames           how the two communicate
endpoint         functions that are HTTP endpoints
destination      where discarded batches are reported
logs             the lines that functions write
"""
