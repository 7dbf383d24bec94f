"""The services, one folder for each AWS API, from its requests to its rows.

A service imports only services below it. From high to low:

advice       what tables cost, and what could be improved: an API of our own
lambda_      functions and what triggers them
autoscaling  provisioned capacity that follows consumption
cloudwatch   metrics and alarms
dax_control  clusters of caches
dynamodb     tables, items, streams
kms          keys
iam          identities and sessions, with STS

If a lower one needs a higher one, it states a Protocol, and `app` passes the part in.
"""
