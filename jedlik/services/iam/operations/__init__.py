"""The actions of the IAM and STS APIs.

call            the input of an action, and checks that many actions share
users, groups, roles, policies, access_keys
                the identities themselves
inline, attachments
                policies embedded in or attached to users, groups and roles
shapes          the form of identities in answers
security_tokens STS
registry        all actions, with the resource of each
"""
