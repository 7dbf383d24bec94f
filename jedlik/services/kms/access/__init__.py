"""Authorization in the key service, in the order in which control flows:

permissions  the actions that each operation needs, and their targets, as data
targets  the targets in a request: the key, the alias, the grant, everything
facts    the key service's condition keys
grants   grants as grounds for a decision, besides the statements of a key's policy
access   the decision; also for keys that are used through DynamoDB

A key can only be used if its policy or a grant allows it: the policy by naming the caller, or by
naming the account, so that the identities' policies decide. That applies to the account's root too.
KMS developer guide, "KMS key access and permissions", "Key policies in AWS KMS", "Grants in AWS
KMS", "Condition keys for AWS KMS", "AWS KMS permissions".
"""
