"""DAX's control API: clusters, parameter and subnet groups, events.

What clusters answer is no business of this package: it keeps what there is to be, and the front
door `jedlik.dax` makes it so and notes where clusters listen.

spec, api   one of the server's APIs
inputs      shapes, errors
model       clusters and groups, and what state they are in
store       all of them, in one document
audit       what the audit log says of calls
operations  a file for each kind of thing
"""
