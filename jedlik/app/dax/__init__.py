"""Clusters of DAX's, wired.

clusters  those of a server, as it sees them: what runs them is loaded if there are any
parts     what they are made from
alone     a cluster by itself, in front of DynamoDB at another address
"""
