"""What every service stands on: one store of ordered keys, and how it is shared.

store      the engine with its clock, ids and ARNs, and the catalog's version
keyspaces  draws every key
leases     who of many processes does a piece of work
rounds     loops that go round as long as a server runs
rows       reads of all rows under a prefix
copying    copies of whole stores
arns       Amazon Resource Names
"""
