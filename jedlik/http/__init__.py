"""The HTTP front door: bytes to a request, and an answer to bytes.

In the order in which a request meets them: `server` listens and shuts down, `connection` is the
protocol of one connection (order of answers, back-pressure), `reader` makes requests of bytes,
`own_hosts` keeps web pages from an open server, `routing` takes a target apart, `codings`
compresses answers, `answers` makes bytes of an answer, `connections` holds all connections and
their time-outs, `allowances` counts what clients hold before they are known, `wrong_scheme` says
in the log that clients speak TLS to a plain port, or the opposite, `settings` has the limits.
"""
