"""The HTTP front door: bytes to a request, and an answer to bytes.

In the order in which a request meets them:

server        listens and shuts down
connections   all connections and their time-outs; `allowances`: what unknown clients may hold
connection    the protocol of one connection: order of answers, back-pressure
many_requests  data with very many requests is received in turns with other connections
reader        bytes to requests
own_hosts     keeps web pages from an open server
fallback      health checks, preflight requests, and 404 for the rest
targets       request targets without scheme and host
codings       compresses answers
answers       answers to bytes
settings      the limits
wrong_scheme  logs that clients speak TLS or DAX's protocol to a plain port, or HTTP to one with TLS
"""
