"""Calls to other services: Kinesis streams, and DynamoDB endpoints.

client       signed JSON calls over one connection
credentials  the credentials for them
"""
