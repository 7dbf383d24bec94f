"""Authorization: who the caller is, and whether policies allow the request.

requests         what policies decide about
principals       the user, role or root of an identity
condition_keys   the values of condition keys; a service's own come from the service
layers           the policies that apply to a request
authorizer       the decision
long_decisions   decisions that a thread makes
long_policies    policies that a thread compiles
denial           the error for a caller without permission
new_policies     policies before they are stored: parsed, compiled and checked
identity_policies  what IAM refuses in policies of identities and roles, in its own words
service_roles    roles that services assume for their resources
from_service     the facts of a request that a service makes itself

The permissions of each operation are with its service (`permissions` or `access`).
"""
