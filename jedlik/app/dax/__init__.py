"""DAX clusters, wired.

clusters    the clusters of a server; the code that runs them is loaded if there are any
parts       the parts that clusters are made from
standalone  a cluster by itself, in front of DynamoDB at another address
"""
