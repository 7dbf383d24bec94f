"""Authorization in the key service, in the order in which control flows:

permissions  per operation, as data: the actions that it asks for, and on what
targets  what that is in a request: the key, the alias, the grant, everything
facts    the key service's condition keys
grants   grants as grounds for a decision, beside the statements of a key's policy
access   the decision; also on keys that are used through DynamoDB

No one may use a key unless its policy or a grant says so: the policy by naming the caller, or by
naming the account, which lets the identities' policies decide. That holds for the account's root
too. KMS developer guide, "KMS key access and permissions", "Key policies in AWS KMS", "Grants in
AWS KMS", "Condition keys for AWS KMS", "AWS KMS permissions".
"""
