"""Logging and recording of requests, on demand.

facts       the contents of a request, unchecked
recording   requests with their answers, for tests that check a program's requests
observing   the middleware that makes an entry for each request
entries     one request in one line, as text or JSON
hints       possible improvements of a read
known_keys  the keys of tables, for hints
wording     a request's operators on keys, and its expressions for people
following   the newest entries, for clients that poll
"""
