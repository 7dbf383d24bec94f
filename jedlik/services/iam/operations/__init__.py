"""The actions of the IAM and STS APIs.

registry        all actions, with the permissions of each; `resources`: what these are needed on,
                `condition_keys`: what they may depend on
call            the input of an action, and checks that many actions share; `quotas`, `tag_rules`
users, groups, roles, policies, access_keys
                the identities themselves
holders         policies embedded in or attached to users, groups and roles
tagging         tags of users, roles and policies
account         what is in the account as a whole; `absent`: what it never has
simulation      would a request be allowed, and which condition keys matter
security_tokens STS
shapes          the form of identities in answers
"""
