"""The API that other servers call which have replicas of the same tables.

`spec` is it as one of the server's APIs, `api` its operations and permissions, loaded at the first
request, and `audit` the audit records of its calls. The calling side is `replication.peers`.
"""
