"""Authorization: what a request asks for, what is known of it, and whether it may.

asks             per operation, as data: the actions and resources that it asks for
required_permissions    the same of the Lambda API
parts            what DynamoDB's condition keys say of a request or a part of one
statements       the same of PartiQL statements
condition_keys   where all condition keys get their values
layers           the policies that apply to a request
authorizer       the decision, with all that can be decided before the request decided once
from_service     how requests come in that a service sends itself
execution_roles  the roles that functions act as: may they be assumed, what may they read
table_keys       the use of the keys that tables are encrypted under
keys             the same for the key service, whose keys have policies and grants that must consent
"""
