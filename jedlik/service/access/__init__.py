"""Authorization: what a request asks for, what is known of it, and whether it may.

asks             per operation, as data: the actions and resources that it asks for
function_asks    the same of the Lambda API
parts            what DynamoDB's condition keys say of a request or a part of one
statements       the same of PartiQL statements
condition_keys   where all condition keys get their values
authorizer       the decision, with all that can be decided before the request decided once
execution_roles  the roles that functions act as: may they be assumed, what may they read
"""
