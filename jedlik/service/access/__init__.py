"""Authorization: what a request asks for, what is known of it, and whether it may.

asks        per operation, as data: the actions and resources that it asks for
parts       what DynamoDB's condition keys say of a request or a part of one
statements  the same of PartiQL statements
global_facts  the condition keys of every request, worked out when a policy asks for them
facts       those of DynamoDB's requests too
authorizer  the decision, with all that can be decided before the request decided once
keys        the same for the key service, whose keys have policies and grants that must consent
"""
