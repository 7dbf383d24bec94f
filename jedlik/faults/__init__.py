"""Deliberate faults: they show how a program behaves when the service throttles, fails or hangs.

plan        the rules that a server starts with, and the seed of its random numbers
rules       which requests are struck, and how, as in a file or a call
effects     what a rule does to a request
latency     how long answers take
injection   the middleware, which requests to a server without rules bypass
"""
