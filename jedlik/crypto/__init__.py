"""Cryptography for all services: the root key, key material, and values sealed under them.

root_key       the key that opens all others
secret_box     small secrets, such as those of access keys
value_sealing  bodies of items, index entries and records
ciphertext     messages of the key service
material       the size of key material, without loading the cryptography
errors         why a value cannot be opened
"""
