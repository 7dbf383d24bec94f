"""Authorization: what a request asks for, what is known of it, and whether it may.

asks            per operation, as data: the actions and resources that it asks for
parts           what DynamoDB's condition keys say of a request or a part of one
statements      the same of PartiQL statements
condition_keys  where all condition keys get their values
authorizer      the decision, with all that can be decided before the request decided once
"""
