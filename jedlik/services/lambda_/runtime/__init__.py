"""Running functions: what stands behind Invoke and behind triggers.

invoker          runs a function whatever it is, and keeps its log
invocation       what comes back
execution_roles  whom a function acts as
deployment       where a function's code lies on this machine
pool             warm processes, used again for the same function
process          one process: started, given events, killed when it takes too long
runner           the program in that process; imports nothing of Jedlik's
frames           how the two talk
endpoint         functions that are HTTP endpoints
destination      where discarded batches are reported
logs             the lines that functions write
"""
