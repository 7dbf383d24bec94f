"""The actions of the IAM and STS APIs.

call            what an action is given, and the checks that many share
users, groups, roles, policies, access_keys
                the identities themselves
inline, attachments
                policies in and at users, groups and roles
shapes          what is shown of an identity
security_tokens STS
registry        all actions, with the resource that each asks for
"""
