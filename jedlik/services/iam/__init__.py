"""IAM and STS: identities, policies, sessions; and the decisions that all services ask for.

api            requests in the query protocol (`query_protocol`) to `operations`
authorization  what a caller may do; used by every service
store          the identities in storage, and this process's snapshot of them
"""
