"""The key service (AWS KMS's API).

spec              the API as one of the server's
api               requests to `operations`; `inputs` checks them by `shapes`
access            who may do what; `audit`: what is recorded
store             keys, aliases and grants in storage; `model` is plain data, `records` and `alias`
                  are the bytes
aws_managed_keys  the key that AWS manages for DynamoDB
verifying         how `verify` checks keys
errors            as the model has them
"""
