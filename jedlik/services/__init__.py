"""The services, a folder each: an AWS API of that name, from its requests to its rows.

A service knows only services below it. From high to low: `lambda_` (functions and what triggers
them), `dynamodb`, `kms`, `iam` (with STS). If a lower one needs a higher one, it states a
Protocol, and `app` passes the part in.
"""
