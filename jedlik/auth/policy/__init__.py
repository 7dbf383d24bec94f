"""Policies: may this caller do this to that?

In the order in which control flows:

    document    reads a policy's JSON and checks it against IAM's grammar
    compile     turns statements into closures, once
    wildcards   `*` and `?` in actions, ARNs and strings
    matching    the same for one request, without compiling anything
    stepping    long texts, matched character by character
    patterns    patterns with policy variables
    conditions  Condition blocks: operators over the request's facts, set operators, IfExists
    effort      tests that take too long for the event loop
    operators   the comparisons: strings, numbers, dates, booleans, addresses, ARNs
    principals  Principal and NotPrincipal, and who a caller is
    facts       where the values of condition keys come from
    logic       combines tests of facts, simplified where some are known
    evaluate    deny, allow, implicit deny over all layers of policies
    positions   where statements are in their text
    simulation  policy simulation

Nothing here knows of storage or requests: facts can be anything that their source can read. IAM
user guide, "Policy evaluation logic" and "IAM JSON policy elements reference".
"""
