"""DAX: a cache in front of DynamoDB that speaks the protocol of DAX's clients.

settings         what a server's clusters are started with
clusters         the clusters of a server: which ones, and where they listen
node             a cluster that listens: its connections, their limits, where clients find it
connection       one connection: bytes to requests, answers to bytes
session          requests in the bytes that come in; no I/O
access           who is at the other end, and what they may do
cluster          answers requests, from the caches or with the help of DynamoDB
cache            the item cache and the query cache; item_keys: what an item is cached under
attribute_lists  numbers that stand for names of attributes
counters         what a cluster counts; metering: the metrics of AWS/DAX
definitions      what requests and answers are read and written by; table_definitions: of tables
requests         from arguments to the parameters of DynamoDB's API
replies          from DynamoDB's answers to those of the protocol
errors           the same for errors
wire             the bytes of all of it: CBOR, values, expressions, methods
backend          what a cluster is in front of; answers: reading what it answers
local            DynamoDB in the same process, asked in the name of the cluster's role (roles)
upstream         DynamoDB anywhere else, over HTTP
verifying        stored attribute lists, as `verify` finds them
"""
