"""Sealing of stored values, below everything that uses them.

decrypting_engine  an engine on top of the engine: values are sealed below and plain above
key_ring           the data keys of a table, in their stored form
open_rings         all key rings at one version of the catalog; seals and opens values
vault              the key rings in the memory of this process
data_keys          data keys made, wrapped by their master keys and opened; loads the cryptography
key_failures       DynamoDB's errors if a key cannot be used

For the form of sealed values see `crypto.value_sealing`; for which are sealed, package
`encryption`.
"""
