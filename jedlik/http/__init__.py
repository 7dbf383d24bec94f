"""The HTTP front door: bytes to a request, and an answer to bytes.

In the order in which a request meets them: `server` listens and shuts down, `connection` is the
protocol of one connection (order of answers, back-pressure), `reader` makes requests of bytes,
`routing` keeps from the service what is not an API call, `codings` undoes and applies
content-encodings, `answers` makes bytes of an answer, `connections` holds all connections and their
time-outs, `allowances` counts what clients hold before they are known, `settings` has the limits.
"""
