"""The ground floor: imports nothing of Jedlik.

errors         every error of DynamoDB, with type, status and text
limits         every limit, with its source; `regions`: the known ones
clock          time, and `ids`: both injected, for tests
turns          long work on the event loop, in slices; `aside`: in a thread, if it has no steps
together       several pieces of work at once, none of which is left behind
places         how many may hold much memory between their slices
long_json      JSON of very many values, parsed in such slices
csv_fields     how long a field of CSV may be
bounded_cache  a cache whose bytes are bounded
loading        loads modules in a thread while the server answers
interrupts     what Ctrl+C does before a command runs
log            lines on standard error
trust          which certificates client commands trust
extras         how to install what only some uses need
urls           addresses of servers; `printable`: text for a terminal
"""
