"""The operations of the key service (AWS KMS's API), by kind of work; `registry` names all.

There are only symmetric keys (SYMMETRIC_DEFAULT) made by the server itself.
"""
