"""DAX's control API: clusters, parameter and subnet groups, events.

This package stores which clusters should exist. The front door `jedlik.dax` (`host`) runs them,
answers their clients and records their ports.

spec, api   one of the server's APIs
inputs      shapes, errors
model       clusters and groups, and their states
store       all of them, in one document
audit       audit records of calls
operations  a file for each kind of object
"""
