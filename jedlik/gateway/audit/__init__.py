"""The audit log: who asked for what, when, and with which outcome, in CloudTrail's record form.

    files            lines appended to a file per day
    trail            watches requests and writes a record of each
    table_events     what a record says of a call of DynamoDB's API
    identity_events  of IAM's and STS's
    key_events       of the key service's
    function_events  of Lambda's

Management events are always written; data events (reads and writes of items and stream records,
calls of functions) on request. Of what they carry nothing is kept: no key of an item, no attribute,
no expression, no plaintext or ciphertext, no code, no environment, no payload. CloudTrail user
guide, "CloudTrail record contents".
"""
