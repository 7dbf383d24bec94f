"""The key service (AWS KMS's API).

api         requests to operations; `inputs` checks them by `shapes`, `access` decides who may
operations  by kind of work
store       keys, aliases and grants in storage; `records` are their bytes, `model` the plain data
"""
