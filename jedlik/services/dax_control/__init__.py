"""DAX's control API: clusters, parameter and subnet groups, events.

This package keeps which clusters there should be. The front door `jedlik.dax` (`host`) runs them,
answers their clients and notes where they listen.

spec, api   one of the server's APIs
inputs      shapes, errors
model       clusters and groups, and what state they are in
store       all of them, in one document
audit       what the audit log says of calls
operations  a file for each kind of object
"""
