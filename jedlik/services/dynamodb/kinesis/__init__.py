"""Changes of a table's items as records of a Kinesis stream: streaming destinations.

A table with a destination has an internal stream (see `tables.stream`): each write adds a record in
its own commit, and a follower of that stream delivers the records, in order for each item and at
least once. The checkpoint advances under the lease once a page is delivered.

In the order in which changes go:

model         destinations as they are stored, and their states
changes       their changes by the operations and the delivery
records       stream records in the form that Kinesis consumers read
batches       which records may be sent together
sinks         where they go: a Kinesis endpoint, or files of JSON lines
delivery      one destination at work
destinations  which process delivers for which destination
"""
