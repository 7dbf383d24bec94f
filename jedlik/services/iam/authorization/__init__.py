"""Authorization: who the caller is, and whether policies allow what is asked for.

requests         what policies decide about
principals       who an identity is
condition_keys   where condition keys get their values; a service's own come from the service
layers           the policies that apply to a request
authorizer       the decision
denial           the error for a caller who may not do something
new_policies     policies that are to be stored: read, compiled and judged
service_roles    roles in which services act for their resources
from_service     the facts of a request that a service makes itself

What each operation needs is with its service (`permissions` or `access`).
"""
