"""Which values are sealed, and under which keys (how: see package `sealing`).

`table_encryption` is tables under KMS keys: SSESpecification, whose meaning is in `specification`,
and SSEDescription. `root_sealing` is stores under a root key, on an engine that does not encrypt.
Tables whose key was changed are re-encrypted by `background.re_encryption`.
"""
