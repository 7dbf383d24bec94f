"""Calls to services elsewhere: Kinesis streams, DynamoDB endpoints that data come from or go to.

client       signed JSON calls over one connection
credentials  whose they are
"""
