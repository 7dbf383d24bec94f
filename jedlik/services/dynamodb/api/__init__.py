"""DynamoDB's API as the gateway sees it: which operation a request means, may the caller, do it.

dispatch               authenticate, check, authorize, operate, answer
routes                 targets and what they lead to
permissions            per operation, as data: the actions and resources that policies are asked for
request_parts          what DynamoDB's condition keys say of a request or a part of it
statements             the same of PartiQL statements
authorizer             the decision, with all that can be decided before the request decided once
table_key_permissions  the use of the keys that tables are encrypted under
audit                  what a record of the audit log says of a call
"""
