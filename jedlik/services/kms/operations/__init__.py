"""The operations of the key service (AWS KMS's API), by kind of work; `registry` names all.

Only symmetric keys (SYMMETRIC_DEFAULT) made by the server itself are there.
"""
