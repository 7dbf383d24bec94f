"""Calls to other services: Kinesis streams, and DynamoDB endpoints.

client         signed JSON calls over one connection, made in threads
endpoint       calls of DynamoDB's API over many connections of an event loop
credentials    the credentials for them
service_error  errors of another server, for what works on servers of either kind
"""
