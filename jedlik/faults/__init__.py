"""Deliberate faults, for programs to show what they do when the service throttles, fails or hangs.

plan        the rules that a server starts with, and its source of chance
rules       which requests are struck by what, as a file or a caller says it
effects     what a rule does to a request
latency     how long answers take
injection   the middleware; a server without rules has none of it in a request's way
"""
