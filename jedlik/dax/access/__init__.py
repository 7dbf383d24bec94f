"""Who sends a connection's requests, and what they may do on a cluster.

Permissions on the cluster are checked for every request, by the present policies; what the
cluster's role may do is decided by DynamoDB (DAX developer guide, "DAX access control").

access      authenticates callers and checks their requests
callers     a connection and its caller, as policies see them
signatures  what clients sign, and how long that is valid
authorizer  decides by policies about actions on clusters
roles       the role as which a cluster calls DynamoDB
"""
