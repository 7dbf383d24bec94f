"""What a server can tell of the requests that it gets, where someone asks for it.

facts       what a request is about, as it is written
recording   requests and answers as they passed, for tests that look at what a program did
observing   the middleware that makes an entry of each request
entries     one request in one line, as text or JSON
hints       what could be better about a read
known_keys  the keys of tables, for hints
wording     how a request asks for keys, and its expressions for people
following   the newest entries, for those who ask for what is newer
"""
