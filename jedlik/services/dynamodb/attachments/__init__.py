"""What is attached to tables and streams: tags and resource policies.

`policy_form` is how a policy is checked first, and `policy_text` how it is kept. What they are
attached to is found by `database.resources`.
"""
