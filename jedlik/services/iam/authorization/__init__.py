"""Authorization: who the caller is, and whether policies allow what is asked for.

requests         what policies decide about
principals       who an identity is
condition_keys   where condition keys get their values; a service's own come from the service
layers           the policies that apply to a request
authorizer       the decision
denial           the error of who may not
from_service     how requests come in that a service sends itself

What each operation asks for stands with its service (`permissions` or `access`).
"""
