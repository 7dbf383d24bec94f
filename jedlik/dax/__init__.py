"""DAX: a cache in front of DynamoDB that speaks the protocol of DAX's clients.

settings         the settings of a server's clusters
clusters         the clusters of a server: which ones, and where they listen
node             a cluster that listens: its connections, their limits, where clients find it
connection       one connection: bytes to requests, answers to bytes
session          requests in the bytes that come in; no I/O
access           who sends requests, and what they may do; as what a cluster calls DynamoDB
cluster          answers requests, from the caches or by calling DynamoDB
batches          answers batches of reads and writes
cache            the item cache and the query cache; item_keys: the keys of the item cache
attribute_lists  numbers that stand for names of attributes
counters         counts of a cluster; metering: the metrics of AWS/DAX
definitions      key schemas and attribute lists, needed to read requests and write answers;
                 table_definitions: those of a cluster's tables
requests         from arguments to the parameters of DynamoDB's API: calls; arguments: their values
replies          from DynamoDB's answers to those of the protocol
errors           the same for errors
wire             the bytes of all of it: CBOR, values, expressions, methods
backend          DynamoDB as a cluster sees it; answers: reads its answers
local            DynamoDB in the same process, called as the cluster's role
upstream         DynamoDB at any other address, over HTTP
verifying        how `verify` checks stored attribute lists
"""
