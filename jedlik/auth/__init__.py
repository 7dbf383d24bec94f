"""Who is asking: authentication of requests.

`sigv4` verifies a request's signature and names its identity; `authorization` reads what a request
says about its signature, from the header or the query; `canonical` brings a request to the one form
that is signed; `signing_time` reads dates and judges their age; `identity` is the outcome.
`secret_keys` has the secrets that signatures are checked with. `key_material` makes ids and
secrets, `sessions` temporary credentials. `signing` signs requests of the server's own. `policy` is
the policy language.
"""
