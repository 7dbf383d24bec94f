"""The audit log: who called what, when, and with which outcome, in the form of CloudTrail's
records.

    files            lines appended to a file per day
    trail            watches requests and writes a record of each
    unknown_senders  limits the records of requests that anyone could send

Each service describes its calls in the module `audit` of its folder. Management events are always
written; data events (reads and writes of items and stream records, calls of functions) on request.
Records contain no data: no key of an item, no attribute, no expression, no plaintext or ciphertext,
no code, no environment, no payload. CloudTrail user guide, "CloudTrail record contents".
"""
