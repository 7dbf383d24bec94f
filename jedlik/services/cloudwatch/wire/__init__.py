"""The three protocols of CloudWatch's clients: `forms`, `amz_json`, and `rpc_cbor` over `cbor`.

`protocol` is their interface. Inputs become the same mappings in every protocol, with times in
seconds since the epoch; answers are mappings in which a `datetime` is a time and `bytes` are a
blob.
"""
