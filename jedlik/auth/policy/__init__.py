"""Policies: may this caller do this to that?

In the order in which control flows:

    document    reads a policy's JSON and refuses what has not IAM's grammar
    compile     turns statements into closures, once
    wildcards   `*` and `?` in actions, ARNs and strings, and policy variables
    conditions  Condition blocks: operators over the request's facts, set operators, IfExists
    operators   the comparisons: strings, numbers, dates, booleans, addresses, ARNs
    principals  Principal and NotPrincipal, and who a caller is
    evaluate    deny, allow, implicit deny over all layers of policies

Nothing here knows of storage or requests: facts come as a function from a condition key to its
values. IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
"""
