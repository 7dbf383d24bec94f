"""The ground floor: imports nothing of Jedlik.

errors         every error of DynamoDB, with type, status and text
limits         every limit, with its source
clock          time, and `ids`: both injected, for tests
turns          long work on the event loop, in slices
long_json      JSON of very many values, parsed in such slices
bounded_cache  a cache whose bytes are bounded
loading        modules that are loaded while the server answers
log            lines on standard error
trust          whom commands trust that connect to a server over TLS
urls           addresses of servers; `printable`: text for a terminal
"""
