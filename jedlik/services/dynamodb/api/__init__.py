"""DynamoDB's API as the gateway sees it: find the operation, check that the caller may do it, do
it.

dispatch               authenticate, check, authorize, operate, answer
routes                 targets and the operations that they lead to
long_bodies            requests of very many values, parsed in steps; `early_checks`: of their
                       values, in a thread
vector_requests        requests with vectors, parsed without an object for each number
wording                the text of an error, which depends on the operation
permissions            the actions on resources that each operation needs, as data
authorizer             the decision; all that is known before a request is decided in advance
condition_keys         the values of DynamoDB's condition keys, from `request_parts`, or for
                       PartiQL from `statements`
table_key_permissions  the use of the KMS keys under which tables are encrypted; `named_keys`: of
                       those that a request names
audit                  what the audit log records of a call
"""
