"""Encryption of stored values, below everything that works with them.

decrypting_engine  an engine on top of the engine: sealed values below, plain values above
key_ring           the data keys of a table, as they are stored
open_rings         the key rings of one version of the catalog, and what they seal and open
vault              the key rings as this process knows them
data_keys          data keys made, wrapped by their master keys and opened; loads the cryptography
specification      what a request's SSESpecification asks for
table_encryption   tables under KMS keys: SSESpecification, SSEDescription
root_sealing       stores under a root key, on top of an engine that does not encrypt
key_failures       what DynamoDB answers if a key cannot be used

`crypto.value_sealing` says how a value is sealed. Tables whose key was changed are re-encrypted by
`background.re_encryption`.
"""
