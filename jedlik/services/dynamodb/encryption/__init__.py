"""Values that only their keys open, below all that works with them.

decrypting_engine  an engine above the engine: below it values are sealed, above it they are plain
open_rings        the key rings of one version of the catalog, and what they seal and open
vault             the key rings as this process knows them
data_keys         data keys made, wrapped by their masters and opened; loads the cryptography
table_encryption  tables under keys of the key service: SSESpecification, SSEDescription
root_sealing      stores under a root key, above an engine that does not encrypt
key_failures      what DynamoDB answers where a key cannot be used

How a value is sealed is said in `crypto.value_sealing`, what a key ring is in `key_ring`; tables
whose key was changed are re-encrypted by `background.re_encryption`.
"""
